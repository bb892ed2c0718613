import Glibc
import Sync
import Testing
import Wire

@testable import Client

/// The decisions of a batch run, as transcripts of events and actions. The run began at 0 ms.
@Suite struct BatchEngineTests {
    typealias Moments = BatchMoments

    private static func engine(
        _ prompts: [String] = ["one"], session: SessionID? = nil, change: (inout BatchOptions) -> Void = { _ in }
    ) -> BatchEngine {
        var options = BatchOptions()
        change(&options)
        return BatchEngine(options, prompts: prompts, chat: .init(key: "key", session: session), at: .zero)
    }

    /// A run whose first prompt is in the outbox under the key `a`.
    private static func following(
        _ prompts: [String] = ["one"], session: SessionID? = nil, change: (inout BatchOptions) -> Void = { _ in }
    ) -> BatchEngine {
        var engine = engine(prompts, session: session, change: change)
        #expect(engine.handle(.began, at: .zero) == [.send(prompts[0])])
        #expect(engine.handle(.queued("a"), at: .zero) == [])
        return engine
    }

    private static func finish(
        _ exit: BatchExit, _ error: String? = nil, text: String = "", turns: Int = 0, isDetached: Bool = false
    ) -> BatchAction { .finish(exit, error: error, text: text, turns: turns, isDetached: isDetached) }

    private static let refused = BatchEvent.client(.outbox([BatchMoments.item("a", .refused("too long"))]))

    // MARK: Prompts

    @Test func promptsGoOutOneAfterAnother() {
        var engine = Self.following(["one", "two"])
        let (first, second) = (Moments.turn(of: "a", ["x"]), Moments.turn(of: "b", ["y"], from: 10))
        #expect(
            engine.handle(.client(.entries(first)), at: .zero) == Moments.steps(first, of: "a") + [.send("two")])
        #expect(engine.handle(.queued("b"), at: .zero) == [])
        #expect(
            engine.handle(.client(.entries(first + second)), at: .zero)
                == Moments.steps(second, of: "b") + [Self.finish(.ok, text: "y", turns: 2)])
        #expect(engine.handle(.finished(.whole), at: .zero) == [.end(.exit(.ok))])
    }

    @Test func entriesThatComeWhileAPromptIsBeingQueuedAreItsOwn() {
        var engine = Self.engine()
        _ = engine.handle(.began, at: .zero)
        let entries = Moments.turn(of: "a", ["x"])
        #expect(engine.handle(.client(.entries(Array(entries[..<2]))), at: .zero) == [])
        #expect(engine.handle(.client(.entries(Array(entries[2...]))), at: .zero) == [])
        #expect(
            engine.handle(.queued("a"), at: .zero)
                == Moments.steps(entries, of: "a") + [Self.finish(.ok, text: "x", turns: 1)])
    }

    @Test func aPromptThatIsNotQueuedEndsTheRun() {
        var engine = Self.engine()
        _ = engine.handle(.began, at: .zero)
        #expect(engine.handle(.failed(.dataError, "too long"), at: .zero) == [Self.finish(.dataError, "too long")])
        #expect(engine.handle(.finished(.whole), at: .zero) == [.end(.exit(.dataError))])
    }

    @Test func aFailureEndsTheRunUnlessItKeepsGoing() {
        let failed = Moments.turn(of: "a", ["half"], outcome: .failed("broken"))
        var engine = Self.following(["one", "two"])
        #expect(
            engine.handle(.client(.entries(failed)), at: .zero)
                == Moments.steps(failed, of: "a") + [Self.finish(.unfinished, text: "half")])
        engine = Self.following(["one", "two"]) { $0.keepsGoing = true }
        #expect(engine.handle(.client(.entries(failed)), at: .zero).last == .send("two"))
        _ = engine.handle(.queued("b"), at: .zero)
        #expect(
            engine.handle(.client(.entries(Moments.turn(of: "b", ["y"], from: 10))), at: .zero).last
                == Self.finish(.unfinished, text: "y", turns: 2))
    }

    @Test func aRefusedPromptIsTakenBackAndSaysWhy() {
        var engine = Self.following(["one", "two"])
        #expect(
            engine.handle(Self.refused, at: .zero) == [.takeBack("a"), Self.finish(.unavailable, "too long")])
        engine = Self.following(["one", "two"]) { $0.keepsGoing = true }
        #expect(engine.handle(Self.refused, at: .zero) == [.takeBack("a"), .send("two")])
        _ = engine.handle(.queued("b"), at: .zero)
        #expect(engine.handle(Self.refused, at: .zero) == [], "it is about the prompt before")
        #expect(
            engine.handle(.client(.entries(Moments.turn(of: "b", ["y"]))), at: .zero).last
                == Self.finish(.unavailable, text: "y", turns: 2))
    }

    @Test func theLastCompleteAnswerIsSaved() {
        for (outcome, exit, turns) in [
            (TurnOutcome.stopped(.endTurn), BatchExit.ok, 2), (.stopped(.cancelled), .unfinished, 1),
        ] {
            var engine = Self.following(["one", "two"]) { $0.outputFile = "file" }
            _ = engine.handle(.client(.entries(Moments.turn(of: "a", ["x"]))), at: .zero)
            _ = engine.handle(.queued("b"), at: .zero)
            let last = Moments.turn(of: "b", ["y"], outcome: outcome, from: 10)
            #expect(
                engine.handle(.client(.entries(last)), at: .zero).last == .save(exit == .ok ? "y" : "x", in: "file"))
            #expect(engine.handle(.saved, at: .zero) == [Self.finish(exit, text: "y", turns: turns)])
        }
        var engine = Self.following { $0.outputFile = "file" }
        _ = engine.handle(.client(.entries(Moments.turn(of: "a", ["x"]))), at: .zero)
        #expect(
            engine.handle(.failed(.cannotCreate, "cannot write file"), at: .zero)
                == [Self.finish(.cannotCreate, "cannot write file", text: "x", turns: 1)])
        engine = Self.following { $0.outputFile = "file" }
        #expect(engine.handle(Self.refused, at: .zero).last == Self.finish(.unavailable, "too long"))
    }

    @Test func aCopyThatWasReplacedIsReadAgain() {
        var engine = Self.engine()
        #expect(engine.handle(.client(.replaced("s")), at: .zero) == [])
        engine = Self.following()
        #expect(engine.handle(.client(.replaced("s")), at: .zero) == [.reread("s")])
        let entries = Moments.turn(of: "a", ["x"])
        #expect(
            engine.handle(.reread(entries), at: .zero)
                == Moments.steps(entries, of: "a") + [Self.finish(.ok, text: "x", turns: 1)])
    }

    // MARK: Signals

    @Test func aPromptThatCanBeTakenBackEndsAtOnce() {
        var engine = Self.following()
        #expect(engine.handle(.signal(SIGINT), at: .zero) == [.cancel("a")])
        #expect(
            engine.handle(.cancelled(isTakenBack: true), at: .zero) == [Self.finish(.unfinished, "interrupted")])
        #expect(engine.handle(.finished(.failed("disk full")), at: .zero) == [.end(.signal(SIGINT))])
    }

    @Test func aTurnHasTwoSecondsToEnd() {
        var engine = Self.following()
        _ = engine.handle(.signal(SIGINT), at: Moments.at(1_000))
        #expect(engine.handle(.cancelled(isTakenBack: false), at: Moments.at(1_000)) == [])
        #expect(engine.handle(.tick, at: Moments.at(2_999)) == [])
        #expect(engine.handle(.tick, at: Moments.at(3_000)) == [Self.finish(.unfinished, "interrupted")])
        #expect(engine.handle(.finished(.whole), at: Moments.at(3_000)) == [.end(.signal(SIGINT))])
    }

    /// The next prompt of the run was sent, and cut off two seconds later.
    @Test(arguments: [StopReason.cancelled, .endTurn], [false, true])
    func afterSIGINTNoOtherPromptIsSent(reason: StopReason, keepsGoing: Bool) {
        var engine = Self.following(["one", "two"]) { $0.keepsGoing = keepsGoing }
        _ = engine.handle(.signal(SIGINT), at: .zero)
        _ = engine.handle(.cancelled(isTakenBack: false), at: .zero)
        let entries = Moments.turn(of: "a", ["x"], outcome: .stopped(reason))
        let actions = engine.handle(.client(.entries(entries)), at: Moments.at(500))
        let exit: BatchExit = reason == .endTurn ? .ok : .unfinished
        let turns = exit == .ok || keepsGoing ? 1 : 0
        #expect(actions.last == Self.finish(exit, text: "x", turns: turns))
        #expect(!actions.contains(.send("two")))
        #expect(engine.handle(.finished(.whole), at: Moments.at(500)) == [.end(.signal(SIGINT))])
    }

    @Test func aSecondSIGINTEndsTheRunNow() {
        var engine = Self.following()
        _ = engine.handle(.signal(SIGINT), at: .zero)
        #expect(engine.handle(.signal(SIGINT), at: .zero) == [.end(.signal(SIGINT))])
        #expect(engine.handle(.cancelled(isTakenBack: true), at: .zero) == [])
    }

    @Test func aPromptThatIsQueuedAfterSIGINTIsCancelled() {
        var engine = Self.engine()
        _ = engine.handle(.began, at: .zero)
        #expect(engine.handle(.signal(SIGINT), at: .zero) == [])
        #expect(engine.handle(.queued("a"), at: .zero) == [.cancel("a")])
    }

    @Test(arguments: [SIGTERM, SIGHUP]) func otherSignalsLeaveTheTurnToTheServer(number: Int32) {
        for (isSent, reason) in [
            (true, "the turn goes on at the server"),
            (false, "belay was ended before the prompt was sent (no route)"),
        ] {
            var engine = Self.following(session: "old")
            let status = Moments.status(Moments.offline, failure: "no route")
            _ = engine.handle(.client(.status(status)), at: .zero)
            if isSent { _ = engine.handle(.client(.outbox([Moments.item("a", .sent)])), at: .zero) }
            let hint = "the prompt is safe, and `belay -r old` resumes it"
            #expect(
                engine.handle(.signal(number), at: .zero)
                    == [Self.finish(.temporaryFailure, "\(reason); \(hint)", isDetached: true)])
            #expect(
                engine.handle(.finished(.failed("disk full")), at: .zero)
                    == [.say("disk full", verbosity: 0), .end(.signal(number))])
        }
    }

    // MARK: The output

    @Test func whatCannotBeWrittenEndsTheRun() {
        for (written, actions) in [
            (BatchEvent.Written.readerLeft, [BatchAction.end(.signal(SIGPIPE))]),
            (.failed("disk full"), [.say("disk full", verbosity: 0), .end(.exit(.ioError))]),
        ] {
            var engine = Self.following(["one", "two"])
            #expect(engine.handle(.outputFailed, at: .zero) == [Self.finish(.ioError, isDetached: true)])
            #expect(engine.handle(.finished(written), at: .zero) == actions)
        }
        var engine = Self.following()
        _ = engine.handle(.client(.entries(Moments.turn(of: "a", ["x"]))), at: .zero)
        #expect(
            engine.handle(.finished(.failed("disk full")), at: .zero)
                == [.say("disk full", verbosity: 0), .end(.exit(.ioError))], "an answer is lost")
    }

    @Test func theLastLineIsWrittenOnce() {
        var engine = Self.following()
        _ = engine.handle(Self.refused, at: .zero)
        let late: [BatchEvent] = [
            .client(.entries(Moments.turn(of: "a", ["x"]))), .client(.stopped(.superseded)), .tick, .signal(SIGTERM),
            .failed(.software, "late"), .outputFailed, .queued("b"), .cancelled(isTakenBack: true), .saved,
            .reread(Moments.turn(of: "a", ["x"])),
        ]
        for event in late { #expect(engine.handle(event, at: Moments.at(1_000_000)) == [], "\(event)") }
        #expect(engine.handle(.finished(.whole), at: .zero) == [.end(.exit(.unavailable))])
        for event in late { #expect(engine.handle(event, at: Moments.at(1_000_000)) == [], "\(event)") }
        #expect(engine.handle(.finished(.whole), at: .zero) == [])
    }
}
