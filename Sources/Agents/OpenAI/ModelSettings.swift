public import Wire

/// A model behind a server that speaks OpenAI's protocol for chat completions (`[agents.NAME] kind = "openai"`): OpenAI
/// itself, OpenRouter, and Ollama, llama.cpp's server, vLLM or LM Studio on one's own machine.
public struct ModelSettings: Hashable, Sendable {
    /// Where the key comes from.
    public enum Key: Hashable, Sendable {
        /// The server wants none.
        case none
        /// An environment variable of `belayd`.
        case environment(String)
        /// The first line that a command prints; run again when the key is refused.
        case command(String)
    }

    /// What happens with an answer that broke off in its middle.
    public enum Continuation: String, Hashable, Sendable, CaseIterable {
        /// The model is asked to go on where its answer stops, in words, which every server understands.
        case ask
        /// The answer is sent as the beginning of the next one, which llama.cpp, Ollama, vLLM and OpenRouter go on with.
        case prefill
        /// The turn ends with what there is.
        case off
    }

    /// The name by which `session/new` selects it.
    public var name: String
    /// The address in front of `/chat/completions`, without a slash at the end.
    public var baseURL: String
    /// The model's name, as the server knows it.
    public var model: String
    /// Further models of the server, which a session may choose instead.
    public var models: [String] = []
    /// Where the key comes from.
    public var key = Key.none
    /// Further fields of each request's header, by name; their values are kept as secret as the key.
    public var headers: [String: String] = [:]
    /// Further fields of each request, such as `temperature`.
    public var request: [JSON.Member] = []
    /// How many tokens the model's context holds.
    public var contextTokens = 32_768
    /// What the model is told before everything else; `nil` for a text that names the folder and what is
    /// remembered.
    public var system: String?
    /// The tools that the model may call; `nil` for those that need no opting in.
    public var tools: Set<String>?
    /// Servers of further tools.
    public var servers: [MCPSettings] = []
    /// Whether prompts may hold pictures.
    public var takesImages = false
    /// What happens with an answer that broke off.
    public var continuation = Continuation.ask
    /// How long a connection may take.
    public var connectMaximum = Duration.seconds(10)
    /// How long the server may be silent: before an answer as in it.
    public var silenceMaximum = Duration.seconds(300)
    /// The most requests of one turn.
    public var roundsMaximum = 50
    /// Who may have sessions with it.
    public var users = AgentUsers.local

    /// Creates settings.
    public init(name: String, baseURL: String, model: String) {
        self.name = name
        self.baseURL = baseURL
        self.model = model
    }
}

extension ModelSettings {
    /// The option that chooses the model; none when there is one model alone.
    ///
    /// - Parameter chosen: The model that is chosen now.
    func options(choosing chosen: String) -> [JSON] {
        guard !models.isEmpty else { return [] }
        return [
            [
                "id": .string(ModelSettings.modelOption), "name": "Model", "category": "model", "type": "select",
                "currentValue": .string(chosen),
                "options": .array(allModels.map { ["value": .string($0), "name": .string($0)] }),
            ]
        ]
    }

    /// The model that a session has chosen; the configuration's when it chose none, or one that is not there any more.
    func model(chosenIn options: [JSON]) -> String {
        let option = options.first { $0["id"]?.string == ModelSettings.modelOption }
        guard let chosen = option?["currentValue"]?.string, allModels.contains(chosen) else { return model }
        return chosen
    }

    /// The identifier of the option.
    static let modelOption = "model"

    /// All models, each once, the configured one first.
    private var allModels: [String] { [model] + models.filter { $0 != model } }
}
