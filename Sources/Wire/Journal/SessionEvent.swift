/// A journal entry that ACP has no method for, sent as `_belay/event` (`protocol.md` §6).
public enum SessionEvent: Hashable, Sendable {
    /// A turn begins; `prompt` is the message that it answers.
    case turnStart(TurnID, prompt: MessageID)
    /// A turn ended, with its outcome.
    case turnEnd(TurnID, TurnOutcome)
    /// A memory variable was set; `nil` deletes it.
    case memory(key: String, value: JSON?)
    /// The agent asks its user something.
    case request(Question)
    /// A question was answered or cancelled.
    case requestResolved(Question.Resolution)
    /// The agent ended without having been told to.
    case agentExit(AgentExit)
    /// An agent that had ended was started again.
    case agentRestarted
    /// The agent's own name for its side of the session, by which it is asked to go on with it.
    case agentSession(AgentSessionID)
    /// What stands before this was copied from another session.
    case forked(ForkOrigin)
    /// A notice of the server for the user.
    case note(String)
    /// Another kind, which is kept and passed on unchanged.
    case other(kind: String, data: JSON)

    /// The kind as it is sent.
    public var kind: String {
        switch self {
        case .turnStart: "turn_start"
        case .turnEnd: "turn_end"
        case .memory: "memory"
        case .request: "request"
        case .requestResolved: "request_resolved"
        case .agentExit: "agent_exit"
        case .agentRestarted: "agent_restarted"
        case .agentSession: "agent_session"
        case .forked: "forked"
        case .note: "note"
        case .other(let kind, _): kind
        }
    }

    /// The fields of the event, without its kind.
    public var data: JSON {
        switch self {
        case .turnStart(let turn, let prompt):
            ["turnId": .string(turn.rawValue), "messageId": .string(prompt.rawValue)]
        case .turnEnd(let turn, .stopped(let reason)):
            ["turnId": .string(turn.rawValue), "stopReason": .string(reason.rawValue)]
        case .turnEnd(let turn, .failed(let error)):
            ["turnId": .string(turn.rawValue), "error": .string(error)]
        case .memory(let key, let value): ["key": .string(key), "value": value ?? .null]
        case .request(let question): question.json
        case .requestResolved(let resolution): resolution.json
        case .agentExit(let exit): exit.json
        case .agentRestarted: [:]
        case .agentSession(let session): ["agentSessionId": .string(session.rawValue)]
        case .forked(let origin): origin.json
        case .note(let text): ["text": .string(text)]
        case .other(_, let data): data
        }
    }

    /// Decodes an event of any kind.
    ///
    /// - Throws: ``RPCError`` −32602 when a field of a known kind is missing, or when the kind begins with
    ///   ``EncodedEntry/updatePrefix``: such an event would be decoded as an update when it is read back.
    public init(kind: String, data: JSON) throws(RPCError) {
        switch kind {
        case "turn_start":
            self = .turnStart(try data.requiredIdentifier("turnId"), prompt: try data.promptIdentifier())
        case "turn_end":
            let outcome: TurnOutcome =
                if let error = data["error"]?.string {
                    .failed(error)
                } else {
                    .stopped(StopReason(rawValue: data["stopReason"]?.string ?? "") ?? .endTurn)
                }
            self = .turnEnd(try data.requiredIdentifier("turnId"), outcome)
        case "memory":
            let value = data["value"]
            self = .memory(key: try data.requiredString("key"), value: value == .null ? nil : value)
        case "request": self = .request(try Question(json: data))
        case "request_resolved": self = .requestResolved(try Question.Resolution(json: data))
        case "agent_exit": self = .agentExit(try AgentExit(json: data))
        case "agent_restarted": self = .agentRestarted
        case "agent_session": self = .agentSession(try data.requiredIdentifier("agentSessionId"))
        case "forked": self = .forked(try ForkOrigin(json: data))
        case "note": self = .note(try data.requiredString("text"))
        default:
            guard !EncodedEntry.isUpdate(kind) else {
                throw .invalidParams("'kind' is the kind of an update")
            }
            self = .other(kind: kind, data: data)
        }
    }
}
