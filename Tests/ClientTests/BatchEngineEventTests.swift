import Sync
import Testing
import Wire

@testable import Client

/// What a batch run makes of the chat's reports and of time. The run began at 0 ms.
@Suite struct BatchEngineEventTests {
    typealias Moments = BatchMoments

    /// A run whose prompt is in the outbox under the key `a`.
    private static func engine(
        session: SessionID? = nil, change: (inout BatchOptions) -> Void = { _ in }
    ) -> BatchEngine {
        var options = BatchOptions()
        options.offlineMaximum = .seconds(10)
        change(&options)
        var engine = BatchEngine(options, prompts: ["one"], chat: .init(key: "key", session: session), at: .zero)
        _ = engine.handle(.began, at: .zero)
        _ = engine.handle(.queued("a"), at: .zero)
        return engine
    }

    private static func status(_ state: ConnectionStatus.State, failure: String? = nil) -> BatchEvent {
        .client(.status(BatchMoments.status(state, failure: failure)))
    }

    private static func finish(_ exit: BatchExit, _ error: String, isDetached: Bool = true) -> BatchAction {
        .finish(exit, error: error, text: "", turns: 0, isDetached: isDetached)
    }

    private static let hint = "the prompt is safe, and `belay -r key` resumes it"

    // MARK: The connection

    @Test(arguments: [nil, SessionID("old")]) func theFirstConnectionNamesTheSession(session: SessionID?) {
        var engine = Self.engine(session: session)
        #expect(
            engine.handle(Self.status(.connecting, failure: "no route"), at: .zero)
                == [.say("not connected: no route; retrying", verbosity: 1)])
        #expect(engine.handle(Self.status(.live), at: Moments.at(140)) == [.identify])
        #expect(
            engine.handle(.identified("s"), at: Moments.at(143))
                == [.opened("s", resumed: session != nil, connect: .milliseconds(143))])
        #expect(engine.handle(Self.status(Moments.offline, failure: "reset"), at: .zero) == [.lost("reset")])
        var live = Moments.status(.live)
        live.resumes = [Moments.resume]
        #expect(engine.handle(.client(.status(live)), at: .zero) == [.resumed(Moments.resume)])
    }

    @Test func whatTheChatSays() {
        var engine = Self.engine(session: "old")
        #expect(
            engine.handle(.client(.notice("the disk is slow")), at: .zero)
                == [.say("the disk is slow", verbosity: 0)])
        let expiry = Expiry(
            at: 9, lastSeq: 4, archiveUntil: 99, successorID: "next", successor: Position(epoch: "e", seq: 0))
        #expect(
            engine.handle(.client(.expired(expiry)), at: .zero) == [
                .say(
                    "the session had expired; belay continues in a new, empty one; `belay -r old` shows the old one",
                    verbosity: 0)
            ])
        for event in [ClientEvent.adopted("s"), .ended, .filled("s"), .outbox([Moments.item("b", .refused("no"))])] {
            #expect(engine.handle(.client(event), at: .zero) == [], "\(event)")
        }
        #expect(
            engine.handle(.client(.notSent("one", reason: "too long")), at: .zero)
                == [Self.finish(.unavailable, "too long", isDetached: false)])
    }

    @Test(arguments: [
        (StopCause.quit, BatchExit.software), (.notAllowed("no"), .noPermission), (.superseded, .unavailable),
        (.protocolBroken("no"), .protocolError), (.misconfigured("no"), .configuration),
        (.unknownSession("no"), .noUser),
    ])
    func aChatThatStopsEndsTheRun(cause: StopCause, exit: BatchExit) {
        var engine = Self.engine()
        let last = Self.finish(exit, cause.message, isDetached: false)
        #expect(
            engine.handle(.client(.stopped(cause)), at: .zero) == (exit == .noUser ? [.forget, last] : [last]))
        #expect(engine.handle(.finished(.whole), at: .zero) == [.end(.exit(exit))])
    }

    // MARK: Time

    @Test func theTimeOutIsThatOfTheWholeRun() {
        for (status, why) in [
            (Self.status(Moments.offline, failure: "no route"), " (no route)"), (Self.status(Moments.offline), ""),
            (Self.status(.live, failure: "disk full"), ""),
        ] {
            var engine = Self.engine { $0.timeout = .seconds(5) }
            _ = engine.handle(status, at: Moments.at(100))
            #expect(engine.handle(.tick, at: Moments.at(4_999)) == [])
            #expect(
                engine.handle(.tick, at: Moments.at(5_000)) == [
                    .reportTimeout,
                    Self.finish(.temporaryFailure, "the time-out (--timeout) has passed\(why); \(Self.hint)"),
                ])
        }
    }

    @Test func withoutAConnectionTheRunIsBoundedFromItsBeginningOrTheLoss() {
        var engine = Self.engine()
        #expect(engine.handle(.tick, at: Moments.at(9_999)) == [])
        #expect(
            engine.handle(.tick, at: Moments.at(10_000))
                == [Self.finish(.temporaryFailure, "no connection for 10 s; \(Self.hint)")])
        engine = Self.engine()
        _ = engine.handle(Self.status(.live), at: Moments.at(100))
        #expect(engine.handle(.tick, at: Moments.at(50_000)) == [], "a live connection may last")
        _ = engine.handle(Self.status(Moments.offline, failure: "reset"), at: Moments.at(50_000))
        #expect(engine.handle(.tick, at: Moments.at(59_999)) == [])
        #expect(
            engine.handle(.tick, at: Moments.at(60_000))
                == [Self.finish(.temporaryFailure, "no connection for 10 s (reset); \(Self.hint)")])
        engine = Self.engine { $0.offlineMaximum = nil }
        #expect(engine.handle(.tick, at: Moments.at(1_000_000_000)) == [])
    }

    @Test func withNoTimeOfflineTheFirstFailureEndsTheRun() {
        var engine = Self.engine { $0.offlineMaximum = .zero }
        _ = engine.handle(Self.status(.connecting), at: Moments.at(100))
        #expect(engine.handle(.tick, at: Moments.at(900)) == [], "it has not failed yet")
        _ = engine.handle(Self.status(Moments.offline, failure: "refused"), at: Moments.at(1_000))
        #expect(
            engine.handle(.tick, at: Moments.at(1_000))
                == [Self.finish(.temporaryFailure, "no connection (refused); \(Self.hint)")])
    }

    @Test func aPromptThatTheServerHoldsUpIsBoundedUntilItsTurnBegins() {
        for begins in [false, true] {
            var engine = Self.engine()
            _ = engine.handle(Self.status(.live), at: Moments.at(100))
            #expect(
                engine.handle(Self.status(.live, failure: "queue full"), at: Moments.at(1_000))
                    == [.say("queue full", verbosity: 1)])
            #expect(engine.handle(.tick, at: Moments.at(10_999)) == [])
            if begins {
                _ = engine.handle(.client(.entries(Moments.turn(of: "a", [], outcome: nil))), at: .zero)
                #expect(engine.handle(.tick, at: Moments.at(50_000)) == [])
            } else {
                #expect(
                    engine.handle(.tick, at: Moments.at(11_000))
                        == [Self.finish(.unavailable, "queue full; \(Self.hint)")])
            }
        }
    }
}
