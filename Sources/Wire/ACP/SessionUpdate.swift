/// The payload of `session/update` (ACP, Prompt Turn).
public enum SessionUpdate: Hashable, Sendable {
    /// A chunk of the user's message.
    case userMessage(ContentChunk)
    /// A chunk of the agent's message.
    case agentMessage(ContentChunk)
    /// A chunk of the agent's reasoning.
    case agentThought(ContentChunk)
    /// A tool call begins; its title is set.
    case toolCall(ToolCall)
    /// A tool call changed.
    case toolCallUpdate(ToolCall)
    /// The whole plan, which replaces the one before.
    case plan([PlanEntry])
    /// Another kind, which is kept and passed on unchanged.
    case other(JSON)

    /// The kind and the chunk of a streamed message; `nil` for other updates.
    public var chunk: (name: String, chunk: ContentChunk)? {
        switch self {
        case .userMessage(let chunk): ("user_message_chunk", chunk)
        case .agentMessage(let chunk): ("agent_message_chunk", chunk)
        case .agentThought(let chunk): ("agent_thought_chunk", chunk)
        case .toolCall, .toolCallUpdate, .plan, .other: nil
        }
    }
}

extension SessionUpdate: JSONConvertible {
    /// Decodes an update of any kind.
    public init(json: JSON) throws(RPCError) {
        switch try json.requiredName("sessionUpdate") {
        case "user_message_chunk": self = .userMessage(try ContentChunk(json: json))
        case "agent_message_chunk": self = .agentMessage(try ContentChunk(json: json))
        case "agent_thought_chunk": self = .agentThought(try ContentChunk(json: json))
        case "tool_call":
            _ = try json.requiredString("title")
            self = .toolCall(try ToolCall(json: json))
        case "tool_call_update": self = .toolCallUpdate(try ToolCall(json: json))
        case "plan":
            _ = try json.requiredArray("entries")
            self = .plan(try json.elements("entries", as: PlanEntry.self))
        default: self = .other(json)
        }
    }

    /// The update as JSON, with `sessionUpdate` as its kind.
    public var json: JSON {
        switch self {
        case .userMessage(let chunk): named("user_message_chunk", chunk.json)
        case .agentMessage(let chunk): named("agent_message_chunk", chunk.json)
        case .agentThought(let chunk): named("agent_thought_chunk", chunk.json)
        case .toolCall(let call): named("tool_call", call.json)
        case .toolCallUpdate(let change): named("tool_call_update", change.json)
        case .plan(let entries): ["sessionUpdate": "plan", "entries": .array(entries.map(\.json))]
        case .other(let json): json
        }
    }

    private func named(_ name: String, _ fields: JSON) -> JSON {
        .object([JSON.Member("sessionUpdate", .string(name))] + (fields.members ?? []))
    }
}
