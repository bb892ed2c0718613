import Testing
import Wire

@testable import Sync

/// Each state of a question in ``Questions`` and what each event makes of it.
@Suite struct QuestionStateTests {
    enum Stage: CaseIterable { case unknown, asked, answered }

    private static let yes: JSON = ["optionId": "yes"]
    private static let no: JSON = ["optionId": "no"]

    /// The question `q` in this state; the request that asked it is 70.
    private static func questions(_ stage: Stage) -> Questions {
        switch stage {
        case .unknown: return Questions(answers: [:])
        case .asked:
            var questions = Questions(answers: [:])
            #expect(questions.asked("q", by: .number(70)) == .wait)
            return questions
        case .answered: return Questions(answers: ["q": yes])
        }
    }

    private static func state(_ stage: Stage) -> Questions.State? {
        switch stage {
        case .unknown: nil
        case .asked: .asked(.number(70))
        case .answered: .answered(yes)
        }
    }

    @Test(arguments: Stage.allCases) func isWhatItIsBuiltTo(_ stage: Stage) {
        #expect(Self.questions(stage)["q"] == Self.state(stage))
    }

    @Test(arguments: Stage.allCases) func asking(_ stage: Stage) {
        var questions = Self.questions(stage)
        #expect(questions.asked("q", by: .number(71)) == (stage == .answered ? .answer(Self.yes) : .wait))
        #expect(questions["q"] == (stage == .answered ? .answered(Self.yes) : .asked(.number(71))))
    }

    @Test(arguments: Stage.allCases) func answering(_ stage: Stage) {
        var questions = Self.questions(stage)
        #expect(questions.answered("q", with: Self.no) == (stage == .asked ? .number(70) : nil))
        #expect(questions["q"] == .answered(Self.no))
        #expect(questions.answered("q", with: Self.no) == nil, "a request is answered once")
    }

    @Test(arguments: Stage.allCases) func withdrawing(_ stage: Stage) {
        var questions = Self.questions(stage)
        questions.withdrawn(.number(9))
        #expect(questions["q"] == Self.state(stage))
        questions.withdrawn(.number(70))
        #expect(questions["q"] == (stage == .answered ? .answered(Self.yes) : nil))
    }

    @Test(arguments: Stage.allCases) func resolving(_ stage: Stage) {
        var questions = Self.questions(stage)
        questions.resolved("another")
        #expect(questions["q"] == Self.state(stage))
        questions.resolved("q")
        #expect(questions["q"] == nil)
    }

    @Test(arguments: Stage.allCases) func losingTheConnection(_ stage: Stage) {
        var questions = Self.questions(stage)
        questions.connectionLost()
        #expect(questions["q"] == (stage == .answered ? .answered(Self.yes) : nil))
    }

    @Test(arguments: Stage.allCases) func attaching(_ stage: Stage) {
        var questions = Self.questions(stage)
        #expect(questions.dropAnswers(except: ["q", "r"]) == [])
        #expect(questions["q"] == Self.state(stage))
        #expect(questions.dropAnswers(except: ["r"]) == (stage == .answered ? ["q"] : []))
        #expect(questions["q"] == (stage == .asked ? .asked(.number(70)) : nil))
    }

    @Test func whatIsDroppedIsInOrder() {
        var questions = Questions(answers: ["c": Self.yes, "a": Self.no, "b": Self.yes])
        #expect(questions.dropAnswers(except: ["b"]) == ["a", "c"])
    }

    @Test func oneTooManyIsRefusedAndAnAnsweredOneNeedsNoRoom() {
        var questions = Questions(answers: ["answered": Self.yes])
        for number in 1...Questions.openMaximum {
            #expect(questions.asked(RequestKey("\(number)"), by: .number(Int64(number))) == .wait)
        }
        #expect(questions.asked("one more", by: .number(0)) == .refuse)
        #expect(questions["one more"] == nil)
        #expect(questions.asked("1", by: .number(0)) == .wait, "it is open already")
        #expect(questions.asked("answered", by: .number(0)) == .answer(Self.yes))
        #expect(questions.answered("2", with: Self.no) == .number(2))
        #expect(questions.asked("one more", by: .number(0)) == .wait)
    }
}
