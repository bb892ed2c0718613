/// What `session/update` tells (ACP, Prompt Turn).
public enum SessionUpdate: Hashable, Sendable {
    /// A piece of the user's message.
    case userMessage(ContentChunk)
    /// A piece of the agent's message.
    case agentMessage(ContentChunk)
    /// A piece of the agent's reasoning.
    case agentThought(ContentChunk)
    /// A tool call begins; its title is set.
    case toolCall(ToolCall)
    /// A tool call changed.
    case toolCallUpdate(ToolCall)
    /// The plan, whole.
    case plan([PlanEntry])
    /// A kind that is not looked into; it is kept as it came.
    case other(JSON)

    /// The streaming text of a message, if this is one: which kind, and the chunk.
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
    /// Reads an update of any kind.
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

    /// The update.
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
