import Agents
import Platform
import TOMLKit
import Wire

extension ServerConfiguration {
    /// The names of agents: they are typed, and stand in journals and in file names.
    static func isAgentName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte)
                    || [0x2D, 0x2E, 0x5F].contains(byte)
            }
    }

    /// Applies the section `[agents]`: a table for each agent.
    mutating func apply(agents table: TOMLTable, file: String) throws(ConfigurationError) {
        for (name, value) in table {
            if name == "idle" {
                guard let idle = value.string.flatMap({ Duration(text: $0) }), idle >= .seconds(1) else {
                    throw ConfigurationError(
                        "\(file): 'agents.idle' is not a duration of at least a second, such as \"30m\"")
                }
                agentIdle = idle
                continue
            }
            guard Self.isAgentName(name), name != "librarian" else {
                throw ConfigurationError(
                    "\(file): '\(name.withoutControls)' is no name for an agent: use up to 64 letters, digits, '-', "
                        + "'_' and '.', and not 'librarian', which is the built-in one")
            }
            guard let entry = value.table else {
                throw ConfigurationError("\(file): 'agents.\(name)' is not a section: write [agents.\(name)]")
            }
            agents.append(try AgentEntry(name, entry, file: file).settings())
        }
        agents.sort { $0.name < $1.name }
    }
}

/// A section `[agents.NAME]`.
private struct AgentEntry {
    let name: String
    let table: TOMLTable
    let file: String

    init(_ name: String, _ table: TOMLTable, file: String) {
        self.name = name
        self.table = table
        self.file = file
    }

    func settings() throws(ConfigurationError) -> ACPSettings {
        guard let kind = table["kind"]?.string else { throw wrong("kind", "missing: write kind = \"acp\"") }
        guard kind == "acp" else { throw wrong("kind", "not \"acp\"") }
        guard let command = table["command"]?.string, !command.isEmpty else {
            throw wrong("command", "missing: write the program's name, for example command = \"opencode\"")
        }
        var settings = ACPSettings(name: name, words: [command])
        for (key, value) in table {
            switch key {
            case "kind", "command": break
            case "args": settings.words += try strings(key)
            case "env": settings.environment = try variables()
            case "cwd":
                guard let path = value.string, path.hasPrefix("/") else { throw wrong(key, "not an absolute path") }
                settings.directory = path
            case "process":
                guard let text = value.string, ["session", "shared"].contains(text) else {
                    throw wrong(key, "not \"session\" or \"shared\"")
                }
                settings.isShared = text == "shared"
            case "users":
                if value.string == "all" {
                    settings.users = .all
                } else if value.array != nil {
                    settings.users = .named(Set(try strings(key)))
                } else {
                    throw wrong(key, "not a list of users, or \"all\"")
                }
            case "auth_method":
                guard let text = value.string, !text.isEmpty else { throw wrong(key, "not a string") }
                settings.signIn = text
            case "start_timeout":
                guard let text = value.string, let duration = Duration(text: text), duration >= .seconds(1) else {
                    throw wrong(key, "not a duration of at least a second, such as \"60s\"")
                }
                settings.startMaximum = duration
            default: throw ConfigurationError("\(file): there is no key 'agents.\(name).\(key)': see belayd(8)")
            }
        }
        return settings
    }

    private func strings(_ key: String) throws(ConfigurationError) -> [String] {
        let strings = table[key]?.array?.compactMap(\.string)
        guard let strings, strings.count == table[key]?.array?.count else { throw wrong(key, "not a list of strings") }
        return strings
    }

    private func variables() throws(ConfigurationError) -> [String: String] {
        guard let variables = table["env"]?.table else { throw wrong("env", "not a table of strings") }
        var result: [String: String] = [:]
        for (variable, value) in variables {
            guard let text = value.string, !variable.isEmpty, !variable.contains("=") else {
                throw wrong("env.\(variable)", "not a string")
            }
            result[variable] = text
        }
        return result
    }

    private func wrong(_ key: String, _ what: String) -> ConfigurationError {
        ConfigurationError("\(file): 'agents.\(name).\(key)' is \(what)")
    }
}
