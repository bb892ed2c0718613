import Testing
import Wire

@testable import Sync

/// What ends a client for good, what does not, and what the user can do about it.
@Suite struct EndingTests {
    /// A client whose connection is open and not yet greeted.
    private func greeting(outbox: [OutboxItem] = []) -> Client {
        let client = Client(session: Client.session, position: at(4), outbox: outbox)
        _ = client.tick()
        _ = client.handle(.opened(generation: 1, greeted: true), after: .milliseconds(100))
        return client
    }

    private func expectStop(
        _ effects: [SyncEffect], _ cause: StopCause, code: CloseCode? = .normal,
        roundTrip: Duration? = nil,
        failure: String? = nil, needsLogin: Bool = false, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let abandon: [SyncEffect] = code.map { [.abandon(generation: 1, $0)] } ?? []
        #expect(
            effects == [.outbox([])] + abandon + [
                .stopped(cause),
                status(.stopped(cause.message), roundTrip: roundTrip, failure: failure, needsLogin: needsLogin),
            ], sourceLocation: sourceLocation)
    }

    private let expiry = Expiry(
        at: 9, lastSeq: 4, archiveUntil: 99, successorID: "successor", successor: Position(epoch: "clean", seq: 0))

    @Test func anExpiredSessionGoesOnInItsSuccessor() {
        let client = greeting(outbox: [item("sent", wasSent: true), item("never")])
        let refused = item(
            "sent",
            state: .refused("the session expired before this was confirmed; take it back to send it in the new one"),
            wasSent: true)
        #expect(
            client.receive(Server.greeting([.refused(Client.session, expiry.error)])) == [
                .expired(expiry), .outbox([refused, item("never")]), .store([.adopt("successor", "clean")]),
            ])
        #expect(client.session == "successor")
        #expect(client.receive(Server.fence(0, epoch: "clean", session: "successor")) == [])
        #expect(
            client.handle(.stored) == [
                .markSent(["never"]), prompt(1, "never", session: "successor"),
                .outbox([refused, item("never", state: .sent, wasSent: true)]), status(.live),
            ])
        #expect(client.position == Position(epoch: "clean", seq: 0))
    }

    @Test func anUnknownSessionStops() {
        let error = RPCError(.resourceNotFound, "no such session")
        expectStop(
            greeting().receive(Server.greeting([.refused(Client.session, error)])),
            .unknownSession("the server does not know this session: no such session"))
    }

    @Test func anotherVersionStops() {
        let result = InitializeResult(
            protocolVersion: 2, agent: nil, layer: .init(pingInterval: 1, pingTimeout: 1, resumed: []))
        expectStop(
            greeting().receive(.response(.number(0), result: result.json)),
            .protocolBroken(
                "the server speaks ACP version 2 and this belay speaks version 1: update the older one"))
    }

    @Test func aServerWithoutTheLayerStops() {
        expectStop(
            greeting().receive(.response(.number(0), result: InitializeResult(agent: nil, layer: nil).json)),
            .protocolBroken("the server speaks ACP without the resume layer: connect to a belayd"))
    }

    private func expectRetry(
        _ client: Client, _ effects: [SyncEffect], _ failure: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(effects.first == .abandon(generation: 1, .protocolError), sourceLocation: sourceLocation)
        let failures = effects.compactMap { if case .status(let status) = $0 { status.lastFailure } else { nil } }
        #expect(failures == [failure], sourceLocation: sourceLocation)
        let wait = (client.nextDeadline ?? .zero) - client.now
        #expect(wait >= .seconds(5), "slowly", sourceLocation: sourceLocation)
    }

    /// Something in between may have altered it, and the server may be replaced by one that is right.
    @Test func anAnswerThatMakesNoSenseIsRetriedSlowly() {
        let other = AttachResult(
            session: "other", epoch: "e", headSeq: 0, mode: .delta, afterSeq: 0, tier: .brief, turn: nil, expiresAt: nil
        )
        let wrong = "the server sent an invalid response: 'resumed' does not name the session that was asked for"
        for (answer, failure) in [
            (
                Message.response(.number(0), result: []),
                "the server sent an invalid response: 'protocolVersion' is missing"
            ), (Server.greeting([]), wrong), (Server.greeting(other), wrong),
        ] {
            let client = greeting()
            expectRetry(client, client.receive(answer), failure)
        }
        for result in [JSON.null, "text", ["protocolVersion": "1"], ["protocolVersion": 1, "agentCapabilities": 7]] {
            let client = greeting()
            let effects = client.receive(.response(.number(0), result: result))
            #expect(
                !effects.contains {
                    if case .stopped(.protocolBroken(let text)) = $0 { !text.contains("resume layer") } else { false }
                }, "\(result)")
        }
        expectStop(
            greeting().receive(Server.error(0, "any", "not today", code: .invalidRequest)),
            .protocolBroken("the server refused the request: not today"))
    }

    /// "Not now" is no durable no, whatever it is said about.
    @Test(arguments: [Int64?.none, 0, 7_000, 3_600_000, .max]) func whatCannotBeHadJustNowIsAskedForAgain(delay: Int64?)
    {
        func answer(_ id: Int64) -> Message {
            guard let delay else { return Server.error(id, "unavailable") }
            return .failure(.number(id), .notNow("no", retryAfter: delay))
        }
        let refused = Message.response(
            .number(0),
            result: InitializeResult(
                agent: nil,
                layer: .init(
                    pingInterval: 1_000, pingTimeout: 1_000,
                    resumed: [.refused(Client.session, .notNow("no", retryAfter: delay ?? 5_000))])
            ).json)
        for (client, message) in [(greeting(), answer(0)), (starting(), answer(1)), (greeting(), refused)] {
            let effects = client.receive(message)
            #expect(!effects.contains { if case .stopped = $0 { true } else { false } })
            let wait = (client.nextDeadline ?? .zero) - client.now
            #expect(wait >= .milliseconds(min(delay ?? 2_000, 3_600_000)) && wait <= .milliseconds(3_602_000))
        }
    }

    @Test func aSessionThatCannotBeMadeStops() {
        let client = starting()
        expectStop(
            client.receive(Server.error(1, "any", "never", code: .invalidRequest)),
            .protocolBroken("the server refused the request: never"))
        let odd = starting()
        expectRetry(
            odd, odd.receive(Message.response(.number(1), result: ["sessionId": "s"])),
            "the server sent an invalid response: '_meta.belay' is missing")
    }

    /// A client that has asked for a new session.
    private func starting() -> Client {
        let client = Client()
        _ = client.tick()
        _ = client.handle(.opened(generation: 1, greeted: true), after: .milliseconds(100))
        _ = client.receive(Server.greeting(nil))
        return client
    }

    @Test(arguments: [
        (CloseCode.tokenRejected, StopCause.notAllowed("why")), (.superseded, .superseded),
        (.protocolError, .protocolBroken("the server closed the connection: why")),
        (.tooBig, .protocolBroken("the server closed the connection: why")),
    ])
    func closeCodesThatSayDoNotComeBack(code: CloseCode, cause: StopCause) {
        let client = Client.live()
        expectStop(
            client.handle(.closed(generation: 1, Closure(code: code, reason: "why"))), cause, failure: "why",
            needsLogin: code == .tokenRejected)
        #expect(client.nextDeadline == nil)
    }

    @Test(arguments: [CloseCode.goingAway, .serviceRestart, .tryAgainLater])
    func closeCodesThatSayWhen(code: CloseCode) {
        let client = Client.live()
        let reason = "restarting retry_after_ms=4000"
        let effects = client.handle(.closed(generation: 1, Closure(code: code, reason: reason)))
        let retryAt = client.nextDeadline ?? .zero
        #expect(retryAt >= .at(4_100) && retryAt <= .at(5_100))
        #expect(
            effects == [
                .outbox([]), status(.offline(since: .at(100), attempt: 1, retryAt: retryAt), failure: "restarting"),
            ])
    }

    @Test(arguments: [CloseCode.heartbeatMissed, nil, CloseCode(rawValue: 1006)])
    func otherEndingsComeBackAtOnce(code: CloseCode?) {
        let client = Client.live()
        #expect(
            client.handle(.closed(generation: 1, Closure(code: code, reason: ""))) == [
                .outbox([]), status(.offline(since: .at(100), attempt: 1, retryAt: .at(100))),
            ])
    }

    private static func refusal(_ status: Int, retryAfter: Int64? = nil) -> DialFailure {
        .refused(Refusal(status: status, reason: "reason", message: "no", retryAfter: retryAfter))
    }

    @Test(arguments: [
        Refusal.Reason.tokenMissing, .tokenExpired, .tokenRevoked, .tokenUnknown, .origin,
    ])
    func answersBeforeTheConnectionThatStop(reason: Refusal.Reason) {
        let client = Client(session: Client.session, position: at(4))
        _ = client.tick()
        expectStop(
            client.handle(.failed(generation: 1, .refused(Refusal(reason, "no")))), .notAllowed("no"), roundTrip: nil,
            failure: "no", needsLogin: reason != .origin)
    }

    @Test func aPrivateServerThatOnlyTheUserCanRepairStops() {
        let client = Client(session: Client.session, position: at(4))
        _ = client.tick()
        expectStop(
            client.handle(.failed(generation: 1, .misconfigured("no"))), .misconfigured("no"), roundTrip: nil,
            failure: "no")
    }

    /// Nothing else stops a client, whatever it is called: a gateway may have written it, or altered the request.
    @Test func answersBeforeTheConnectionThatDoNot() {
        let others = Refusal.Reason.allCases.map { Refusal($0, "no") }.filter { !$0.isFinal }
        let foreign = [400, 401, 403, 404, 408, 409, 421, 425, 426, 429, 451, 500, 599].flatMap { status in
            ["policy", "token_gone", "origin ", "busy"].map { Refusal(status: status, reason: $0, message: "no") }
        }
        #expect(others.count == Refusal.Reason.allCases.count - 5)
        for refusal in others + foreign + [Refusal(status: 403, reason: "token_unknown", message: "no")] {
            let client = Client(session: Client.session, position: at(4))
            _ = client.tick()
            _ = client.handle(.failed(generation: 1, .refused(refusal)))
            let retryAt = client.nextDeadline
            #expect(retryAt.map { $0 >= (refusal.isRetryable ? .zero : .at(5_000)) } == true, "\(refusal)")
        }
    }

    @Test(arguments: [429, 500, 503]) func aBusyServerIsAskedWhenItSays(httpStatus: Int) {
        let client = Client()
        _ = client.tick()
        _ = client.handle(.failed(generation: 1, Self.refusal(httpStatus, retryAfter: 7_000)))
        let retryAt = client.nextDeadline ?? .zero
        #expect(retryAt >= .at(7_000) && retryAt <= .at(8_000))
    }

    /// A captive portal, or a TLS-intercepting proxy, is not a permanent refusal, even if the server was never reached.
    @Test(arguments: [DialFailure.foreign("a web page"), .untrusted("bad certificate"), .unreachable("refused")])
    func whoeverAnswersInTheServersPlaceIsAskedAgain(failure: DialFailure) {
        for client in [Client(), Client(session: Client.session, position: at(4), outbox: [item("a")])] {
            var last = Instant.zero
            for generation in 1...20 {
                #expect(client.tick().contains { if case .dial = $0 { true } else { false } })
                let effects = client.handle(.failed(generation: generation, failure))
                #expect(!effects.contains { if case .stopped = $0 { true } else { false } })
                let retryAt = client.nextDeadline ?? .zero
                if case .unreachable = failure {} else { #expect(retryAt - last >= .seconds(5)) }
                last = retryAt
            }
            #expect(client.outboxItems.allSatisfy { $0.state == .pending })
        }
    }

    @Test func aPortalIsWaitedOutOnceTheServerIsKnown() {
        let client = Client.live()
        _ = client.handle(.closed(generation: 1, Closure(code: nil, reason: "")))
        _ = client.tick()
        let effects = client.handle(.failed(generation: 2, .foreign("captive.example answers instead")))
        let retryAt = client.nextDeadline ?? .zero
        #expect(retryAt >= .at(5_100) && retryAt <= .at(6_100))
        #expect(
            effects == [
                .outbox([]),
                status(
                    .offline(since: .at(100), attempt: 2, retryAt: retryAt), failure: "captive.example answers instead"
                ),
            ])
    }

    @Test func theUserLeaves() {
        expectStop(Client.live().handle(.quit), .quit)
        let waiting = Client()
        expectStop(waiting.handle(.quit), .quit, code: nil, roundTrip: nil)
        #expect(waiting.handle(.tick) == [])
    }

    @Test func afterAStopOnlyTheUserBeginsAnew() {
        let client = Client.live(outbox: [item("a")])
        _ = client.handle(.closed(generation: 1, Closure(code: .superseded, reason: "")))
        #expect(client.handle(.tick, after: .seconds(900)) == [])
        #expect(client.nextDeadline == nil)
        let offline = ConnectionStatus.State.offline(since: .at(900_100), attempt: 0, retryAt: .at(900_100))
        #expect(client.handle(.hurry) == [status(offline)])
        #expect(client.tick() == [.dial(generation: 2, Client.hello(at: at(4)))])
        // What the connection from before the stop still says is not about this attempt.
        #expect(client.handle(.closed(generation: 1, Closure(code: nil, reason: "late"))) == [])
        #expect(client.handle(.failed(generation: 1, .unreachable("late"))) == [])
        #expect(client.handle(.opened(generation: 1, greeted: true)) == [])
        #expect(client.isDialing(2))
        _ = client.handle(.opened(generation: 2, greeted: true))
        let effects = client.handle(
            .received(generation: 2, [Server.greeting(attached(after: 4, head: 4)), Server.fence(4)]))
        #expect(effects.contains(prompt(2, "a", generation: 2)))
    }
}
