@testable import Agents
import Testing
import Wire

/// What a model is told of a conversation.
@Suite struct ContextTests {
    private func entries(_ bodies: [Entry.Body]) -> [Entry] {
        bodies.enumerated().map { Entry(seq: Seq($0.offset + 1), timestamp: 0, body: $0.element) }
    }

    private func user(_ id: MessageID, _ text: String) -> Entry.Body {
        .update(.userMessage(ContentChunk(messageID: id, content: .text(text))))
    }

    private func agent(_ id: MessageID, _ text: String) -> Entry.Body {
        .update(.agentMessage(ContentChunk(messageID: id, content: .text(text))))
    }

    private var usage: Entry.Body { .update(AgentUsage(used: 1, size: 2).update) }

    /// A turn with a tool call in it.
    private func turn(_ id: TurnID, _ prompt: MessageID, output: String) -> [Entry.Body] {
        let call = ToolCallID("\(id)-0.0-read_file")
        return [
            .event(.turnStart(id, prompt: prompt)), agent(MessageID("\(id)-0"), "Let me "),
            agent(MessageID("\(id)-0"), "see."),
            .update(.toolCall(ToolCall(id: call, title: "Read", status: .pending, rawInput: ["path": "a"]))), usage,
            .update(.toolCallUpdate(ToolCall(id: call, status: .inProgress))),
            .update(.toolCallUpdate(ToolCall(id: call, status: .completed, rawOutput: .string(output)))),
            agent(MessageID("\(id)-1"), "It is so."), usage, .event(.turnEnd(id, .stopped(.endTurn))),
        ]
    }

    @Test("calls and results stand behind the answer that made them, and a queued prompt where its turn begins")
    func order() {
        let conversation = Agents.Conversation(
            entries(
                [user("m1", "first"), user("m2", "second")] + turn("t1", "m1", output: "A")
                    + turn("t2", "m2", output: "B")))
        #expect(
            conversation.messages.map { "\($0.role) \($0.text)" } == [
                "user first", "assistant Let me see.", "tool A", "assistant It is so.",
                "user second", "assistant Let me see.", "tool B", "assistant It is so.",
            ])
        #expect(conversation.messages[1].calls.map(\.name) == ["read_file"])
        #expect(conversation.messages[1].calls.map(\.arguments) == [#"{"path":"a"}"#])
        #expect(conversation.messages[1].calls.map(\.id) == [conversation.messages[2].callID])
        #expect(conversation.messages[1].calls[0].id != conversation.messages[5].calls[0].id)
    }

    @Test(
        "wherever the window of the journal begins, no answer stands without its question, and no result without its call"
    )
    func windows() {
        let all = entries(
            [user("m1", "first")] + turn("t1", "m1", output: "A") + [user("m2", "second")]
                + turn("t2", "m2", output: "B"))
        for start in all.indices {
            let messages = Agents.Conversation(all[start...]).messages
            #expect(messages.first?.role ?? .user == .user, "from \(start)")
            for (index, message) in messages.enumerated() where message.role == .tool {
                #expect(messages[..<index].contains { $0.calls.contains { $0.id == message.callID } })
            }
        }
    }

    @Test("the oldest output goes first, then the oldest turns, and never what was said last")
    func fit() {
        let bodies = (1...4).flatMap { number in
            [user(MessageID("m\(number)"), "question \(number)")]
                + turn(TurnID("t\(number)"), MessageID("m\(number)"), output: String(repeating: "x", count: 4_000))
        }
        let messages = Agents.Conversation(entries(bodies)).messages
        let total = messages.reduce(0) { $0 + $1.tokens }
        var previous = ContextWindow.Cut()
        for tokens in stride(from: total, through: 20, by: -40) {
            var fitted = messages
            let cut = ContextWindow(tokens: tokens).fit(&fitted)
            #expect(cut.outputs >= previous.outputs && cut.messages >= previous.messages, "less room, less said")
            #expect(cut.messages == 0 || cut.outputs > 0, "outputs before messages")
            #expect(fitted.last == messages.last && fitted.contains { $0.text == "question 4" })
            #expect(fitted.first?.role == .user)
            if cut.outputs > 0, cut.messages == 0 {
                let left = fitted.filter { $0.role == .tool }.map { $0.text == ContextWindow.placeholder }
                #expect(left == left.sorted { $0 && !$1 }, "the oldest first")
            }
            previous = cut
        }
        #expect(previous.messages > 0 && previous.note != nil)
        var whole = messages
        #expect(ContextWindow(tokens: total).fit(&whole).note == nil && whole == messages)
    }

    @Test("a long text is cut in its middle, at characters")
    func middle() {
        let text = String(repeating: "grüße👩‍💻", count: 100)
        for maximum in 0..<200 {
            let cut = text.middleCut(to: maximum)
            #expect(!cut.contains("\u{FFFD}") && cut.contains("left out"))
        }
        #expect("short".middleCut(to: 5) == "short")
    }
}
