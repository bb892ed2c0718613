import Testing
import Wire

@testable import Ledger

/// Each key once, in order, bounded; and what a cancel reaches (`protocol.md` §8).
@Suite struct PromptTests {
    private func refusal(_ code: RPCError.Code, _ message: String, _ reason: String) -> RPCError {
        RPCError(code, message, data: ["belay": ["reason": .string(reason)]])
    }

    private func started(_ effects: [LedgerEffect]) -> [TurnID] {
        effects.compactMap { if case .start(let start) = $0 { start.turn } else { nil } }
    }

    // MARK: Keys

    @Test func theSamePromptJoinsWhileItIsBeingStored() {
        let session = Session()
        _ = session.handle(ask("a"))
        #expect(session.handle(ask("a", from: .two, request: .number(2))) == [])
        _ = session.commit()
        _ = session.handle(.finished(turn("a"), .stopped(.endTurn)))
        #expect(
            session.commit() == [
                answered("a", seq: 3, joined: true, on: .two, request: .number(2)), answered("a", seq: 3),
            ])
    }

    @Test func theSamePromptJoinsTheRunningTurn() {
        let session = Session()
        session.begin("a")
        #expect(session.handle(ask("a", from: .two, request: .number(2))) == [])
        #expect(!session.isCommitting)
        _ = session.handle(.finished(turn("a"), .stopped(.refusal)))
        #expect(
            session.commit() == [
                answered("a", .refusal, seq: 3),
                answered("a", .refusal, seq: 3, joined: true, on: .two, request: .number(2)),
            ])
    }

    @Test func theSamePromptGetsTheStoredAnswer() {
        let session = Session()
        session.begin("a")
        _ = session.handle(.finished(turn("a"), .stopped(.endTurn)))
        _ = session.commit()
        #expect(
            session.handle(ask("a", from: .two, request: .number(2)))
                == [answered("a", seq: 3, joined: true, on: .two, request: .number(2))])
        let reopened = Session(
            Session.stored([asked("a"), began("a"), ended("a")], prompts: [record("a", seq: 1, end: .at(3))]))
        #expect(reopened.handle(ask("a")) == [answered("a", seq: 3, joined: true)])
        reopened.expire(successor: "next")
        #expect(reopened.handle(ask("a")) == [answered("a", seq: 3, joined: true)])
    }

    /// Of those that have ended a bounded number is kept; the store has the others.
    @Test func promptsThatHaveEndedAreForgottenAndRecalled() throws {
        let session = Session(limits: Limits(promptsKept: 2))
        var known: [ClientMessageID: PromptRecord] = [:]
        for key in ["a", "b", "c", "d"] as [ClientMessageID] {
            #expect(session.ledger.mayHaveForgotten("z") == (known.count > 2 ? known.count - 2 : nil))
            session.begin(key)
            let effects = session.handle(.finished(turn(key), .stopped(.endTurn)))
            for case .commit(let commit) in effects { known[key] = commit.prompts.last }
            _ = session.commit()
        }
        #expect(session.ledger.knows("c") && session.ledger.knows("d"))
        #expect(session.ledger.mayHaveForgotten("c") == nil, "it is in memory")
        #expect(session.ledger.mayHaveForgotten("a") == 2)
        // Found in the store, it is answered as ever, and the oldest makes room.
        session.recall(try #require(known["a"]))
        #expect(session.handle(ask("a")) == [answered("a", seq: 3, joined: true)])
        #expect(session.ledger.mayHaveForgotten("c") == 3)
        #expect(session.ledger.knows("d"))
        // One that runs is not forgotten, and is not replaced by what the store said of it.
        session.begin("e")
        session.recall(record("e", seq: 13, end: .at(13)))
        #expect(session.ledger.state.runningTurn?.id == turn("e"))
        _ = session.handle(.finished(turn("e"), .stopped(.endTurn)))
        #expect(session.commit() == [answered("e", seq: 15)])
        // The end of a turn that is not in memory any more changes nothing.
        #expect(session.handle(.finished(turn("b"), .stopped(.endTurn))) == [])
    }

    @Test func aStoreWithEndedPromptsIsAskedForThem() {
        var stored = Session.stored([asked("a"), began("a"), ended("a")])
        #expect(Session(stored).ledger.mayHaveForgotten("a") == nil)
        stored.hasEndedPrompts = true
        let session = Session(stored)
        #expect(session.ledger.mayHaveForgotten("a") == 1)
        session.recall(record("a", seq: 1, end: .at(3)))
        #expect(session.handle(ask("a")) == [answered("a", seq: 3, joined: true)])
    }

    /// Another server has taken the session and gone on with it, which this one does not know yet.
    @Test func aPromptWhoseEntriesAreNotHereIsNotRecalled() {
        var stored = Session.stored([asked("a"), began("a"), ended("a")])
        stored.hasEndedPrompts = true
        let session = Session(stored)
        #expect(!session.recall(record("b", seq: 2, end: .at(4))), "it ended behind the head")
        #expect(!session.recall(record("b", seq: 4, end: nil)), "it runs there")
        #expect(!session.ledger.knows("b"))
        #expect(session.recall(record("b", seq: 2, end: .at(3))) && session.ledger.knows("b"))
    }

    @Test func anotherPromptUnderTheKeyIsAConflict() {
        let conflict = refusal(
            .invalidParams, "this clientMessageId (idempotency key) was used for another prompt",
            "idempotency_conflict")
        let session = Session()
        _ = session.handle(ask("a"))
        let effects: [LedgerEffect] = [.respond(.one, .string("a"), .failure(conflict))]
        #expect(session.handle(ask("a", "other")) == effects)
        _ = session.commit()
        #expect(session.handle(ask("a", "other")) == effects)
        _ = session.handle(.finished(turn("a"), .stopped(.endTurn)))
        _ = session.commit()
        #expect(session.handle(ask("a", "other")) == effects)
    }

    @Test func anEmptyPromptIsRefused() {
        let prompt = ClientRequest.Prompt(session: Session.id, content: [], clientMessageID: "a")
        #expect(
            Session().handle(.prompted(.one, .number(1), prompt, turn: "t", message: "m"))
                == [.respond(.one, .number(1), .failure(.invalidParams("'prompt' is empty")))])
    }

    // MARK: Order

    @Test func promptsRunInTheOrderTheyCame() {
        let session = Session()
        session.begin("a")
        for key in ["b", "c"] as [ClientMessageID] {
            _ = session.handle(ask(key))
            #expect(started(session.commit()) == [])
        }
        // The end of one and the beginning of the next are one commit.
        #expect(
            session.handle(.finished(turn("a"), .stopped(.endTurn)))
                == [commit([entry(5, ended("a")), entry(6, began("b"))], [record("a", seq: 1, end: .at(5))])])
        #expect(started(session.commit()) == [turn("b")])
        _ = session.handle(.finished(turn("b"), .stopped(.endTurn)))
        #expect(started(session.commit()) == [turn("c")])
    }

    @Test func theQueueIsBounded() {
        let session = Session(limits: Limits(turnsQueued: 2))
        session.begin("a")
        _ = session.handle(ask("b"))
        _ = session.handle(ask("c"))
        let full = refusal(
            .internalError, "2 prompts wait already: send it again when a turn has ended", "queue_full")
        #expect(session.handle(ask("d")) == [.respond(.one, .string("d"), .failure(full))])
        _ = session.commit()
        _ = session.commit()
        #expect(session.handle(ask("d")) == [.respond(.one, .string("d"), .failure(full))])
        _ = session.handle(.finished(turn("a"), .stopped(.endTurn)))
        _ = session.commit()
        #expect(session.handle(ask("d")).count == 1 && session.isCommitting)
    }

    @Test func whoLeftIsNotAnswered() {
        let session = Session()
        session.begin("a")
        _ = session.handle(ask("a", from: .two))
        _ = session.handle(.detached(.one))
        _ = session.handle(.finished(turn("a"), .stopped(.endTurn)))
        #expect(session.commit() == [answered("a", seq: 3, joined: true, on: .two)])
    }

    // MARK: Cancel

    @Test(arguments: [nil, turn("a")]) func aRunningTurnIsStopped(_ cancelled: TurnID?) {
        let session = Session()
        session.begin("a")
        #expect(session.handle(.cancelled(cancelled)) == [.stop(turn("a"))])
        _ = session.handle(.finished(turn("a"), .stopped(.cancelled)))
        #expect(session.commit() == [answered("a", .cancelled, seq: 3)])
    }

    @Test(arguments: [nil, turn("a"), turn("z")]) func withoutThatTurnNothingIsCancelled(_ cancelled: TurnID?) {
        let session = Session()
        #expect(session.handle(.cancelled(cancelled)) == [])
        session.begin("a")
        _ = session.handle(.finished(turn("a"), .stopped(.endTurn)))
        _ = session.commit()
        #expect(session.handle(.cancelled(cancelled)) == [])
        // And nothing is remembered against the next turn.
        _ = session.handle(ask("b"))
        #expect(started(session.commit()) == [turn("b")])
        #expect(session.handle(.cancelled(turn("a"))) == [])
    }

    @Test func aWaitingTurnEndsWhereItIs() {
        let session = Session()
        session.begin("a")
        _ = session.handle(ask("b"))
        _ = session.commit()
        #expect(
            session.handle(.cancelled(turn("b"))) == [
                commit(
                    [entry(4, ended("b", .stopped(.cancelled)))],
                    [record("b", seq: 3, end: .at(4, .stopped(.cancelled)))])
            ])
        #expect(session.handle(.cancelled(turn("b"))) == [])
        #expect(session.commit() == [answered("b", .cancelled, seq: 4)])
        _ = session.handle(.finished(turn("a"), .stopped(.endTurn)))
        #expect(session.commit() == [answered("a", seq: 5)])
        #expect(!session.ledger.isWorking)
    }

    @Test func aWaitingTurnThatIsCancelledDuringACommitNeverRuns() {
        let session = Session()
        session.begin("a")
        _ = session.handle(ask("b"))
        _ = session.commit()
        _ = session.handle(.appended(turn("a"), CorrelationID(rawValue: 1), [note("x")]))
        #expect(session.handle(.cancelled(turn("b"))) == [])
        #expect(
            session.commit().last
                == commit(
                    [entry(5, ended("b", .stopped(.cancelled)))],
                    [record("b", seq: 3, end: .at(5, .stopped(.cancelled)))]))
        #expect(session.commit() == [answered("b", .cancelled, seq: 5)])
        _ = session.handle(.finished(turn("a"), .stopped(.endTurn)))
        #expect(started(session.commit()) == [])
        #expect(!session.ledger.isWorking)
    }

    @Test func aTurnThatIsCancelledWhileItBeginsIsStoppedAtOnce() {
        let session = Session()
        session.begin("a")
        _ = session.handle(ask("b"))
        _ = session.commit()
        _ = session.handle(.finished(turn("a"), .stopped(.endTurn)))
        #expect(session.handle(.cancelled(turn("b"))) == [])
        let effects = session.commit()
        #expect(started(effects) == [turn("b")])
        #expect(effects.last == .stop(turn("b")))
        _ = session.handle(.finished(turn("b"), .stopped(.cancelled)))
        #expect(session.commit() == [answered("b", .cancelled, seq: 6)])
    }

    @Test(arguments: [nil, turn("a")]) func aPromptThatIsBeingStoredIsStoppedAsItBegins(_ cancelled: TurnID?) {
        let session = Session()
        _ = session.handle(ask("a"))
        #expect(session.handle(.cancelled(cancelled)) == [])
        let effects = session.commit()
        #expect(started(effects) == [turn("a")])
        #expect(effects.last == .stop(turn("a")))
    }

    @Test func aCancelDiesWithThePromptThatCouldNotBeStored() {
        let session = Session()
        _ = session.handle(ask("a"))
        _ = session.handle(.cancelled(nil))
        _ = session.failCommit()
        _ = session.handle(ask("b"))
        let effects = session.commit()
        #expect(started(effects) == [turn("b")])
        #expect(!effects.contains(.stop(turn("b"))))
    }

    // MARK: Recovery

    private var interrupted: StoredSession {
        Session.stored(
            [asked("a"), asked("b"), began("a"), note("so far")], prompts: [record("a", seq: 1), record("b", seq: 2)])
    }

    @Test func aTurnGoesOnWhereTheAgentCan() {
        let session = Session(interrupted)
        #expect(
            session.recover() == [
                .start(
                    TurnStart(
                        turn: turn("a"), message: "message-a", prompt: record("a", seq: 1), startSeq: 3,
                        state: session.ledger.state, isResumed: true))
            ])
        _ = session.handle(.finished(turn("a"), .stopped(.endTurn)))
        #expect(started(session.commit()) == [turn("b")])
    }

    @Test func aTurnIsClosedAsInterruptedWhenItsAgentSaysSo() {
        let session = Session(interrupted)
        _ = session.recover()
        #expect(
            session.handle(.finished(turn("a"), .failed("interrupted"))) == [
                commit(
                    [entry(5, ended("a", .failed("interrupted"))), entry(6, began("b"))],
                    [record("a", seq: 1, end: .at(5, .failed("interrupted")))])
            ])
        #expect(started(session.commit()) == [turn("b")])
    }

    @Test func waitingPromptsBegin() {
        let session = Session(Session.stored([asked("a")], prompts: [record("a", seq: 1)]))
        #expect(session.recover() == [commit([entry(2, began("a"))])])
        #expect(started(session.commit()) == [turn("a")])
        #expect(Session().recover() == [])
    }

    @Test func aTurnWithoutItsPromptIsClosed() {
        let session = Session(Session.stored([began("a")]))
        #expect(
            session.recover() == [commit([entry(2, ended("a", .failed("interrupted")))])])
        #expect(session.commit() == [])
        #expect(session.ledger.state.runningTurn == nil)
    }
}
