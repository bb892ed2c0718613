import Sync
import Testing
import Wire

@testable import Screen

/// What the user is told while another window has the focus, the window's title, and what moves.
@Suite struct AttentionTests {
    private static let question = Question(
        key: "r1", turn: "t", method: Method.requestPermission,
        params: ["toolCall": ["title": "rm"], "options": [["optionId": "yes", "name": "Yes"]]])

    @Test func anAnswerAndAQuestionAreToldWithoutTheFocus() {
        for hasFocus in [true, false] {
            var screen = Fixture()
            screen.press(.focus(hasFocus))
            #expect(screen.arrive(.event(.turnStart("t", prompt: "u"))) == [])
            #expect(screen.model.windowTitle == "* fix-login-flow - belay")
            let asked = screen.arrive(.event(.request(Self.question)))
            #expect(asked == (hasFocus ? [] : [.notify("fix-login-flow: the agent asks for an answer")]))
            #expect(screen.model.windowTitle == "? fix-login-flow - belay")
            screen.arrive(
                .event(
                    .requestResolved(
                        Question.Resolution(key: "r1", answer: ["outcome": ["outcome": "cancelled"]], by: nil))))
            let ended = screen.arrive(.event(.turnEnd("t", .stopped(.endTurn))))
            #expect(ended == (hasFocus ? [] : [.notify("fix-login-flow: the agent has answered")]))
            #expect(screen.model.windowTitle == "fix-login-flow - belay")
        }
    }

    @Test func theSpinnerStandsStillWhereNothingShallMove() {
        func steps(_ change: (inout Fixture) -> Void) -> Set<[String]> {
            var screen = Fixture()
            screen.arrive(.event(.turnStart("t", prompt: "u")), .tool("c", .execute, "make"))
            change(&screen)
            return Set(
                (0..<4).map { _ in
                    screen.seconds += 0.25
                    // Without the digits of the times, which count.
                    return screen.text.map { $0.filter { !$0.isNumber } }
                })
        }
        #expect(steps { _ in }.count == 4)
        #expect(steps { $0.model.hasMotion = false }.count == 1)
        #expect(steps { $0.press(.focus(false)) }.count == 1)
        #expect(steps { $0.seconds += 11 }.count == 1, "nothing has come for a while")
    }

    @Test func aSpinnerThatStandsStillCountsSecondsOnly() throws {
        var screen = Fixture()
        screen.arrive(.event(.turnStart("t", prompt: "u")))
        #expect(try #require(screen.model.nextTick(after: screen.now)) - screen.now <= .milliseconds(250))
        screen.seconds += 30
        screen.send(.tick)
        let later = screen.now + .milliseconds(10)
        #expect(try #require(screen.model.nextTick(after: later)) - screen.now >= .milliseconds(990))
    }
}
