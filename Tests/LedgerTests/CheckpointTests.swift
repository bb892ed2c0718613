import Testing
import Wire

@testable import Ledger

/// Checkpoints: with the commit that ends a turn once enough entries have come, and in a turn after twice as many.
@Suite struct CheckpointTests {
    /// The checkpoints that were committed, by their last entries.
    private func checkpoints(_ session: Session, _ effects: [LedgerEffect]) throws -> [Seq: SessionState] {
        var found: [Seq: SessionState] = [:]
        for case .commit(let commit) in effects {
            if let checkpoint = commit.checkpoint, let last = commit.entries.last {
                found[last.seq] = try SessionState(checkpoint: checkpoint)
            }
        }
        return found
    }

    private func append(_ count: Int, to session: Session, turn key: ClientMessageID) -> [LedgerEffect] {
        let bodies = (0..<count).map { Entry.Body.event(.memory(key: "k\($0)", value: .integer(Int64($0)))) }
        return session.handle(.appended(turn(key), CorrelationID(rawValue: 1), bodies))
    }

    @Test func aTurnThatEndsBringsOneWhenItIsDue() throws {
        let session = Session(limits: Limits(checkpointEntries: 6))
        session.begin("a")
        #expect(try checkpoints(session, append(3, to: session, turn: "a")) == [:])
        _ = session.commit()
        let ended = try checkpoints(session, session.handle(.finished(turn("a"), .stopped(.endTurn))))
        _ = session.commit()
        #expect(ended == [6: session.ledger.state], "with its last entry")
        session.begin("b")
        #expect(try checkpoints(session, session.handle(.finished(turn("b"), .stopped(.endTurn)))) == [:])
        _ = session.commit()
        #expect(session.ledger.checkpoint == 6)
    }

    @Test func aLongTurnBringsOneBeforeItEnds() throws {
        let session = Session(limits: Limits(checkpointEntries: 6))
        session.begin("a")
        #expect(try checkpoints(session, append(9, to: session, turn: "a")) == [:])
        _ = session.commit()
        let due = try checkpoints(session, append(1, to: session, turn: "a"))
        _ = session.commit()
        #expect(due == [12: session.ledger.state])
        #expect(session.ledger.state.runningTurn?.id == turn("a"))
    }

    /// What is not stored is no checkpoint, and is due again.
    @Test func aCommitThatFailsIsNone() throws {
        let session = Session(limits: Limits(checkpointEntries: 3))
        session.begin("a")
        #expect(try checkpoints(session, session.handle(.finished(turn("a"), .stopped(.endTurn)))).keys.sorted() == [3])
        _ = session.failCommit()
        #expect(session.ledger.checkpoint == 0)
        #expect(try checkpoints(session, session.retry()).keys.sorted() == [3])
        _ = session.commit()
        #expect(session.ledger.checkpoint == 3)
    }

    @Test func aStateThatIsTooLongIsNotStored() throws {
        let session = Session(limits: Limits(checkpointEntries: 3))
        session.begin("a")
        let long = JSON.string(String(repeating: "x", count: SessionState.checkpointBytesMaximum))
        _ = session.handle(.appended(turn("a"), CorrelationID(rawValue: 1), [.event(.memory(key: "k", value: long))]))
        _ = session.commit()
        let effects = session.handle(.finished(turn("a"), .stopped(.endTurn)))
        #expect(session.isCommitting)
        #expect(try checkpoints(session, effects) == [:])
        _ = session.commit()
        #expect(session.ledger.checkpoint == 4, "it is not tried with every turn")
    }
}
