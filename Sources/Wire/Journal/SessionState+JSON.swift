import NIOCore

/// The projections of a journal as JSON: the result of `_belay/state`, and the base state for a gap (`missing`).
extension SessionState: JSONConvertible {
    /// Beyond this many bytes, tool calls are sent without input, output and content.
    public static let toolCallsBytesMaximum = 32 << 10

    /// The names of the projections, in their order.
    public static let parts = ["memory", "plan", "toolCalls", "usage", "requests", "turn"]

    /// All projections, as `_belay/state` returns them.
    public var json: JSON { json(parts: SessionState.parts) }

    /// The named projections, and the number of the last entry in them.
    public func json(parts: [String]) -> JSON {
        let members: [JSON.Member] = parts.compactMap { name in projection(name).map { JSON.Member(name, $0) } }
        return .object([JSON.Member("seq", .integer(seq))] + members)
    }

    private func projection(_ name: String) -> JSON? {
        switch name {
        case "memory": .object(memory.sorted { $0.key < $1.key }.map { JSON.Member($0.key, $0.value) })
        case "plan": .array(plan.map(\.json))
        case "toolCalls": .array(toolCalls.map(\.json))
        // Reserved: no agent reports its usage yet.
        case "usage": .null
        case "requests": .array(requests.map(\.json))
        case "turn": turn?.json ?? .null
        default: nil
        }
    }

    /// The projections without the details of tool calls, when these exceed ``toolCallsBytesMaximum``.
    public var brief: SessionState {
        let bytes = JSON.array(toolCalls.map(\.json)).encoded.readableBytes
        guard bytes > SessionState.toolCallsBytesMaximum else { return self }
        var state = self
        state.omitToolCallDetails()
        return state
    }

    /// Decodes projections; a missing one is empty.
    public init(json: JSON) throws(RPCError) {
        let memory = (json["memory"]?.members ?? []).map { ($0.key, $0.value) }
        let turn = try json["turn"].flatMap { turn throws(RPCError) in turn == .null ? nil : try Turn(json: turn) }
        self.init(
            seq: try json.required("seq", in: .position), memory: Dictionary(memory) { $1 },
            plan: try json.elements("plan", as: PlanEntry.self),
            toolCalls: try json.elements("toolCalls", as: ToolCall.self), turn: turn,
            requests: try json.elements("requests", as: OpenQuestion.self))
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
