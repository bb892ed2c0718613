/// An agent that is widely used, and how it is started: what `belayd agents add` writes.
public struct AgentPreset: Hashable, Sendable {
    /// Its name in the configuration.
    public var name: String
    /// Its command and arguments.
    public var words: [String]
    /// How it is installed and signed in to, as a part of a sentence.
    public var installation: String

    /// The presets, by name. The commands are those that the agents' own documentation gives.
    public static let all = [
        AgentPreset(
            name: "claude", words: ["claude-agent-acp"],
            installation: "npm install -g @agentclientprotocol/claude-agent-acp, and sign in with claude"),
        AgentPreset(
            name: "codex", words: ["codex-acp"],
            installation: "npm install -g @agentclientprotocol/codex-acp, and sign in with codex login"),
        AgentPreset(
            name: "gemini", words: ["gemini", "--acp"],
            installation: "npm install -g @google/gemini-cli, and sign in with gemini"),
        AgentPreset(
            name: "goose", words: ["goose", "acp"], installation: "goose, and run goose configure"),
        AgentPreset(
            name: "hermes", words: ["hermes", "acp"], installation: "Hermes Agent, and run hermes setup"),
        AgentPreset(
            name: "opencode", words: ["opencode", "acp"],
            installation: "npm install -g opencode-ai, and sign in with opencode auth login"),
    ]

    /// The preset's section of the configuration.
    public var toml: String {
        var text = "[agents.\(name)]\nkind = \"acp\"\ncommand = \"\(words[0])\"\n"
        let arguments = words.dropFirst().map { "\"\($0)\"" }.joined(separator: ", ")
        if !arguments.isEmpty { text += "args = [\(arguments)]\n" }
        return text
    }
}
