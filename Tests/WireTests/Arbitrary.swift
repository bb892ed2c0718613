import TestKit
import Wire

/// Random values of the language, small enough that thousands of them take no time, and odd where oddness matters.
extension SplitMix64 {
    mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    /// A string of up to eight scalars, among them all that JSON escapes or that readers have stumbled over.
    mutating func string() -> String {
        let awkward: [Unicode.Scalar] = [
            "\"", "\\", "/", "\n", "\r", "\t", "\u{0}", "\u{8}", "\u{1F}", "\u{7F}", "\u{85}", "\u{2028}", "\u{2029}",
            "\u{FEFF}", "\u{FFFD}", "\u{FFFF}", "\u{301}", "\u{212B}", "\u{1F469}", "\u{200D}", "\u{10FFFF}",
        ]
        var text = ""
        for _ in 0..<int(0...8) {
            if oneIn(3) {
                text.unicodeScalars.append(awkward.pick(using: &self))
            } else {
                let value = UInt32.random(in: 0x20...(oneIn(2) ? 0x7E : 0x10FFFF), using: &self)
                text.unicodeScalars.append(Unicode.Scalar(value) ?? "\u{D7FF}")
            }
        }
        return text
    }

    mutating func json(depth: Int = 4) -> JSON {
        switch int(0...(depth > 0 ? 7 : 5)) {
        case 0: return .null
        case 1: return .bool(oneIn(2))
        case 2: return .integer(oneIn(2) ? Int64(int(-10...10)) : Int64(bitPattern: next()))
        case 3: return .number(double())
        case 4, 5: return .string(string())
        case 6: return .array((0..<int(0...4)).map { _ in json(depth: depth - 1) })
        default: return .object((0..<int(0...4)).map { _ in JSON.Member(string(), json(depth: depth - 1)) })
        }
    }

    /// Any finite number, drawn by its bits: subnormal ones and ones with seventeen digits as well.
    mutating func double() -> Double {
        let value = Double(bitPattern: next())
        return value.isFinite ? value : 0.1
    }

    /// A JSON value as agents put it into a tool call, or none; a bare `nil` would be the value `null`.
    mutating func payload() -> JSON? { oneIn(2) ? JSON?.none : json(depth: 2) }

    mutating func toolCall(isUpdate: Bool) -> ToolCall {
        let kinds: [ToolCall.Kind] = [
            .read, .edit, .delete, .move, .search, .execute, .think, .fetch, .other, .switchMode,
        ]
        let states: [ToolCall.Status] = [.pending, .completed, .failed, .inProgress]
        return ToolCall(
            id: ToolCallID("call-\(int(1...5))"), title: isUpdate && oneIn(2) ? nil : string(),
            kind: oneIn(2) ? nil : kinds.pick(using: &self), status: oneIn(3) ? nil : states.pick(using: &self),
            content: oneIn(2) ? nil : (0..<int(0...2)).map { _ in ToolCall.textContent(string()) },
            locations: oneIn(2)
                ? nil : [ToolCall.Location(path: "/" + string(), line: oneIn(2) ? nil : Int64(int(0...9_999)))],
            rawInput: payload(), rawOutput: payload())
    }

    mutating func plan() -> [PlanEntry] {
        let priorities: [PlanEntry.Priority] = [.high, .medium, .low]
        let states: [PlanEntry.Status] = [.pending, .completed, .inProgress]
        return (0..<int(0...4)).map { _ in
            PlanEntry(
                content: string(), priority: priorities.pick(using: &self), status: states.pick(using: &self))
        }
    }

    mutating func chunk() -> ContentChunk {
        let content: ContentBlock =
            switch int(0...9) {
            case 0: .resourceLink(name: string(), uri: "file:///" + string())
            case 1: .other(["type": "image", "mimeType": "image/png", "data": .string(string())])
            default: .text(string())
            }
        return ContentChunk(messageID: oneIn(8) ? nil : MessageID("message-\(int(1...2))"), content: content)
    }

    mutating func update() -> SessionUpdate {
        switch int(0...13) {
        case 0: .toolCall(toolCall(isUpdate: false))
        case 1, 2: .toolCallUpdate(toolCall(isUpdate: true))
        case 3: .plan(plan())
        case 4: .other(["sessionUpdate": "usage_update", "used": .integer(Int64(int(0...9))), "size": 9])
        case 5: .userMessage(chunk())
        case 6: .agentThought(chunk())
        default: .agentMessage(chunk())
        }
    }

    mutating func event() -> SessionEvent {
        let turn = TurnID("turn-\(int(1...2))")
        let reasons: [StopReason] = [.endTurn, .maxTokens, .maxTurnRequests, .refusal, .cancelled]
        return switch int(0...9) {
        case 0: .turnStart(turn, prompt: oneIn(4) ? "" : MessageID("message-\(int(1...2))"))
        case 1: .turnEnd(turn, .stopped(reasons.pick(using: &self)))
        case 2: .turnEnd(turn, .failed(string()))
        case 3: .memory(key: "key-\(int(1...3))", value: oneIn(3) ? JSON?.none : memoryValue())
        case 4: .note(string())
        case 5: .agentExit(AgentExit(code: oneIn(2) ? nil : Int64(int(0...3)), lines: oneIn(2) ? [] : [string()]))
        case 6: .agentRestarted
        case 7: .agentSession(AgentSessionID("agent-\(int(1...2))"))
        case 8:
            .forked(
                ForkOrigin(
                    session: SessionID("s\(int(1...2))"), seq: Seq(int(0...9)), title: oneIn(2) ? nil : string(),
                    leavesTurnsOut: oneIn(2)))
        default: .other(kind: "agent_moved", data: ["code": .integer(Int64(int(0...3)))])
        }
    }

    /// A value that a variable can have: `null` deletes, so it is none.
    private mutating func memoryValue() -> JSON {
        let value = json(depth: 2)
        return value == .null ? false : value
    }

    /// A journal's entries, numbered from 1 without gaps.
    mutating func journal(count: Int) -> [Entry] {
        var timestamp: Timestamp = 1_700_000_000_000
        return (1...count).map { seq in
            timestamp += Int64(int(0...500))
            let body: Entry.Body = oneIn(4) ? .event(event()) : .update(update())
            var key: ClientMessageID?
            if case .update(.userMessage) = body { key = oneIn(3) ? nil : ClientMessageID("key-\(int(1...2))") }
            return Entry(seq: Seq(seq), timestamp: timestamp, clientMessageID: key, body: body)
        }
    }
}
