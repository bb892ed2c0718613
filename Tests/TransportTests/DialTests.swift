import NIOCore
import NIOPosix
import TestKit
import Testing
import Transport
import Wire

/// What a client makes of whatever answers, or does not.
@Suite struct DialTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.next()

    /// How a dial fails.
    private func failure(_ endpoint: Endpoint, certificates: String? = nil) async -> DialError? {
        do {
            _ = try await Heard.dial(
                Dialer.Request(
                    endpoint: endpoint, userAgent: "test", authorities: Authorities(additional: certificates)), on: loop
            )
            return nil
        } catch {
            return error as? DialError
        }
    }

    private func failure(against answer: String, closes: Bool = true) async throws -> DialError? {
        let server = try await RawServer.start(answer, closes: closes)
        let failure = await failure(try #require(Endpoint(server.endpointText)))
        try await server.stop()
        return failure
    }

    @Test func overTCPAndAUnixSocketMessagesGoBothWays() async throws {
        let folder = try TemporaryDirectory()
        for address in [Endpoint.Address.host("127.0.0.1", port: 0), .unix(path: folder.path("socket"))] {
            try await withListener(at: address) { listener in
                let endpoint = if case .unix = address { Endpoint(address: address) } else { listener.endpoint }
                var request = Dialer.Request(
                    endpoint: endpoint, token: "secret", userAgent: "belay/1", initialize: ["a": 1])
                request.headers = [("X-Place", "here")]
                let heard = try await Heard.dial(request, on: loop)
                #expect(heard.isGreeted)
                heard.send(.request(.number(1), method: "m", params: ["n": 1]))
                #expect(await eventually { heard.messages == [.response(.number(1), result: ["n": 1])] })
                let asked = try #require(listener.requests.first)
                #expect(asked.token == "secret")
                #expect(asked.userAgent == "belay/1")
                #expect(asked.initialize == ["a": 1])
                switch (address, asked.peer) {
                case (.unix, .local), (.host, .network("127.0.0.1")): break
                default: Issue.record("\(asked.peer) over \(address)")
                }
            }
        }
    }

    @Test func whatIsTooLongForAHeaderIsLeftOut() async throws {
        try await withListener { listener in
            let long: JSON = ["text": .string(String(repeating: "x", count: UpgradeRequest.initializeBytesMaximum))]
            let heard = try await Heard.dial(
                Dialer.Request(endpoint: listener.endpoint, userAgent: "test", initialize: long), on: loop)
            #expect(!heard.isGreeted)
            #expect(listener.requests.first?.initialize == nil)
        }
    }

    @Test func closeCodesArriveBothWays() async throws {
        let codes: [CloseCode] = [.normal, .goingAway, .serviceRestart, .tryAgainLater, .tokenRejected, .superseded]
        try await withListener { listener in
            for code in codes {
                let heard = try await Heard.dial(
                    Dialer.Request(endpoint: listener.endpoint, userAgent: "test"), on: loop)
                listener.close(code, "retry_after_ms=250")
                #expect(await eventually { heard.closure == Closure(code: code, reason: "retry_after_ms=250") })
            }
            let heard = try await Heard.dial(Dialer.Request(endpoint: listener.endpoint, userAgent: "test"), on: loop)
            heard.close(.heartbeatMissed, String(repeating: "é", count: 100))
            #expect(await eventually { listener.closures.last?.code == .heartbeatMissed })
            #expect(listener.closures.last?.reason == String(repeating: "é", count: 60), "cut between characters")
        }
    }

    @Test(arguments: [(4_096, true), (4_097, false)])
    func aMessageLongerThanTheBoundEndsTheConnection(bytes: Int, isTaken: Bool) async throws {
        func greeting(_ text: String) -> Message { .notification(method: "welcome", params: ["text": .string(text)]) }
        let padding = bytes - greeting("").encoded.readableBytes
        let message = greeting(String(repeating: "x", count: padding))
        try await withListener(greeting: [message]) { listener in
            let heard = try await Heard.dial(
                Dialer.Request(endpoint: listener.endpoint, userAgent: "test", messageBytesMaximum: 4_096), on: loop)
            guard !isTaken else {
                #expect(await eventually { heard.messages == [message] })
                #expect(heard.closure == nil)
                return
            }
            #expect(await eventually { heard.closure?.code == .tooBig })
            #expect(heard.closure?.isRetryable == false, "it would come again")
            #expect(heard.messages.isEmpty)
            #expect(await eventually { listener.closures.last?.code == .tooBig }, "and the server is told why")
        }
        let usual = Dialer.Request(endpoint: Endpoint(address: .unix(path: "/socket")), userAgent: "test")
        #expect(usual.messageBytesMaximum == 16 << 20, "as belay(1) says")
    }

    @Test func aRefusalIsTakenAtItsWord() async throws {
        let refusals = [
            Refusal(status: 401, reason: "token_unknown", message: "the server does not know the token"),
            Refusal(status: 429, reason: "connections", message: "too many", retryAfter: 1_500),
            Refusal(status: 503, reason: "restarting", message: "the server restarts", retryAfter: 1_000),
        ]
        for refusal in refusals {
            try await withListener(refusal: refusal) { listener in
                #expect(await failure(listener.endpoint) == .refused(refusal))
            }
        }
    }

    @Test(
        arguments: [
            ("503", "120", 120_000), ("429", "3", 3_000), ("500", "7", 7_000), ("503", "0", 0),
            ("503", "99999", 3_600_000), ("503", "soon", nil), ("503", "-5", nil), ("503", "99999999999999999999", nil),
            ("503", "Fri, 27 Nov 2026 10:00:00 GMT", nil), ("429", "", nil),
        ] as [(String, String, Int64?)])
    func aDelayThatAGatewayAsksForIsHonoured(status: String, header: String, delay: Int64?) async throws {
        let answer =
            "HTTP/1.1 \(status) Later\r\nRetry-After: \(header)\r\nContent-Length: 5\r\n\r\n<p>no"
        guard case .refused(let refusal) = try await failure(against: answer) else {
            Issue.record("\(status) is no refusal")
            return
        }
        #expect(refusal.status == Int(status))
        #expect(refusal.reason == "gateway")
        #expect(refusal.isRetryable)
        #expect(refusal.retryAfter == delay)
    }

    @Test func aDelayInTheHeaderIsTakenWhenOurBodyNamesNone() async throws {
        func refusal(_ body: String) async throws -> DialError? {
            try await failure(
                against: "HTTP/1.1 503 Later\r\nRetry-After: 9\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        }
        let named = #"{"error":"e","reason":"busy","retryAfterMs":1500}"#
        let unnamed = #"{"error":"e","reason":"busy"}"#
        #expect(
            try await refusal(named)
                == .refused(Refusal(status: 503, reason: "busy", message: "e", retryAfter: 1_500)))
        #expect(
            try await refusal(unnamed)
                == .refused(Refusal(status: 503, reason: "busy", message: "e", retryAfter: 9_000)))
    }

    @Test func aNetworkThatWantsALoginIsNoRefusalOfAServer() async throws {
        for status in ["511", "302", "200"] {
            let answer = "HTTP/1.1 \(status) Here\r\nRetry-After: 5\r\nContent-Length: 3\r\n\r\n<p>"
            guard case .foreign = try await failure(against: answer) else {
                Issue.record("\(status) is taken for a server's word")
                continue
            }
        }
    }

    @Test func aGatewayThatHasLostItsServerIsARefusalThatPasses() async throws {
        for status in [502, 503, 504] {
            let answer = "HTTP/1.1 \(status) Gateway\r\nContent-Length: 3\r\n\r\n<p>"
            guard case .refused(let refusal) = try await failure(against: answer) else {
                Issue.record("\(status) is no refusal")
                continue
            }
            #expect(refusal.status == status)
            #expect(refusal.isRetryable)
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 12\r\n\r\n<h1>Hi</h1>\n",
        "HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 511 Network Authentication Required\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: AAAA\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n", "\u{0}\u{1}\u{2}\u{3}\r\n\r\n",
    ])
    func whoeverElseAnswersIsForeign(answer: String) async throws {
        // The other side keeps the connection open: what is known only at the time-out is "no answer", and not foreign.
        let failure = try await failure(against: answer, closes: false)
        guard case .foreign? = failure else {
            Issue.record("\(String(describing: failure)) for \(answer)")
            return
        }
    }

    @Test func aPageWithoutAnEndIsGivenUp() async throws {
        let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + String(repeating: "x", count: 100_000)
        guard case .foreign? = try await failure(against: page, closes: false) else {
            Issue.record("an endless page is no server of ours")
            return
        }
    }

    @Test func nobodyThereIsUnreachableAtOnce() async throws {
        let port = try #require(RefusingPort())
        let endpoint = Endpoint(address: .host("127.0.0.1", port: port.number))
        guard case .unreachable(let message)? = await failure(endpoint) else {
            Issue.record("reached")
            return
        }
        #expect(message.contains("connection refused"), "and not that the time is over: \(message)")
        guard case .unreachable? = await failure(Endpoint(address: .unix(path: "/nonexistent/socket"))) else {
            Issue.record("reached")
            return
        }
    }

    @Test func whoeverClosesWithoutAWordIsUnreachable() async throws {
        guard case .unreachable? = try await failure(against: "") else {
            Issue.record("an empty answer is no answer")
            return
        }
    }

    @Test func whoeverAcceptsAndNeverAnswersIsGivenUpInTime() async throws {
        let server = try await RawServer.start(nil)
        let clock = ContinuousClock()
        let begun = clock.now
        guard case .unreachable(let message)? = await failure(try #require(Endpoint(server.endpointText))) else {
            Issue.record("reached")
            return
        }
        #expect(message == "\(server.endpointText): no answer within 5 s")
        #expect(clock.now - begun >= .nanoseconds(Dialer.timeout.nanoseconds) - .milliseconds(100))
        try await server.stop()
    }
}
