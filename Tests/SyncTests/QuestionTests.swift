import Testing
import Wire

@testable import Sync

/// Questions of agents: answered once, on whichever connection asks.
@Suite struct QuestionTests {
    private static let answer: JSON = ["outcome": ["outcome": "selected", "optionId": "yes"]]
    private static let question = Question(
        key: "q", turn: "t", method: Method.requestPermission, params: ["options": [["optionId": "yes"]]])

    private func asked(_ id: Int64, isReissue: Bool = false) -> Message {
        Self.question.request(.number(id), session: Client.session, seq: 4, isReissue: isReissue)
    }

    @Test func anAnswerGoesOutOnTheConnectionThatAsked() {
        let client = Client.live()
        #expect(client.receive(asked(70)) == [])
        #expect(
            client.handle(.answered("q", Self.answer))
                == [.send(generation: 1, .response(.number(70), result: Self.answer))])
        #expect(client.handle(.answered("q", Self.answer)) == [], "a request is answered once")
    }

    @Test func anAnswerGivenOfflineWaitsUntilItIsAskedFor() {
        let client = Client.live()
        _ = client.receive(asked(70))
        _ = client.handle(.closed(generation: 1, Closure(code: nil, reason: "reset")))
        #expect(!client.hasUnsent)
        #expect(client.handle(.answered("q", Self.answer)) == [])
        #expect(client.hasUnsent)
        _ = client.tick()
        _ = client.handle(.opened(generation: 2, greeted: true))
        var resumed = attached(after: 4, head: 4)
        resumed.openRequests = ["q"]
        let effects = client.handle(
            .received(generation: 2, [Server.greeting(resumed), Server.fence(4), asked(3, isReissue: true)]))
        #expect(effects.contains(.send(generation: 2, .response(.number(3), result: Self.answer))))
    }

    @Test func anAnswerThatComesTooLateIsForgotten() {
        let client = Client.live()
        _ = client.handle(.closed(generation: 1, Closure(code: nil, reason: "reset")))
        _ = client.handle(.answered("q", Self.answer))
        _ = client.tick()
        _ = client.handle(.opened(generation: 2, greeted: true))
        let effects = client.handle(.received(generation: 2, [Server.greeting(attached(after: 4, head: 4))]))
        #expect(effects.contains(.dropAnswers(["q"])))
    }

    @Test func aQuestionThatIsTakenBackIsNotAnswered() {
        let client = Client.live()
        _ = client.receive(asked(70))
        _ = client.receive(.notification(method: Method.cancelRequest, params: ["requestId": 70]))
        #expect(client.handle(.answered("q", Self.answer)) == [])
    }

    @Test func aQuestionWithoutAKeyIsRefused() {
        let client = Client.live()
        let effects = client.receive(
            .request(.number(5), method: Method.requestPermission, params: ["sessionId": "session"]))
        guard case .send(_, .failure(.number(5), _))? = effects.first else { return #expect(Bool(false), "\(effects)") }
    }
}
