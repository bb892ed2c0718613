import Testing
import Wire

@testable import Ledger

/// Agents that are stopped, that die, and that say something outside of turns.
@Suite struct AgentEndTests {
    private let correlation = CorrelationID(rawValue: 1)
    private let exit = AgentExit(code: 1, lines: ["no space left"])

    private func running() -> Session {
        let session = Session()
        session.begin("a")
        return session
    }

    // MARK: Stopping

    @Test func whatAStoppedAgentSaysIsKeptUntilItEndsTheTurn() {
        let session = running()
        #expect(session.handle(.cancelled(nil)) == [.stop(turn("a"))])
        #expect(
            session.handle(.appended(turn("a"), correlation, [note("late")]), after: .seconds(9))
                == [commit([entry(3, note("late"), at: 9_000)])])
        _ = session.commit()
        _ = session.handle(.finished(turn("a"), .stopped(.cancelled)))
        #expect(session.commit() == [answered("a", .cancelled, seq: 4)])
        #expect(session.ledger.nextDeadline == nil)
    }

    @Test func afterTheGraceTheTurnEndsWithoutItsAgent() {
        let session = running()
        _ = session.handle(.cancelled(nil), after: .seconds(1))
        let until = Moment.at(11_000).instant
        #expect(session.ledger.nextDeadline == until)
        #expect(session.handle(.cancelled(turn("a")), after: .seconds(1)) == [.stop(turn("a"))])
        #expect(session.ledger.nextDeadline == until, "who cancels again gives it no more time")
        let end = commit(
            [entry(3, ended("a", .stopped(.cancelled)), at: 11_000)],
            [record("a", seq: 1, end: .at(3, .stopped(.cancelled)))])
        #expect(session.tick() == [.terminate(turn("a")), end])
        #expect(session.ledger.nextDeadline == nil)
        #expect(session.handle(.appended(turn("a"), correlation, [note("too late")])) == [])
        #expect(session.commit() == [answered("a", .cancelled, seq: 3), .release(correlation)])
        #expect(session.handle(.finished(turn("a"), .stopped(.endTurn))) == [], "its own end comes too late")
    }

    @Test func aTurnThatIsCancelledBeforeItBeginsHasTheSameGrace() {
        let session = Session()
        _ = session.handle(ask("a"))
        _ = session.handle(.cancelled(turn("a")))
        #expect(session.commit().last == .stop(turn("a")))
        #expect(session.ledger.nextDeadline == Moment.at(10_000).instant)
        _ = session.handle(.finished(turn("a"), .stopped(.cancelled)))
        _ = session.commit()
        session.begin("b")
        #expect(session.ledger.nextDeadline == nil, "the next turn is not being stopped")
    }

    // MARK: Death

    @Test func aDeathEndsTheTurnWithWhatWasSaid() {
        let session = running()
        _ = session.handle(.appended(turn("a"), correlation, [said("part")]))
        _ = session.commit()
        let failure = TurnOutcome.failed("the agent ended with exit code 1")
        #expect(
            session.handle(.exited(exit, during: turn("a"))) == [
                commit(
                    [entry(4, .event(.agentExit(exit))), entry(5, ended("a", failure))],
                    [record("a", seq: 1, end: .at(5, failure))])
            ])
        _ = session.commit()
        #expect(session.handle(.finished(turn("a"), failure)) == [], "the agent's task ends as well")
        #expect(session.ledger.state.agent.exit == AgentExit(code: 1))
    }

    @Test func anAgentThatDiesOfItsCancelEndsTheTurnAsCancelled() {
        let session = running()
        _ = session.handle(.cancelled(nil))
        _ = session.handle(.exited(exit, during: turn("a")))
        #expect(session.commit().last == answered("a", .cancelled, seq: 4))
    }

    @Test func aDeathOutsideOfTurnsEndsNone() {
        let session = running()
        #expect(session.handle(.exited(exit, during: nil)) == [commit([entry(3, .event(.agentExit(exit)))])])
        _ = session.commit()
        #expect(session.ledger.state.runningTurn?.id == turn("a"), "a turn that was not given to it goes on")
    }

    // MARK: Outside of turns

    private let usage = Entry.Body.update(.other(["sessionUpdate": "usage_update", "used": 1, "size": 2]))

    @Test func whatComesOutsideOfTurnsIsStoredWithNone() {
        let session = Session()
        #expect(session.handle(.appended(nil, correlation, [usage])) == [commit([entry(1, usage)])])
        #expect(session.ledger.isWorking)
        #expect(session.commit() == [.release(correlation)])
        #expect(!session.ledger.isWorking)
        session.begin("a")
        #expect(session.handle(.appended(nil, correlation, [usage])) == [commit([entry(4, usage)])], "and during one")
    }

    @Test func textOutsideOfTurnsIsAMessageOfItsOwn() throws {
        let session = running()
        func unnamed(_ text: String) -> Entry.Body {
            .update(.agentMessage(.init(messageID: nil, content: .text(text))))
        }
        _ = session.handle([
            .appended(turn("a"), correlation, [unnamed("in")]),
            .appended(nil, CorrelationID(rawValue: 2), [unnamed("out")]),
        ])
        _ = session.commit()
        #expect(
            try session.journal.suffix(2).map { try $0.decoded().body } == [said("in", "seq-3"), said("out", "seq-4")])
    }

    @Test func anExpiredSessionTakesNothing() {
        let session = Session()
        session.expire(successor: "next")
        #expect(session.handle(.appended(nil, correlation, [usage])) == [.release(correlation)])
        #expect(!session.isCommitting)
    }

    // MARK: Bounds

    @Test func aFullSessionEndsItsTurnAndDropsTheRest() {
        let session = Session(limits: Limits(sessionBytes: 10))
        session.begin("a")
        let long = String(repeating: "x", count: 16 << 20)
        _ = session.handle(.appended(turn("a"), correlation, [note(long)]))
        _ = session.commit()
        let second = CorrelationID(rawValue: 2)
        let failure = TurnOutcome.failed("the session's journal is full: begin a new session")
        #expect(session.handle(.appended(nil, second, [usage])) == [.release(second)])
        #expect(
            session.handle(.appended(turn("a"), second, [note("more")])) == [
                .release(second), .terminate(turn("a")),
                commit([entry(4, ended("a", failure))], [record("a", seq: 1, end: .at(4, failure))]),
            ])
    }
}
