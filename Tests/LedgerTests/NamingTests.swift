import Testing
import Wire

@testable import Ledger

/// A message has one name everywhere: the agent's, else the one that it got when it was journaled (`protocol.md` §2).
@Suite struct NamingTests {
    private static let call = Entry.Body.update(.toolCall(ToolCall(id: "call", title: "reads")))
    private static let plan = Entry.Body.update(.plan([]))

    private static func unnamed(_ text: String) -> Entry.Body {
        .update(.agentMessage(.init(messageID: nil, content: .text(text))))
    }

    private static func thought(_ text: String, _ message: MessageID? = nil) -> Entry.Body {
        .update(.agentThought(.init(messageID: message, content: .text(text))))
    }

    /// What a running turn journals, each list of bodies in a commit of its own.
    private func journal(_ commits: [Entry.Body]...) throws -> [Entry] {
        let session = Session()
        session.begin("a")
        for (number, bodies) in commits.enumerated() {
            _ = session.handle([.appended(turn("a"), CorrelationID(rawValue: UInt64(number)), bodies), .flushRequested])
            _ = session.commit()
        }
        return try session.journal.dropFirst(2).map { try $0.decoded() }
    }

    @Test func piecesWithoutANameAreOneMessageUntilTheAgentDoesSomethingElse() throws {
        let entries = try journal(
            [Self.thought("a"), Self.thought("b")], [Self.unnamed("c")], [Self.plan, Self.unnamed("d")],
            [Self.call, Self.unnamed("e"), said("f", "own"), Self.unnamed("g")])
        #expect(
            entries.map(\.body) == [
                Self.thought("ab", "seq-3"), said("c", "seq-4"), Self.plan, said("d", "seq-4"), Self.call,
                said("e", "seq-8"), said("f", "own"), said("g", "seq-10"),
            ])
    }

    @Test func theNextTurnBeginsAMessageOfItsOwn() throws {
        let session = Session()
        for (key, seq): (ClientMessageID, Seq) in [("a", 3), ("b", 7)] {
            session.begin(key)
            _ = session.handle([.appended(turn(key), CorrelationID(rawValue: 1), [Self.unnamed("x")]), .flushRequested])
            _ = session.commit()
            #expect(try session.journal.last?.decoded().body == said("x", MessageID("seq-\(seq)")))
            _ = session.handle(.finished(turn(key), .stopped(.endTurn)))
            _ = session.commit()
        }
    }

    /// What a failed commit had numbered is numbered again, and its names with it.
    @Test func aNameOfAFailedCommitIsNotUsed() throws {
        let session = Session()
        session.begin("a")
        _ = session.handle(.appended(turn("a"), CorrelationID(rawValue: 1), [Self.plan]))
        _ = session.handle(ask("b"))
        _ = session.handle(.appended(turn("a"), CorrelationID(rawValue: 2), [Self.unnamed("x")]))
        _ = session.commit()
        // In flight: the second prompt, and the message as entry 5. The prompt is refused, so the message is entry 4.
        _ = session.failCommit()
        _ = session.retry()
        _ = session.commit()
        #expect(try session.journal.last?.decoded().body == said("x", "seq-4"))
    }
}
