import Wire

/// A request for a completion (OpenAI's API, `POST /chat/completions`).
struct CompletionRequest: Hashable, Sendable {
    var model: String
    var messages: [Conversation.Message]
    /// The tools that the model may call.
    var tools: [ToolDescription]
    /// Further fields, which go before our own.
    var fields: [JSON.Member]
    /// The beginning of the answer that the model is to go on with.
    var prefill: String?

    /// The request's body.
    var json: JSON {
        var all = messages.map(\.json)
        if let prefill { all.append(["role": "assistant", "content": .string(prefill)]) }
        var members = [
            JSON.Member("model", .string(model)), JSON.Member("messages", .array(all)), JSON.Member("stream", true),
            JSON.Member("stream_options", ["include_usage": true]),
        ]
        if !tools.isEmpty { members.append(JSON.Member("tools", .array(tools.map(\.json)))) }
        if prefill != nil {
            // vLLM's names for it; others go on by themselves, and know no such fields.
            members.append(JSON.Member("continue_final_message", true))
            members.append(JSON.Member("add_generation_prompt", false))
        }
        let named = Set(fields.map(\.key))
        return .object(members.filter { !named.contains($0.key) } + fields.filter { $0.value != .null })
    }
}

/// A tool as a model is told of it.
struct ToolDescription: Hashable, Sendable {
    var name: String
    var text: String
    /// The JSON Schema of the arguments.
    var parameters: JSON

    var json: JSON {
        [
            "type": "function",
            "function": ["name": .string(name), "description": .string(text), "parameters": parameters],
        ]
    }
}
