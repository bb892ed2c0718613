import Testing
import Wire

@testable import Ledger

/// A session that is deleted while requests and an agent wait in it: all of them are answered. And who leaves, which is
/// not the same as whose connection ends.
@Suite struct AbandonTests {
    private static let five: [Entry.Body] = ["1", "2", "3", "4", "5"].map(note)

    private let gone = RPCError(
        .resourceNotFound, "the session session was deleted", data: ["belay": ["reason": "unknown_session"]])

    private func refused(_ request: RequestID, on connection: ConnectionID = .one) -> LedgerEffect {
        .respond(connection, request, .failure(gone))
    }

    private func refused(_ key: ClientMessageID) -> LedgerEffect { refused(.string(key.rawValue)) }

    private func sentAway(_ connection: ConnectionID) -> LedgerEffect {
        .close(connection, .goingAway, "retry_after_ms=0; the session session was deleted")
    }

    /// The effects in any order: who waits is kept in dictionaries.
    private func abandoned(_ session: Session) -> Set<LedgerEffect> {
        var ledger = session.ledger
        let effects = ledger.abandon()
        #expect(Set(effects).count == effects.count, "everybody is told once")
        #expect(ledger.subscriberCount == 0)
        return Set(effects)
    }

    @Test func nothingIsLeftOfASessionWhereNothingGoesOn() {
        #expect(abandoned(Session(Session.stored(Self.five))) == [])
    }

    @Test func aTurnIsStoppedAndAllWhoWaitForItAreTold() {
        let session = Session()
        _ = session.attach(.two, .resume(at(0)))
        session.begin("a")
        _ = session.handle(ask("a", from: .two, request: .number(2)))
        _ = session.handle(ask("b"))
        _ = session.commit()
        #expect(
            abandoned(session) == [
                .stop(turn("a")), refused("a"), refused(.number(2), on: .two), refused("b"), sentAway(.two),
            ])
    }

    @Test func afterDamageEverybodyIsToldThatAndMayComeBack() {
        let session = Session()
        _ = session.attach(.two, .resume(at(0)))
        session.begin("a")
        let damage = StoreError.damaged("session", "entry 3 is missing")
        var ledger = session.ledger
        let told = RPCError(.internalError, damage.remoteDescription, reason: "journal_damaged")
        #expect(
            Set(ledger.abandon(because: damage)) == [
                .stop(turn("a")), .respond(.one, .string("a"), .failure(told)),
                .close(.two, .tryAgainLater, "retry_after_ms=2000; \(damage.remoteDescription)"),
            ])
    }

    /// Another server has the session: requests are repeated, and connections come back, both after the delay.
    @Test func afterItWasTakenEverybodyIsToldWhenToComeBack() {
        let session = Session()
        _ = session.attach(.two, .resume(at(0)))
        session.begin("a")
        let taken = StoreError.notNow(.ownedElsewhere("session", by: "other"), retryAfter: .milliseconds(700))
        var ledger = session.ledger
        let told = RPCError.notNow(taken.remoteDescription, retryAfter: 700)
        #expect(
            Set(ledger.abandon(because: taken)) == [
                .stop(turn("a")), .respond(.one, .string("a"), .failure(told)),
                .close(.two, .serviceRestart, "retry_after_ms=700; \(taken.remoteDescription)"),
            ])
        #expect(told.verdict == .notNow(after: .milliseconds(700)))
    }

    @Test func whatIsBeingStoredIsToldToo() {
        let session = Session()
        session.begin("a")
        // The first is in a commit, the others wait for the next one.
        _ = session.handle(.appended(turn("a"), CorrelationID(rawValue: 1), [note("x")]))
        _ = session.handle(ask("b"))
        _ = session.handle(ask("b", request: .number(9)))
        _ = session.handle(.appended(turn("a"), CorrelationID(rawValue: 2), [note("y")]))
        #expect(session.isCommitting)
        #expect(
            abandoned(session) == [
                .stop(turn("a")), .release(CorrelationID(rawValue: 1)), .release(CorrelationID(rawValue: 2)),
                refused("a"),
                refused("b"), refused(.number(9)),
            ])
    }

    @Test func aPromptThatIsInTheCommitIsToldOnce() {
        let session = Session()
        _ = session.handle(ask("a"))
        #expect(session.isCommitting)
        #expect(abandoned(session) == [refused("a")])
    }

    @Test func anAgentThatAsksIsAnsweredAsCancelled() {
        let session = Session()
        session.begin("a")
        let question = Question(
            key: "q", turn: turn("a"), method: Method.requestPermission,
            params: ["toolCall": ["toolCallId": "call"], "options": []])
        _ = session.handle(.asked(question, CorrelationID(rawValue: 1)))
        _ = session.commit()
        #expect(
            abandoned(session) == [
                .stop(turn("a")), refused("a"), .answer(CorrelationID(rawValue: 1), question.cancelledAnswer),
            ])
    }

    @Test func anAnswerThatWaitsForAReplayIsGivenUp() {
        let session = Session(Session.stored(Self.five, tail: 0))
        _ = session.attach(.one, .load(.number(7)))
        #expect(abandoned(session) == [refused(.number(7)), sentAway(.one)])
    }

    // MARK: Leaving

    @Test func whoLeavesIsStillAnsweredAndHearsNothing() {
        let session = Session()
        _ = session.attach(.one, .resume(at(0)))
        session.begin("a")
        #expect(session.handle(.left(.one)) == [])
        #expect(session.ledger.subscriberCount == 0)
        _ = session.handle(.finished(turn("a"), .stopped(.endTurn)))
        #expect(session.commit() == [answered("a", seq: 3)])
    }

    @Test func whoseConnectionEndsIsNot() {
        let session = Session()
        _ = session.attach(.one, .resume(at(0)))
        session.begin("a")
        _ = session.handle(.detached(.one))
        _ = session.handle(.finished(turn("a"), .stopped(.endTurn)))
        #expect(session.commit() == [])
    }

    @Test func whatWaitedForAReplayIsAnsweredToWhoLeaves() {
        let session = Session(Session.stored(Self.five, tail: 0))
        let (loaded, _) = session.attach(.one, .load(.number(7)))
        #expect(session.handle(.left(.one)) == [.respond(.one, .number(7), .success(.loaded(loaded)))])
        #expect(session.handle(.left(.one)) == [])
        #expect(session.handle(.loaded(.one, (1...5).map { entry($0, note("\($0)")) })) == [])
        let other = Session(Session.stored(Self.five, tail: 0))
        _ = other.attach(.one, .load(.number(7)))
        #expect(other.handle(.detached(.one)) == [])
    }
}
