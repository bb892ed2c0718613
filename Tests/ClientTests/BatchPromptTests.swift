import Sync
import Testing
import Wire

@testable import Client

/// What becomes of a prompt of a batch run, and what is written of its turn. The prompt is `a`.
@Suite struct BatchPromptTests {
    typealias Moments = BatchMoments

    private static let whole = BatchMoments.turn(of: "a", ["one ", "two"])

    @Test func itsTurnIsWrittenAsItComes() {
        var prompt = BatchPrompt("a")
        #expect(prompt.take(Array(Self.whole[..<3])) == Moments.steps(Array(Self.whole[..<3]), of: "a"))
        #expect(prompt.outcome == nil)
        let rest = prompt.take(Array(Self.whole[3...]))
        #expect(rest == Array(Moments.steps(Self.whole, of: "a").suffix(2)))
        #expect(prompt.outcome == .answered("one two"))
        #expect(prompt.take(Self.whole) == [], "entries that come twice are written once")
    }

    @Test(arguments: [TurnOutcome.stopped(.cancelled), .stopped(.maxTokens), .failed("broken")])
    func aTurnThatDoesNotEndByItselfIsUnfinished(_ outcome: TurnOutcome) {
        var prompt = BatchPrompt("a")
        _ = prompt.take(Moments.turn(of: "a", ["half"], outcome: outcome))
        #expect(prompt.outcome == .unfinished("half"))
    }

    @Test func theTurnOfAnotherPromptIsNotWritten() {
        var prompt = BatchPrompt("a")
        #expect(prompt.take(Moments.turn(of: "b", ["no"])) == [])
        #expect(prompt.outcome == nil && !prompt.mayBeAtServer)
        let own = Moments.turn(of: "a", ["yes"], from: 10)
        #expect(prompt.take(own) == Moments.steps(own, of: "a"))
    }

    /// The copy that replaces the one before may have its text in other pieces, and may end earlier or later.
    @Test func aTurnThatIsReadAgainIsWrittenOnce() {
        for written in 1...4 {
            for piece in [["one two"], ["one ", "two"], ["o", "ne", " two"]] {
                var prompt = BatchPrompt("a")
                var actions = prompt.take(Array(Self.whole[..<written]))
                actions += prompt.reread(Moments.turn(of: "a", piece, outcome: nil))
                actions += prompt.reread(Moments.turn(of: "a", piece))
                var (text, starts, ends) = ("", 0, 0)
                for case .step(let step, _, _, _) in actions {
                    switch step {
                    case .started: starts += 1
                    case .delta(let more): text += more
                    case .ended: ends += 1
                    case .plan, .tool, .thought, .asked: Issue.record("\(step)")
                    }
                }
                #expect(text == "one two" && starts == 1 && ends == 1, "\(written) entries, then \(piece)")
                #expect(prompt.outcome == .answered("one two"))
            }
        }
    }

    @Test func aCopyThatLacksWhatWasWrittenAddsNothing() {
        var prompt = BatchPrompt("a")
        _ = prompt.take(Array(Self.whole[..<4]))
        #expect(prompt.reread(Array(Self.whole[..<2])) == [])
        let rest = prompt.take(Array(Self.whole[2...]))
        #expect(rest == Array(Moments.steps(Self.whole, of: "a").suffix(1)))
    }

    /// What the outbox says, and whether the server may have the prompt.
    @Test func theServerMayHaveItOnceItWasSent() {
        for (item, mayBeAtServer) in [
            (Moments.item("a"), false), (Moments.item("a", wasSent: true), true), (Moments.item("a", .sent), true),
        ] {
            var prompt = BatchPrompt("a")
            #expect(prompt.changed(to: item) == [])
            #expect(prompt.state == .waiting && prompt.mayBeAtServer == mayBeAtServer)
            _ = prompt.changed(to: Moments.item("a"))
            #expect(prompt.mayBeAtServer == mayBeAtServer, "it does not come back")
        }
        var prompt = BatchPrompt("a")
        _ = prompt.take(Moments.turn(of: "a", [], outcome: nil))
        #expect(prompt.mayBeAtServer, "its turn runs")
    }

    @Test func aRefusedPromptIsTakenBackOnce() {
        for isHeld in [false, true] {
            var prompt = BatchPrompt("a")
            if isHeld { prompt.hold(at: .zero) }
            #expect(prompt.changed(to: Moments.item("a", .refused("too long"))) == [.takeBack("a")])
            #expect(prompt.outcome == .refused("too long"))
            #expect(prompt.changed(to: Moments.item("a", .refused("another"))) == [])
            prompt.refuse("a third")
            prompt.hold(at: .zero)
            #expect(prompt.outcome == .refused("too long"), "the first reason counts")
            #expect(prompt.heldSince == nil)
        }
    }

    @Test func aPromptIsHeldUntilItsTurnBegins() {
        var prompt = BatchPrompt("a")
        #expect(prompt.heldSince == nil)
        prompt.hold(at: Moments.at(100))
        prompt.hold(at: Moments.at(200))
        #expect(prompt.heldSince == Moments.at(100), "since the first failure")
        _ = prompt.take(Moments.turn(of: "a", [], outcome: nil))
        #expect(prompt.heldSince == nil)
    }
}

/// The exit code, the text and the count of turns, by what the prompts came to.
@Suite struct BatchTallyTests {
    @Test func whatCounts() {
        var tally = BatchTally()
        #expect(tally.add(.answered("one"), keepsGoing: false) == true)
        #expect(tally.exit == .ok && tally.text == "one" && tally.answer == "one" && tally.turns == 1)
        var ended = tally
        #expect(ended.add(.unfinished("half"), keepsGoing: false) == false)
        #expect(ended.exit == .unfinished && ended.text == "half" && ended.answer == "one" && ended.turns == 1)
        #expect(tally.add(.unfinished("half"), keepsGoing: true) == true)
        #expect(tally.exit == .unfinished && tally.turns == 2)
        #expect(tally.add(.refused("too long"), keepsGoing: true) == true)
        #expect(tally.exit == .unfinished, "the first failure's code")
        #expect(tally.text == "half" && tally.turns == 3)
        #expect(tally.add(.answered("two"), keepsGoing: true) == true)
        #expect(tally.exit == .unfinished && tally.answer == "two" && tally.turns == 4)
    }

    @Test func aRefusalIsUnavailable() {
        var tally = BatchTally()
        #expect(tally.add(.refused("too long"), keepsGoing: false) == false)
        #expect(tally.exit == .unavailable && tally.text == "" && tally.answer == nil && tally.turns == 0)
    }
}
