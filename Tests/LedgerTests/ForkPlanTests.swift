import Testing
import Wire

@testable import Ledger

/// What a fork begins with: everything that has ended.
@Suite struct ForkPlanTests {
    private func plan(_ through: Seq, _ omitted: [ClosedRange<Seq>] = [], leavesTurnsOut: Bool) -> ForkPlan {
        ForkPlan(
            source: Session.id, through: through, omitted: omitted,
            origin: ForkOrigin(session: Session.id, seq: through, title: nil, leavesTurnsOut: leavesTurnsOut))
    }

    @Test func allOfASessionInWhichNothingRuns() {
        #expect(Session().ledger.forkPlan == plan(0, leavesTurnsOut: false))
        let ended = Session(
            Session.stored([asked("a"), began("a"), ended("a")], prompts: [record("a", seq: 1, end: .at(3))]))
        #expect(ended.ledger.forkPlan == plan(3, leavesTurnsOut: false))
    }

    @Test func aTurnThatRunsIsLeftOutWithItsPrompt() {
        let running = Session(
            Session.stored(
                [asked("a"), began("a"), ended("a"), asked("b"), began("b"), said("so far")],
                prompts: [record("a", seq: 1, end: .at(3)), record("b", seq: 4)]))
        #expect(running.ledger.forkPlan == plan(3, leavesTurnsOut: true))
    }

    @Test func aPromptThatWaitedInAnEarlierTurnIsLeftOutOfTheMiddle() {
        let bodies = [asked("a"), began("a"), asked("b"), said("hm"), ended("a"), began("b"), said("so far")]
        let running = Session(
            Session.stored(bodies, prompts: [record("a", seq: 1, end: .at(5)), record("b", seq: 3)]))
        #expect(running.ledger.forkPlan == plan(5, [3...3], leavesTurnsOut: true))
    }

    @Test func promptsThatWaitAreLeftOutWithTheTurnBeforeThem() {
        let bodies = [asked("a"), began("a"), asked("b"), said("so far")]
        let running = Session(Session.stored(bodies, prompts: [record("a", seq: 1), record("b", seq: 3)]))
        #expect(running.ledger.forkPlan == plan(0, leavesTurnsOut: true))
    }

    @Test func aPromptOfSeveralBlocksIsLeftOutWhole() {
        var prompt = record("b", seq: 4)
        let blocks = [ContentBlock.text("b?"), .text("and"), .text("more")]
        prompt.content = JSON.array(blocks.map(\.json)).encoded
        let bodies =
            [note("before")]
            + blocks.map {
                Entry.Body.update(.userMessage(.init(messageID: "message-b", content: $0)))
            }
        let waiting = Session(Session.stored(bodies + [began("b")], prompts: [prompt]))
        #expect(waiting.ledger.forkPlan == plan(1, leavesTurnsOut: true))
    }
}
