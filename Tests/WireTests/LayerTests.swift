import Testing
import Wire

@Suite struct LayerTests {
    @Test func messagesComeBack() throws {
        try expectRoundTrip(Corpus.ack)
        expectRequired(["sessionId", "epoch", "seq"], of: Corpus.ack)
        try expectRoundTrip(Corpus.caughtUp)
        expectRequired(["sessionId", "epoch", "seq"], of: Corpus.caughtUp)
        try expectRoundTrip(Corpus.history)
        expectRequired(["messageId", "role", "ts", "seq"], of: Corpus.history)
        try expectRoundTrip(HistoryRequest(session: "s"))
        try expectRoundTrip(HistoryRequest(session: "s", before: 9, after: 2, limit: 7))
        expectRequired(["sessionId"], of: HistoryRequest(session: "s"))
    }

    @Test(
        arguments: [
            (nil, 50), (.null, 50), (50, 50), (1, 1), (1_000, 1_000), (1_001, 1_000), (.integer(.max), 1_000),
            (.number(1e300), 1_000), (0, nil), (-7, nil), (.integer(.min), nil), (0.5, nil), ("9", nil), (true, nil),
        ] as [(JSON?, Int64?)])
    func aPageIsBounded(limit: JSON?, taken: Int64?) throws {
        let json = JSON.object(of: ["sessionId": "s", "limit": limit])
        #expect((try? HistoryRequest(json: json))?.limit == taken)
        guard taken == nil else { return }
        #expect(#expect(throws: RPCError.self) { try HistoryRequest(json: json) }?.code == .invalidParams)
    }

    @Test func aFenceMayLackItsCounts() throws {
        let fence = try CaughtUp(json: ["sessionId": "s", "epoch": "e", "seq": 0])
        #expect(fence == CaughtUp(session: "s", position: Position(epoch: "e", seq: 0), events: 0, bytes: 0))
    }

    @Test func aHistoryMessageOfAnUnknownRoleIsTheAssistants() throws {
        #expect(try HistoryMessage(json: Corpus.history.json.setting("role", to: "tool")).role == .assistant)
    }
}

@Suite struct RefusalTests {
    @Test(arguments: [
        Refusal(status: 401, reason: "token_expired", message: "The token has expired."),
        Refusal(status: 503, reason: "busy", message: "Later.", retryAfter: 1_500),
    ])
    func comesBack(refusal: Refusal) { #expect(Refusal(status: refusal.status, json: refusal.json) == refusal) }

    /// A captive portal or a proxy answers with JSON of its own, or with none.
    @Test(arguments: [.null, [:], [], ["error": "no"], ["reason": "no"], ["error": 1, "reason": "r"]] as [JSON])
    func anotherBodyIsNoneOfOurs(json: JSON) { #expect(Refusal(status: 403, json: json) == nil) }

    @Test(arguments: [
        (400, false), (401, false), (403, false), (404, false), (429, true), (500, true), (502, true), (503, true),
    ])
    func saysWhetherToTryAgain(status: Int, isRetryable: Bool) {
        #expect(Refusal(status: status, reason: "r", message: "m").isRetryable == isRetryable)
    }

    @Test func theBodyNamesADelayOnlyWhenThereIsOne() {
        #expect(Refusal(status: 403, reason: "origin", message: "m").json == ["error": "m", "reason": "origin"])
    }
}

@Suite struct CloseCodeTests {
    @Test(
        arguments: [
            (CloseCode.normal, 1000, true), (.goingAway, 1001, true), (.tooBig, 1009, false),
            (.serviceRestart, 1012, true), (.tryAgainLater, 1013, true), (.protocolError, 4400, false),
            (.tokenRejected, 4401, false), (.heartbeatMissed, 4408, true), (.superseded, 4409, false),
            // Codes that are not ours: an abnormal end, a server's error, a proxy's, one from the future.
            (CloseCode(rawValue: 1006), 1006, true), (CloseCode(rawValue: 1011), 1011, true),
            (CloseCode(rawValue: 1014), 1014, true), (CloseCode(rawValue: 4999), 4999, true),
        ] as [(CloseCode, UInt16, Bool)])
    func saysWhetherToComeBack(code: CloseCode, number: UInt16, isRetryable: Bool) {
        #expect(code.rawValue == number)
        #expect(code.isRetryable == isRetryable)
        #expect(Closure(code: code, reason: "").isRetryable == isRetryable)
    }

    @Test func aConnectionThatJustEndedIsMadeAgain() {
        #expect(Closure(code: nil, reason: "connection reset by peer").isRetryable)
    }

    @Test(
        arguments: [
            ("retry_after_ms=1500", 1_500), ("restarting; retry_after_ms=0", 0), ("retry_after_ms=20 please", 20),
            ("", nil), ("restarting", nil), ("retry_after_ms=", nil), ("retry_after_ms=-5", nil),
            ("retry_after_ms=٣", nil), ("retry_after_ms=99999999999999999999", 3_600_000), ("RETRY_AFTER_MS=7", nil),
        ] as [(String, Int64?)])
    func theDelayIsReadFromTheText(reason: String, delay: Int64?) {
        #expect(Closure(code: .serviceRestart, reason: reason).retryAfter == delay)
    }
}
