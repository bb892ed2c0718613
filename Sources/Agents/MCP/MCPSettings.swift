import Wire

/// A server of the Model Context Protocol that gives a model further tools (`[agents.NAME.mcp.SERVER]`): a program that
/// speaks it over standard input and output.
public struct MCPSettings: Hashable, Sendable {
    /// Its name, which begins the names of its tools.
    public var name: String
    /// The command's path, or its name in PATH, and its arguments.
    public var words: [String]
    /// Changes of the server's environment for it. The server's own `BELAY_` variables are not passed on, nor are keys.
    public var environment: [String: String]

    /// Creates settings.
    public init(name: String, words: [String], environment: [String: String] = [:]) {
        self.name = name
        self.words = words
        self.environment = environment
    }
}

extension MCPSettings {
    /// A server that a client names (ACP's `McpServer`); `nil` for one that is not reached over standard input and output.
    init?(_ json: JSON) {
        guard json["type"] == nil, let name = json["name"]?.string, Name.isValid(name),
            let command = json["command"]?.string, !command.isEmpty
        else { return nil }
        let variables = (json["env"]?.array ?? []).compactMap { variable -> (String, String)? in
            guard let name = variable["name"]?.string, let value = variable["value"]?.string, !name.isEmpty,
                !name.contains("=")
            else { return nil }
            return (name, value)
        }
        self.init(
            name: name, words: [command] + (json["args"]?.array ?? []).compactMap(\.string),
            environment: Dictionary(variables) { $1 })
        // As a word with U+0000 would end at it, and be another one.
        guard !(words + environment.map(\.value)).contains(where: { $0.utf8.contains(0) }) else { return nil }
    }
}
