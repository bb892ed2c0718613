public import NIOCore

/// The projections of a journal as JSON: the result of `_belay/state`, and the base state for a gap (`missing`).
extension SessionState: JSONConvertible {
    /// The names of the projections, in their order.
    public static let parts = ["memory", "plan", "toolCalls", "usage", "requests", "turn", "agent"]

    /// All projections, as `_belay/state` returns them.
    public var json: JSON { json(parts: SessionState.parts) }

    /// The named projections, and the number of the last entry in them.
    public func json(parts: [String]) -> JSON {
        var members: [JSON.Member] = parts.compactMap { name in projection(name).map { JSON.Member(name, $0) } }
        if parts.contains("toolCalls") { members.append(JSON.Member("toolCallCount", .integer(toolCallCount))) }
        return .object([JSON.Member("seq", .integer(seq))] + members)
    }

    private func projection(_ name: String) -> JSON? {
        switch name {
        case "memory": .object(memory.sorted { $0.key < $1.key }.map { JSON.Member($0.key, $0.value) })
        case "plan": .array(plan.map(\.json))
        case "toolCalls": .array(toolCalls.map(\.json))
        case "usage": agent.usage ?? .null
        case "requests": .array(requests.map(\.json))
        case "turn": turn?.json ?? .null
        case "agent": agent.json == [:] ? nil : agent.json
        default: nil
        }
    }

    /// How many tool calls that have ended ``brief`` has.
    private static let briefCalls = 8

    /// What a client needs of the state while it lacks entries: without the details of tool calls, and of those that have
    /// ended the newest alone. The entries that it is sent have the details.
    public var brief: SessionState {
        var state = self
        let newest = Set(toolCalls.suffix(SessionState.briefCalls).map(\.id))
        state.toolCalls = toolCalls.filter { newest.contains($0.id) || !($0.status?.isFinal ?? false) }
            .map(\.withoutDetails)
        return state
    }

    /// The longest checkpoint that is stored, in bytes.
    public static let checkpointBytesMaximum = 1 << 20

    /// The whole state as JSON, from which ``init(checkpoint:)`` makes it again.
    public var checkpoint: ByteBuffer {
        let answers = answers.sorted { $0.key.rawValue < $1.key.rawValue }.map {
            JSON.Member($0.key.rawValue, $0.value)
        }
        return JSON.object((json.members ?? []) + [JSON.Member("answers", .object(answers))]).encoded
    }

    /// Decodes a ``checkpoint``.
    ///
    /// - Throws: ``RPCError`` when it is none.
    public init(checkpoint: ByteBuffer) throws {
        try self.init(json: JSON(parsing: checkpoint))
    }

    /// Decodes projections; a missing one is empty.
    public init(json: JSON) throws(RPCError) {
        let memory = (json["memory"]?.members ?? []).map { ($0.key, $0.value) }
        let turn = try json["turn"].flatMap { turn throws(RPCError) in turn == .null ? nil : try Turn(json: turn) }
        self.init(
            seq: try json.required("seq", in: .position), memory: Dictionary(memory) { $1 },
            plan: try json.elements("plan", as: PlanEntry.self),
            toolCalls: try json.elements("toolCalls", as: ToolCall.self),
            toolCallCount: try json.optional("toolCallCount", in: .count), turn: turn,
            requests: try json.elements("requests", as: OpenQuestion.self),
            answers: Dictionary((json["answers"]?.members ?? []).map { (RequestKey($0.key), $0.value) }) { $1 },
            agent: try Agent(json: json["agent"] ?? [:], usage: json["usage"]))
    }
}

extension SessionState.Turn: JSONConvertible {
    /// Decodes a turn; without `endSeq` it is running.
    public init(json: JSON) throws(RPCError) {
        self.init(
            id: try json.requiredIdentifier("turnId"), prompt: try json.promptIdentifier(),
            startSeq: try json.required("startSeq", in: .entry),
            startedAt: try json.optional("startedAt", in: .time) ?? 0, end: nil)
        guard let seq = try json.optional("endSeq", in: .entry) else { return }
        let outcome: TurnOutcome =
            if let error = json["error"]?.string {
                .failed(error)
            } else {
                .stopped(StopReason(rawValue: json["stopReason"]?.string ?? "") ?? .endTurn)
            }
        end = End(seq: seq, timestamp: try json.optional("endedAt", in: .time) ?? 0, outcome: outcome)
    }

    /// The turn as JSON, with its end if it has one.
    public var json: JSON {
        var (reason, error): (String?, String?)
        switch end?.outcome {
        case .stopped(let stopped): reason = stopped.rawValue
        case .failed(let failed): error = failed
        case nil: break
        }
        return .object(of: [
            "turnId": .string(id.rawValue), "messageId": .string(prompt.rawValue), "running": .bool(isRunning),
            "startSeq": .integer(startSeq), "startedAt": .integer(startedAt), "endSeq": end.map { .integer($0.seq) },
            "endedAt": end.map { .integer($0.timestamp) }, "stopReason": reason.map { .string($0) },
            "error": error.map { .string($0) },
        ])
    }
}

extension SessionState.OpenQuestion: JSONConvertible {
    /// Decodes an open question.
    public init(json: JSON) throws(RPCError) {
        self.init(question: try Question(json: json), seq: try json.required("seq", in: .entry))
    }

    /// The open question as JSON: the data of its event, and its number.
    public var json: JSON {
        .object([JSON.Member("seq", .integer(seq))] + (question.json.members ?? []))
    }
}

extension SessionState.Agent {
    /// Decodes what is known of an agent; every field is optional.
    init(json: JSON, usage: JSON?) throws(RPCError) {
        self.init()
        sessionID = try json.optionalIdentifier("sessionId")
        exit = try json["exit"].flatMap { exit throws(RPCError) in exit == .null ? nil : try AgentExit(json: exit) }
        options = json["options"]?.array ?? []
        commands = json["commands"]?.array ?? []
        title = json["title"]?.string.flatMap { SessionTitle.of($0) }
        if let usage, usage != .null { self.usage = usage }
    }

    /// What is known of the agent, as JSON; its usage is a part of its own.
    public var json: JSON {
        .object(of: [
            "sessionId": sessionID.map { .string($0.rawValue) }, "exit": exit?.json,
            "options": options.isEmpty ? nil : .array(options), "commands": commands.isEmpty ? nil : .array(commands),
            "title": title.map { .string($0) },
        ])
    }
}
