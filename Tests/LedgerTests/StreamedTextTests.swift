import Testing
import Wire

@testable import Ledger

/// Streamed text is gathered: at once, then every interval or 16 KiB, in order with everything else (`protocol.md` §3).
@Suite struct StreamedTextTests {
    private func correlation(_ number: UInt64) -> CorrelationID { CorrelationID(rawValue: number) }

    /// A session whose turn runs and whose last text was stored at the test's beginning, as entry 3.
    private func speaking(_ limits: Limits = Limits(textInterval: .milliseconds(100))) -> Session {
        let session = Session(limits: limits)
        session.begin("a")
        #expect(
            session.handle(.appended(turn("a"), correlation(1), [said("first ")])) == [
                commit([entry(3, said("first "))])
            ])
        #expect(session.commit() == [.release(correlation(1))])
        return session
    }

    private func say(_ text: String, _ number: UInt64, in session: Session, after delay: Duration = .zero)
        -> [LedgerEffect]
    { session.handle(.appended(turn("a"), correlation(number), [said(text)]), after: delay) }

    @Test func theFirstTextIsStoredAtOnceAndWhatFollowsAfterTheInterval() {
        let session = speaking()
        #expect(session.ledger.nextDeadline == nil)
        #expect(say("a", 2, in: session, after: .milliseconds(20)) == [])
        #expect(session.ledger.nextDeadline == Instant(nanoseconds: 100_000_000))
        #expect(say("b", 3, in: session, after: .milliseconds(20)) == [])
        #expect(session.ledger.nextDeadline == Instant(nanoseconds: 100_000_000), "the first that waits counts")
        #expect(session.tick() == [commit([entry(4, said("ab"), at: 100)])])
        #expect(session.ledger.nextDeadline == nil, "the disk has it")
        #expect(session.commit() == [.release(correlation(2)), .release(correlation(3))])
    }

    @Test func textThatComesSeldomDoesNotWait() {
        let session = speaking()
        for number in 2...5 as ClosedRange<UInt64> {
            let effects = say("x", number, in: session, after: .milliseconds(100))
            #expect(effects == [commit([entry(Seq(number) + 2, said("x"), at: session.now.timestamp)])])
            _ = session.commit()
        }
    }

    /// Long enough that a minute costs at most 700 commits, and short enough for a client 50 ms away to see a chunk within 150.
    @Test func theIntervalIsBetweenTwoBounds() {
        let interval = Limits().textInterval
        #expect(interval * 700 > .seconds(60) && interval + .milliseconds(50) < .milliseconds(150))
    }

    /// A thousand tokens in three seconds cost tens of commits.
    @Test func aStreamCostsACommitForEachInterval() {
        let session = speaking()
        var commits = 0
        var text = ""
        for number in 2...1_001 as ClosedRange<UInt64> {
            let waited = session.ledger.nextDeadline.map { $0 <= session.now.instant } ?? false
            if waited, !session.isCommitting { _ = session.tick() }
            _ = say("token ", number, in: session, after: .milliseconds(3))
            text += "token "
            if session.isCommitting {
                commits += 1
                _ = session.commit()
            }
        }
        _ = session.handle(.flushRequested)
        _ = session.commit()
        #expect((25...31).contains(commits), "\(commits)")
        let said = session.journal.dropFirst(3).compactMap { try? $0.decoded().body }
        #expect(said.count < 35)
        #expect(said.map { $0.text ?? "?" }.joined() == text)
    }

    @Test func sixteenKibibytesAreStoredAtOnce() {
        let session = speaking()
        let text = String(repeating: "x", count: 10 << 10)
        #expect(say(text, 2, in: session) == [])
        // Two entries: no text is longer than the bound.
        #expect(say(text, 3, in: session) == [commit([entry(4, said(text)), entry(5, said(text))])])
        let long = String(repeating: "y", count: 20 << 10)
        _ = session.commit()
        #expect(say(long, 4, in: session) == [commit([entry(6, said(long))])], "one chunk stays one entry")
    }

    @Test(arguments: [
        Entry.Body.update(.plan([])), .update(.toolCall(ToolCall(id: "c", title: "look"))), note("n"),
        .update(.agentMessage(.init(messageID: "answer", content: .resourceLink(name: "n", uri: "x:y")))),
    ])
    func whatIsNoTextIsStoredWithTheTextBeforeIt(body: Entry.Body) {
        let session = speaking()
        #expect(say("a", 2, in: session) == [])
        #expect(
            session.handle(.appended(turn("a"), correlation(3), [body, said("b")]))
                == [commit([entry(4, said("a")), entry(5, body), entry(6, said("b"))])])
    }

    @Test func theEndAndAQuestionBringTheTextAlong() {
        let session = speaking()
        _ = say("a", 2, in: session)
        let question = Question(key: "q", turn: turn("a"), method: Method.requestPermission, params: [:])
        #expect(
            session.handle(.asked(question, correlation(9)))
                == [commit([entry(4, said("a")), entry(5, .event(.request(question)))])])
        _ = session.commit()
        _ = say("b", 3, in: session)
        let effects = session.handle(.finished(turn("a"), .stopped(.endTurn)))
        guard case .commit(let commit)? = effects.first else { return #expect(Bool(false), "\(effects)") }
        #expect(commit.entries.map(\.kind) == ["acp.agent_message_chunk", "request_resolved", "turn_end"])
    }

    @Test func aPromptThatWaitsBringsItAlongToo() {
        let session = speaking()
        _ = say("a", 2, in: session)
        #expect(
            session.handle(ask("b"))
                == [commit([entry(4, said("a")), entry(5, asked("b"), key: "b")], [record("b", seq: 5)])])
    }

    @Test func whoFlushesDoesNotWaitForTheInterval() {
        let session = speaking()
        #expect(session.handle(.flushRequested) == [], "nothing waits")
        _ = say("a", 2, in: session)
        #expect(session.handle(.flushRequested) == [commit([entry(4, said("a"))])])
        // While that is being stored: the next barrier is for what came since.
        _ = say("b", 3, in: session)
        #expect(session.handle(.flushRequested) == [])
        #expect(session.commit() == [.release(correlation(2)), commit([entry(5, said("b"))])])
        _ = session.commit()
        #expect(say("c", 4, in: session) == [], "a barrier does not last")
    }

    @Test func messagesThatAlternateStayWhatTheyAre() {
        let session = speaking()
        let bodies = [said("a", "m"), said("b", "n"), said("c", "n"), said("d", "m")]
        #expect(session.handle(.appended(turn("a"), correlation(2), bodies)) == [])
        #expect(
            session.tick() == [
                commit([
                    entry(4, said("a", "m"), at: 100), entry(5, said("bc", "n"), at: 100),
                    entry(6, said("d", "m"), at: 100),
                ])
            ])
    }

    @Test func eventsThatComeTogetherAreOneBatch() {
        let session = Session()
        session.begin("a")
        #expect(
            session.handle([
                .appended(turn("a"), correlation(1), [.update(.plan([]))]),
                .appended(turn("a"), correlation(2), [said("x")]),
                .finished(turn("a"), .stopped(.endTurn)),
            ]) == [
                commit(
                    [entry(3, .update(.plan([]))), entry(4, said("x")), entry(5, ended("a"))],
                    [record("a", seq: 1, end: .at(5))])
            ])
    }

    @Test func afterAFailureTextWaitsForTheRetryAndNotForItsInterval() {
        let session = speaking()
        _ = say("a", 2, in: session)
        _ = session.tick()
        #expect(session.failCommit() == [.retryCommit])
        #expect(session.ledger.nextDeadline == nil)
        #expect(say("b", 3, in: session, after: .milliseconds(500)) == [], "it does not try a full disk by itself")
        #expect(session.retry() == [commit([entry(4, said("ab"), at: 600)])])
    }

    @Test func textOfATurnThatHasEndedIsDroppedAtOnce() {
        let session = speaking()
        _ = session.handle(.finished(turn("a"), .stopped(.endTurn)))
        _ = session.commit()
        #expect(say("late", 2, in: session) == [.release(correlation(2))])
        #expect(!session.isCommitting && session.ledger.nextDeadline == nil)
    }

    /// The shell's timer may run by another clock: what it says of a deadline counts.
    @Test func aTickCountsByItsDeadline() {
        let session = speaking()
        _ = say("a", 2, in: session)
        #expect(session.handle(.tick(Instant(nanoseconds: 99_999_999))) == [])
        #expect(session.handle(.tick(Instant(nanoseconds: 100_000_000))) == [commit([entry(4, said("a"))])])
    }
}

extension Entry.Body {
    /// The text of an agent's message.
    fileprivate var text: String? {
        if case .update(.agentMessage(let chunk)) = self { chunk.content.text } else { nil }
    }
}
