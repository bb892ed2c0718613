import Wire

/// An agent that is widely used, and how it is configured: what `belayd agents add` writes.
public struct AgentPreset: Hashable, Sendable {
    /// How it is started or reached.
    public enum Kind: Hashable, Sendable {
        /// A program that speaks ACP: its command and arguments.
        case program([String])
        /// A model behind a server: the address, the model, the variable that holds the key, and how many tokens its context
        /// holds if that is not the default.
        case model(baseURL: String, model: String, key: String?, contextTokens: Int? = nil)
    }

    /// Its name in the configuration.
    public var name: String
    /// How it is started or reached.
    public var kind: Kind
    /// How it is installed and signed in to, as a part of a sentence.
    public var installation: String

    /// A preset of a program that is widely known.
    private init(_ program: AgentProgram, installation: String) {
        self.init(name: program.name, kind: .program(program.words), installation: installation)
    }

    private init(name: String, kind: Kind, installation: String) {
        (self.name, self.kind, self.installation) = (name, kind, installation)
    }

    /// The presets, by name.
    public static let all = [
        AgentPreset(
            .claude,
            installation: "npm install -g @agentclientprotocol/claude-agent-acp, and sign in with claude"),
        AgentPreset(
            .codex,
            installation: "npm install -g @agentclientprotocol/codex-acp, and sign in with codex login"),
        AgentPreset(
            .gemini,
            installation: "npm install -g @google/gemini-cli, and sign in with gemini"),
        AgentPreset(.goose, installation: "goose, and run goose configure"),
        AgentPreset(.hermes, installation: "Hermes Agent, and run hermes setup"),
        AgentPreset(
            name: "llama",
            kind: .model(baseURL: "http://127.0.0.1:8000/v1", model: "local", key: nil, contextTokens: 8_192),
            installation:
                "start llama.cpp's server there: llama-server --port 8000 -c 8192, or python -m llama_cpp.server --n_ctx 8192"
        ),
        AgentPreset(
            name: "ollama",
            kind: .model(baseURL: "http://127.0.0.1:11434/v1", model: "qwen3", key: nil),
            installation:
                "install Ollama, run ollama pull qwen3, and raise its context with OLLAMA_CONTEXT_LENGTH=32768"),
        AgentPreset(
            name: "openai",
            kind: .model(baseURL: "https://api.openai.com/v1", model: "gpt-5-mini", key: "OPENAI_API_KEY"),
            installation: "set OPENAI_API_KEY in the environment of belayd"),
        AgentPreset(
            .opencode,
            installation: "npm install -g opencode-ai, and sign in with opencode auth login"),
        AgentPreset(
            name: "openrouter",
            kind: .model(
                baseURL: "https://openrouter.ai/api/v1", model: "openrouter/auto", key: "OPENROUTER_API_KEY"),
            installation: "set OPENROUTER_API_KEY in the environment of belayd"),
    ]

    /// The preset's section of the configuration.
    public var toml: String {
        switch kind {
        case .program(let words):
            var text = "[agents.\(name)]\nkind = \"acp\"\ncommand = \"\(words[0])\"\n"
            let arguments = words.dropFirst().map { "\"\($0)\"" }.joined(separator: ", ")
            if !arguments.isEmpty { text += "args = [\(arguments)]\n" }
            return text
        case .model(let baseURL, let model, let key, let tokens):
            return "[agents.\(name)]\nkind = \"openai\"\nbase_url = \"\(baseURL)\"\nmodel = \"\(model)\"\n"
                + (key.map { "api_key_env = \"\($0)\"\n" } ?? "")
                + (tokens.map { "context_tokens = \($0)\n" } ?? "")
        }
    }
}
