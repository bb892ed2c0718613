import Testing
import Wire

@testable import Ledger

/// Questions in the ledger: journaled, asked of everybody, answered once.
@Suite struct QuestionTests {
    private static let question = Question(
        key: "q", turn: turn("a"), method: Method.requestPermission, params: ["options": [["optionId": "yes"]]])
    private static let yes: JSON = ["outcome": ["outcome": "selected", "optionId": "yes"]]
    private static let cancelled: JSON = ["outcome": ["outcome": "cancelled"]]
    private let correlation = CorrelationID(rawValue: 9)

    /// A session whose turn runs, with a connection that is current and a question that is durable.
    private func asking() -> Session {
        let session = Session()
        _ = session.attach(.one, .resume(at(0)))
        session.begin()
        _ = session.handle(.asked(Self.question, correlation))
        _ = session.commit()
        return session
    }

    private func resolved(_ answer: JSON, by client: ClientID?) -> Entry.Body {
        .event(.requestResolved(.init(key: "q", answer: answer, by: client)))
    }

    @Test func aQuestionIsStoredBeforeItIsAsked() {
        let session = Session()
        _ = session.attach(.one, .resume(at(0)))
        session.begin()
        #expect(
            session.handle(.asked(Self.question, correlation)) == [commit([entry(3, .event(.request(Self.question)))])])
        #expect(
            session.commit() == [
                .deliver(.one, [entry(3, .event(.request(Self.question)))], isReplay: false),
                .ask(.one, Self.question, seq: 3, isReissue: false),
            ])
    }

    @Test func whoeverComesIsAskedBehindTheFence() {
        let session = asking()
        let (result, effects) = session.attach(.two, .resume(at(3)))
        #expect(result.openRequests == ["q"])
        #expect(effects == [.caughtUp(.two, at(3)), .ask(.two, Self.question, seq: 3, isReissue: true)])
    }

    @Test func theFirstAnswerCountsAndTheOthersAreTakenBack() {
        let session = asking()
        #expect(
            session.handle(.answered(Question.Resolution(key: "q", answer: Self.yes, by: "c"))) == [
                commit([entry(4, resolved(Self.yes, by: "c"))])
            ])
        #expect(
            session.handle(.answered(Question.Resolution(key: "q", answer: Self.cancelled, by: "d"))) == [],
            "while the first is being stored")
        let effects = session.commit()
        #expect(effects.contains(.withdraw(.one, "q")))
        #expect(effects.contains(.answer(correlation, Self.yes)))
        #expect(
            session.handle(.answered(Question.Resolution(key: "q", answer: Self.yes, by: "d"))) == [], "and afterwards")
    }

    @Test func anAgentThatAsksAgainGetsTheAnswerOrWaitsForIt() {
        let session = asking()
        let again = CorrelationID(rawValue: 10)
        #expect(session.handle(.asked(Self.question, again)) == [])
        _ = session.handle(.answered(Question.Resolution(key: "q", answer: Self.yes, by: "c")))
        let effects = session.commit()
        #expect(effects.contains(.answer(correlation, Self.yes)) && effects.contains(.answer(again, Self.yes)))
        #expect(
            session.handle(.asked(Self.question, CorrelationID(rawValue: 11))) == [
                .answer(CorrelationID(rawValue: 11), Self.yes)
            ])
    }

    @Test func theEndOfATurnAnswersWhatIsOpen() {
        let session = asking()
        _ = session.handle(.finished(turn("a"), .stopped(.endTurn)))
        _ = session.commit()
        #expect(session.journal.map(\.kind).suffix(2) == ["request_resolved", "turn_end"])
        #expect(session.ledger.state.requests.isEmpty)
    }

    @Test func aTurnThatIsBeingStoppedAsksNothingMore() {
        let session = asking()
        let effects = session.handle(.cancelled(turn("a")))
        #expect(effects.first == .stop(turn("a")))
        #expect(session.commit().contains(.answer(correlation, Self.cancelled)))
        var second = Self.question
        second.key = "r"
        _ = session.handle(.asked(second, CorrelationID(rawValue: 12)))
        _ = session.commit()
        #expect(session.commit().contains(.answer(CorrelationID(rawValue: 12), Self.cancelled)))
    }

    // MARK: Withdrawing

    @Test func aQuestionThatIsWithdrawnIsClosedForEverybody() {
        let session = asking()
        #expect(session.handle(.withdrawn("q")) == [commit([entry(4, resolved(Self.cancelled, by: nil))])])
        #expect(session.handle(.withdrawn("q")) == [], "while that is being stored")
        let effects = session.commit()
        #expect(effects.contains(.withdraw(.one, "q")) && effects.contains(.answer(correlation, Self.cancelled)))
        #expect(session.handle(.withdrawn("q")) == [] && session.handle(.withdrawn("never asked")) == [])
    }

    /// The question waits for the disk, or comes in the same batch: nobody is asked.
    @Test(arguments: [true, false]) func oneThatIsNotStoredYetIsWithdrawnToo(isInFlight: Bool) {
        let session = Session()
        _ = session.attach(.one, .resume(at(0)))
        session.begin()
        if !isInFlight { _ = session.handle(.appended(turn("a"), CorrelationID(rawValue: 1), [note("n")])) }
        _ = session.handle(.asked(Self.question, correlation))
        _ = session.handle(.withdrawn("q"))
        _ = session.commit()
        let effects = session.commit()
        #expect(effects.contains(.answer(correlation, Self.cancelled)))
        #expect(session.ledger.state.requests.isEmpty)
        #expect(session.journal.map(\.kind).suffix(2) == ["request", "request_resolved"])
    }

    @Test func anAnswerThatIsBeingStoredCounts() {
        let session = asking()
        _ = session.handle(.answered(Question.Resolution(key: "q", answer: Self.yes, by: "c")))
        #expect(session.handle(.withdrawn("q")) == [])
        #expect(session.commit().contains(.answer(correlation, Self.yes)))
    }

    @Test func oneQuestionTooManyIsAnsweredAtOnce() {
        let session = Session(limits: Limits(questionsOpen: 1))
        session.begin()
        _ = session.handle(.asked(Self.question, correlation))
        var second = Self.question
        second.key = "r"
        #expect(
            session.handle(.asked(second, CorrelationID(rawValue: 2))) == [
                .answer(CorrelationID(rawValue: 2), Self.cancelled)
            ])
    }
}
