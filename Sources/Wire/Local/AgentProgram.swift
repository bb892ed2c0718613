/// A well-known agent that is a program of its own. The server configures it by its name, and the client, on the same
/// machine, offers it when its program is installed: both look for the same words.
public struct AgentProgram: Hashable, Sendable {
    /// Its name in the configuration.
    public let name: String
    /// The command and its arguments, as the agent's own documentation gives them.
    public let words: [String]

    /// Claude Code, through its adapter.
    public static let claude = AgentProgram(name: "claude", words: ["claude-agent-acp"])
    /// Codex, through its adapter.
    public static let codex = AgentProgram(name: "codex", words: ["codex-acp"])
    /// Gemini CLI.
    public static let gemini = AgentProgram(name: "gemini", words: ["gemini", "--acp"])
    /// goose.
    public static let goose = AgentProgram(name: "goose", words: ["goose", "acp"])
    /// Hermes Agent.
    public static let hermes = AgentProgram(name: "hermes", words: ["hermes", "acp"])
    /// opencode.
    public static let opencode = AgentProgram(name: "opencode", words: ["opencode", "acp"])

    /// All of them, by name.
    public static let all = [claude, codex, gemini, goose, hermes, opencode]
}
