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
