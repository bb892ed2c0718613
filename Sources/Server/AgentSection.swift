import Agents
import TOMLKit
import Wire

/// A section `[agents.NAME]` of the configuration.
struct AgentSection {
    let name: String
    let table: TOMLTable
    let file: String

    init(_ name: String, _ table: TOMLTable, file: String) {
        self.name = name
        self.table = table
        self.file = file
    }

    func settings() throws(ConfigurationError) -> AgentSettings {
        switch table["kind"]?.string {
        case "acp"?: return .acp(try acp())
        case "openai"?: return .model(try model())
        case nil: throw wrong("kind", "missing: write kind = \"acp\" or kind = \"openai\"")
        default: throw wrong("kind", "not \"acp\" or \"openai\"")
        }
    }

    private func acp() throws(ConfigurationError) -> ACPSettings {
        guard let command = table["command"]?.string, !command.isEmpty else {
            throw wrong("command", "missing: write the program's name, for example command = \"opencode\"")
        }
        var settings = ACPSettings(name: name, words: [command])
        for (key, value) in table {
            switch key {
            case "kind", "command": break
            case "args": settings.words += try strings(key)
            case "env": settings.environment = try texts(key)
            case "cwd":
                guard let path = value.string, path.hasPrefix("/") else { throw wrong(key, "not an absolute path") }
                settings.directory = path
            case "process":
                guard let text = value.string, ["session", "shared"].contains(text) else {
                    throw wrong(key, "not \"session\" or \"shared\"")
                }
                settings.isShared = text == "shared"
            case "users": settings.users = try users()
            case "auth_method": settings.signIn = try text(key)
            case "start_timeout": settings.startMaximum = try duration(key)
            default: throw unknown(key)
            }
        }
        return settings
    }

    private func model() throws(ConfigurationError) -> ModelSettings {
        var url = try text("base_url", "write the address in front of /chat/completions")
        guard url.hasPrefix("http://") || url.hasPrefix("https://"), !url.contains("@") else {
            throw wrong("base_url", "not an address such as \"http://127.0.0.1:11434/v1\"")
        }
        while url.hasSuffix("/") { url.removeLast() }
        let model = try text("model", "write the model's name")
        var settings = ModelSettings(name: name, baseURL: url, model: model)
        // A request's fields go out as they are written.
        guard let json = try? JSON(parsing: table.convert(to: .json)) else {
            throw wrong("kind", "beside what is no JSON")
        }
        for (key, value) in table {
            switch key {
            case "kind", "base_url", "model": break
            case "api_key_env":
                guard settings.key == .none else { throw wrong(key, "given beside 'api_key_command'") }
                settings.key = .environment(try text(key))
            case "api_key_command":
                guard settings.key == .none else { throw wrong(key, "given beside 'api_key_env'") }
                settings.key = .command(try text(key))
            case "headers":
                settings.headers = try texts(key)
                for (header, value) in settings.headers where (header + value).contains(where: \.isNewline) {
                    throw wrong("\(key).\(header)", "not one line of text")
                }
            case "temperature", "top_p", "max_tokens", "max_completion_tokens", "seed", "reasoning_effort":
                settings.request.append(JSON.Member(key, json[key] ?? .null))
            case "request":
                guard let fields = json[key]?.members else { throw wrong(key, "not a table of the request's fields") }
                settings.request = settings.request.filter { own in !fields.contains { $0.key == own.key } } + fields
            case "models":
                settings.models = try strings(key)
                guard !settings.models.contains(where: { $0.isEmpty || $0.contains(where: \.isNewline) }) else {
                    throw wrong(key, "a list with an empty name, or one of several lines")
                }
            case "context_tokens": settings.contextTokens = try count(key, 1_024...10_000_000)
            case "system": settings.system = try string(key)
            case "tools": settings.tools = try tools()
            case "mcp": settings.servers = try servers()
            case "images":
                guard let flag = value.bool else { throw wrong(key, "not true or false") }
                settings.takesImages = flag
            case "continue":
                guard let kind = value.string.flatMap(ModelSettings.Continuation.init(rawValue:)) else {
                    throw wrong(key, "not \"ask\", \"prefill\" or \"off\"")
                }
                settings.continuation = kind
            case "connect_timeout": settings.connectMaximum = try duration(key)
            case "idle_timeout": settings.silenceMaximum = try duration(key)
            case "rounds": settings.roundsMaximum = try count(key, 1...1_000)
            case "users": settings.users = try users()
            default: throw unknown(key)
            }
        }
        return settings
    }

    /// `[agents.NAME.mcp.SERVER]`.
    private func servers() throws(ConfigurationError) -> [MCPSettings] {
        guard let sections = table["mcp"]?.table else {
            throw wrong("mcp", "not a section: write [agents.\(name).mcp.SERVER]")
        }
        var servers: [MCPSettings] = []
        for (server, value) in sections {
            guard ServerConfiguration.isAgentName(server), let entry = value.table else {
                throw wrong(
                    "mcp.\(server.withoutControls)", "not a section with a name of letters, digits, '-', '_' and '.'")
            }
            let section = AgentSection("\(name).mcp.\(server)", entry, file: file)
            servers.append(try section.server(server))
        }
        return servers.sorted { $0.name < $1.name }
    }

    private func server(_ name: String) throws(ConfigurationError) -> MCPSettings {
        var settings = MCPSettings(name: name, words: [try text("command", "write the program's name")])
        for (key, _) in table {
            switch key {
            case "command": break
            case "args": settings.words += try strings(key)
            case "env": settings.environment = try texts(key)
            default: throw unknown(key)
            }
        }
        return settings
    }

    // MARK: Values

    private func tools() throws(ConfigurationError) -> Set<String> {
        let names = try strings("tools")
        guard let unknown = names.first(where: { !ModelAgent.toolNames.contains($0) }) else { return Set(names) }
        throw wrong(
            "tools",
            "a list with '\(unknown.withoutControls)', which is none of "
                + ModelAgent.toolNames.joined(separator: ", "))
    }

    private func users() throws(ConfigurationError) -> AgentUsers {
        if table["users"]?.string == "all" { return .all }
        guard table["users"]?.array != nil else { throw wrong("users", "not a list of users, or \"all\"") }
        return .named(Set(try strings("users")))
    }

    private func text(_ key: String, _ advice: String? = nil) throws(ConfigurationError) -> String {
        if table[key] == nil, let advice { throw wrong(key, "missing: \(advice)") }
        let text = try string(key)
        guard !text.isEmpty, !text.contains(where: \.isNewline) else { throw wrong(key, "not one line of text") }
        return text
    }

    private func string(_ key: String) throws(ConfigurationError) -> String {
        guard let text = table[key]?.string else { throw wrong(key, "not a string") }
        return text
    }

    private func strings(_ key: String) throws(ConfigurationError) -> [String] {
        let strings = table[key]?.array?.compactMap(\.string)
        guard let strings, strings.count == table[key]?.array?.count else { throw wrong(key, "not a list of strings") }
        return strings
    }

    /// A table of texts, such as variables of an environment.
    private func texts(_ key: String) throws(ConfigurationError) -> [String: String] {
        guard let entries = table[key]?.table else { throw wrong(key, "not a table of strings") }
        var result: [String: String] = [:]
        for (name, value) in entries {
            guard let text = value.string, !name.isEmpty, !name.contains("=") else {
                throw wrong("\(key).\(name)", "not a string")
            }
            result[name] = text
        }
        return result
    }

    private func duration(_ key: String) throws(ConfigurationError) -> Duration {
        guard let text = table[key]?.string, let duration = Duration(text: text), duration >= .seconds(1) else {
            throw wrong(key, "not a duration of at least a second, such as \"60s\"")
        }
        return duration
    }

    private func count(_ key: String, _ range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
        guard let number = table[key]?.int, range.contains(number) else {
            throw wrong(key, "not a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private func wrong(_ key: String, _ what: String) -> ConfigurationError {
        ConfigurationError("\(file): 'agents.\(name).\(key)' is \(what)")
    }

    private func unknown(_ key: String) -> ConfigurationError {
        ConfigurationError("\(file): there is no key 'agents.\(name).\(key.withoutControls)': see belayd(8)")
    }
}
