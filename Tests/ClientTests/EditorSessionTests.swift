import Sync
import Testing
import Wire

@testable import Client

/// The journal of a session as the frames of plain ACP for an editor: each entry once, and nothing of the layer.
@Suite struct EditorSessionTests {
    private static func entry(_ seq: Seq, _ body: Entry.Body, from: Seq? = nil, key: ClientMessageID? = nil) -> Entry {
        var entry = Entry(seq: seq, timestamp: seq, clientMessageID: key, body: body)
        if let from { entry.from = from }
        return entry
    }

    private static func said(_ text: String) -> Entry.Body {
        .update(.agentMessage(ContentChunk(messageID: "a", content: .text(text))))
    }

    private static func asked(_ text: String) -> Entry.Body {
        .update(.userMessage(ContentChunk(messageID: "u", content: .text(text))))
    }

    private static let question = Question(
        key: "q", turn: "t", method: Method.requestPermission,
        params: [
            "toolCall": ["toolCallId": "c"], "options": [["optionId": "yes", "name": "Yes", "kind": "allow_once"]],
        ])

    /// A turn with a question: echo, start, text, question, answer, text, end.
    private static let turn = [
        entry(1, asked("hello"), key: "k"), entry(2, .event(.turnStart("t", prompt: "u"))), entry(3, said("one ")),
        entry(4, .event(.request(question))),
        entry(5, .event(.requestResolved(Question.Resolution(key: "q", answer: [:], by: nil)))), entry(6, said("two")),
        entry(7, .event(.turnEnd("t", .stopped(.endTurn)))),
    ]

    private static func texts(_ actions: [EditorSession.Action]) -> [String] {
        actions.compactMap { action in
            guard case .send(.notification(Method.update, let params)) = action else { return nil }
            return params["update"]?["content"]?["text"]?.string
        }
    }

    @Test func anEditorsTurnIsStreamedAndAnswered() {
        var session = EditorSession("s")
        session.prompted("k", by: .number(7))
        let actions = session.take(Self.turn)
        #expect(Self.texts(actions) == ["one ", "two"], "its own prompt is not echoed")
        #expect(actions.contains(.ask(Self.question)) && actions.contains(.withdraw("q")))
        #expect(actions.last == .send(.response(.number(7), result: ["stopReason": "end_turn"])))
        #expect(!session.isPrompting)
    }

    /// However a replay after a drop overlaps what was sent, nothing is sent twice and nothing is missing.
    @Test func aReplayMayOverlap() {
        for cut in 1...Self.turn.count {
            for start in 1...cut {
                var session = EditorSession("s")
                session.prompted("k", by: .number(7))
                let first = session.take(Array(Self.turn[..<cut]))
                let second = session.take(Array(Self.turn[(start - 1)...]))
                let all = first + second
                #expect(Self.texts(all) == ["one ", "two"], "\(cut), \(start)")
                #expect(all.count { if case .send(.response) = $0 { true } else { false } } == 1)
                #expect(all.count { $0 == .ask(Self.question) } == 1)
            }
        }
        var session = EditorSession("s")
        _ = session.take([Self.entry(1, Self.said("one "))])
        let merged = session.take([Self.entry(3, Self.said("one two three"), from: 1)])
        #expect(Self.texts(merged) == ["two three"], "the part that it lacks of a merged entry")
    }

    @Test func aLoadedSessionIsReplayedAndOnlyOpenQuestionsAsked() {
        func replay(_ entries: some Sequence<Entry>, in session: inout EditorSession) -> [EditorSession.Action] {
            session.beginReplay()
            let actions = session.take(Array(entries))
            return actions + session.endReplay()
        }
        var session = EditorSession("s")
        let actions = replay(Self.turn, in: &session)
        #expect(Self.texts(actions) == ["hello", "one ", "two"], "what the user said is a part of the conversation")
        #expect(!actions.contains { if case .ask = $0 { true } else { false } })
        var open = EditorSession("s")
        #expect(replay(Self.turn[..<4], in: &open).last == .ask(Self.question))
        #expect(open.take(Array(Self.turn[4...])).first == .withdraw("q"), "somebody else answered it")
    }

    @Test func promptsOfOthersAreShown() {
        var session = EditorSession("s")
        session.prompted("mine", by: .number(1))
        let actions = session.take(Self.turn)
        #expect(Self.texts(actions) == ["hello", "one ", "two"])
        #expect(session.isPrompting, "that turn was not the editor's")
    }

    @Test func failuresAreAnswered() {
        var session = EditorSession("s")
        session.prompted("k", by: .number(1))
        let failed = session.take(
            Array(Self.turn[..<3]) + [Self.entry(4, .event(.turnEnd("t", .failed("the agent ended"))))])
        #expect(failed.last == .send(.failure(.number(1), RPCError(.internalError, "the agent ended"))))
        session.prompted("a", by: .number(2))
        session.prompted("b", by: .number(3))
        #expect(session.failed("a", "full") == [.send(.failure(.number(2), RPCError(.internalError, "full")))])
        #expect(session.failed("a", "full") == [])
        #expect(session.stopped("gone") == [.send(.failure(.number(3), RPCError(.internalError, "gone")))])
    }

    @Test func whatIsTakenBackIsCancelled() {
        var session = EditorSession("s")
        session.prompted("a", by: .number(1))
        session.prompted("k", by: .number(2))
        _ = session.take(Array(Self.turn[..<2]))
        #expect(session.unconfirmed == ["a"])
        #expect(session.takenBack("a") == [.send(.response(.number(1), result: ["stopReason": "cancelled"]))])
        session.prompted("b", by: .number(3))
        session.forget("b")
        #expect(session.stopped("gone").count == 1, "the one that runs")
    }

    /// Nothing that the editor waits for stays unanswered when its turn is not in the journal any more.
    @Test func aTurnThatIsLostFails() {
        for isRestored in [false, true] {
            var session = EditorSession("s")
            session.prompted("k", by: .number(1))
            session.prompted("waiting", by: .number(2))
            _ = session.take(Array(Self.turn[..<4]))
            let actions = isRestored ? session.restored(Array(Self.turn[..<1])) : session.succeeded()
            #expect(actions.contains(.withdraw("q")))
            let failed = actions.compactMap { action -> RequestID? in
                if case .send(.failure(let id, _)) = action { id } else { nil }
            }
            #expect(failed == [.number(1)], "the other one is still in the outbox")
            #expect(session.isPrompting)
            let next = session.take([Self.entry(2, Self.said("new"))])
            #expect(Self.texts(next) == ["new"], "it hears what comes behind the copy")
        }
    }

    @Test func aCopyContinuesWhereItsEntryIsTheSame() {
        var session = EditorSession("s")
        _ = session.take(Array(Self.turn[..<3]))
        #expect(session.continues(at: Self.turn[2]))
        #expect(session.continues(at: Self.entry(5, Self.said("one and more"), from: 3)), "merged with what follows")
        var other = Self.turn[2]
        other.timestamp += 1
        #expect(!session.continues(at: other) && !session.continues(at: Self.turn[1]))
    }

    @Test func aSuccessorBeginsAnew() {
        var session = EditorSession("s")
        _ = session.take(Self.turn)
        #expect(Self.texts(session.succeeded()).first?.contains("expired") == true)
        #expect(Self.texts(session.take([Self.entry(1, Self.said("new"))])) == ["new"], "its numbers begin anew")
        let names = session.take([Self.entry(2, Self.said("more"))]).compactMap { action -> JSON? in
            if case .send(.notification(_, let params)) = action { params["sessionId"] } else { nil }
        }
        #expect(names == ["s"], "the editor knows it by its first name")
    }
}
