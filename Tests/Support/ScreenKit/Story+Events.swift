import Screen
import Sync
import TestKit
import Wire

extension Story {
    /// Something that the journal may hold.
    mutating func body() -> Entry.Body {
        let id = "\(random(0...3))"
        switch random(0...13) {
        case 0: return .update(.userMessage(chunk(MessageID("u" + id))))
        case 1...4: return .update(.agentMessage(chunk(MessageID("a" + id))))
        case 5: return .update(.agentThought(chunk(MessageID("t" + id))))
        case 6:
            let kind = [ToolCall.Kind.read, .edit, .execute, .search, .other].pick(using: &generator)
            return .update(.toolCall(ToolCall(id: ToolCallID(id), title: text(), kind: kind, status: .inProgress)))
        case 7, 8:
            let status = [ToolCall.Status.failed, .completed, .inProgress].pick(using: &generator)
            return .update(.toolCallUpdate(ToolCall(id: ToolCallID(id), status: status, content: content())))
        case 9:
            let steps = texts(atMost: 12)
            let done = random(0...steps.count)
            return .update(
                .plan(
                    steps.enumerated().map { index, step in
                        let status: PlanEntry.Status =
                            index < done ? .completed : index == done ? .inProgress : .pending
                        return PlanEntry(content: step, status: status)
                    }))
        case 10: return .event(.turnStart("turn", prompt: "u"))
        case 11: return .event(.turnEnd("turn", .failed(text())))
        case 12: return .event(.memory(key: text(), value: .string(text())))
        default: return .update(.other(announcement()))
        }
    }

    private mutating func chunk(_ id: MessageID) -> ContentChunk {
        ContentChunk(messageID: id, content: .text(text()))
    }

    /// What a tool call has produced: texts and edits.
    private mutating func content() -> [JSON] {
        (0...random(0...3)).map { _ in
            if generator.oneIn(2) { return ToolCall.textContent(text()) }
            return [
                "type": "diff", "path": .string(text()), "oldText": .string(text() + text()),
                "newText": .string(text() + text()),
            ]
        }
    }

    /// What the agent says that it offers, and what it has used.
    private mutating func announcement() -> JSON {
        switch random(0...2) {
        case 0:
            let commands = texts(atMost: 40).enumerated().map { number, text in
                JSON.object(of: [
                    "name": .string("x\(number)" + text), "description": .string(text),
                    "input": ["hint": .string(text)],
                ])
            }
            return ["sessionUpdate": "available_commands_update", "availableCommands": .array(commands)]
        case 1:
            let options = texts(atMost: 4).map { text -> JSON in
                let choices = texts(atMost: 4).map { choice -> JSON in
                    ["value": .string(choice), "name": .string(choice), "description": .string(choice)]
                }
                return [
                    "id": .string(text), "name": .string(text), "type": "select", "currentValue": .string(text),
                    "options": .array(choices),
                ]
            }
            return ["sessionUpdate": "config_option_update", "configOptions": .array(options)]
        default:
            return [
                "sessionUpdate": "usage_update", "used": .integer(Int64(random(0...200_000))), "size": 200_000,
                "cost": ["amount": 0.18, "currency": .string(text())],
            ]
        }
    }

    /// A permission or a form, with texts of the agent in each of its parts.
    mutating func question(_ key: RequestKey) -> Question {
        if generator.oneIn(2) {
            let options = texts(atMost: 9).map { text -> JSON in
                ["optionId": .string(text), "name": .string(text), "kind": "reject_once"]
            }
            return Question(
                key: key, turn: "turn", method: Method.requestPermission,
                params: [
                    "toolCall": [
                        "toolCallId": "c", "title": .string(text()), "kind": "edit", "content": .array(content()),
                    ], "options": .array(options),
                ])
        }
        let fields = texts(atMost: 5).enumerated().map { number, text -> JSON.Member in
            let choices = texts(atMost: 4).map { JSON.string($0) }
            let field: JSON = [
                "type": "string", "title": .string(text), "description": .string(text), "default": .string(text),
                "enum": .array(choices),
            ]
            return JSON.Member("\(number)" + text, field)
        }
        return Question(
            key: key, turn: "turn", method: Method.createElicitation,
            params: [
                "mode": "form", "message": .string(text()),
                "requestedSchema": ["type": "object", "properties": .object(fields)],
            ])
    }

    mutating func outbox() -> [OutboxItem] {
        let refusal = text()
        return texts(atMost: 3).enumerated().map { index, text in
            OutboxItem(
                id: ClientMessageID("c\(index)"), content: [.text(text)], createdAt: wallClock,
                state: index == 0 ? .pending : index == 1 ? .sent : .refused(refusal))
        }
    }

    mutating func status() -> ConnectionStatus {
        let state: ConnectionStatus.State =
            switch random(0...4) {
            case 0: .connecting
            case 1: .resuming
            case 2: .live
            case 3:
                .offline(since: now, attempt: random(1...9), retryAt: now + .milliseconds(random(0...9000)))
            default: .stopped(text())
            }
        return ConnectionStatus(state: state, roundTrip: .milliseconds(random(0...3000)), lastFailure: text())
    }

    /// What the client and the server find out beside the conversation.
    mutating func facts() {
        switch random(0...6) {
        case 0: send(.notice(text()))
        case 1: send(.surroundings(branch: text(), token: text()))
        case 2: send(.memory(Dictionary(texts(atMost: 9).map { ($0, .string($0)) }) { first, _ in first }))
        case 3: send(.path(NetworkPath(interface: text(), address: text())))
        case 4: send(.news(["s1": SessionNews(isUnread: true, isWorking: true, questions: Int64(random(0...3)))]))
        case 5: send(.draft(text()))
        default: send(.tookBack(text()))
        }
    }

    /// What fills a list that is open, or may be.
    mutating func lists() {
        let texts = texts(atMost: 30)
        switch random(0...4) {
        case 0: send(.prompts(ofChat: texts, everywhere: texts + [text()]))
        case 1: send(.files([text(), "a/" + text(), "x y"]))
        case 2: send(.preview(SessionPreview(key: "1", said: texts.map { .init(isUsers: $0 == "", text: $0) })))
        case 3:
            let words = words
            let found = texts.map { text in
                FoundText(
                    key: "k", isHere: random(0...1) == 0, title: text, seq: Seq(random(1...100)), timestamp: 0,
                    isUsers: true, text: text)
            }
            send(.found(found, words: words, isHere: generator.oneIn(2), isComplete: false))
        default:
            let items = texts.enumerated().map { number, text in
                SessionItem(
                    key: "\(number)", session: SessionID("s\(number)"), title: text, folder: text, agent: text,
                    server: number == 3 ? text : nil, usedAt: Timestamp(random(0...2_000)) * 1_000_000_000,
                    isCurrent: number == 0, isExpired: number == 2, waiting: random(0...2))
            }
            send(generator.oneIn(2) ? .sessions(items) : .chats(items))
        }
    }

    mutating func key() -> Key {
        let keys: [Key] = [
            .enter, .altEnter, .escape, .backspace, .delete, .up, .down, .left, .right, .home, .end, .pageUp, .pageUp,
            .pageDown, .wordLeft, .wordRight, .altUp, .altUp, .altDown, .tab, .backTab, .function(1), .focus(false),
            .focus(true),
            .character("x"), .character("中"), .character("\u{301}"), .character(" "), .character("/"), .character("@"),
            .character("n"), .character("1"), .character("4"), .alt("d"),
            .paste(String(repeating: "line\n", count: 12)),
        ]
        switch random(0...4) {
        case 0: return .paste(text())
        case 1: return .control("aekuwcdoftsrynp_".randomElement(using: &generator) ?? "a")
        default: return keys.pick(using: &generator)
        }
    }
}
