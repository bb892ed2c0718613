import Testing
import Wire

/// Which answers are belayd's own, and what they mean.
@Suite struct RefusalTableTests {
    @Test func everyReasonHasOneStatus() {
        for reason in Refusal.Reason.allCases {
            let refusal = Refusal(reason, "no")
            #expect(Refusal(status: refusal.status, json: refusal.json) == refusal)
            for status in 100...599 where status != reason.status {
                #expect(Refusal(status: status, json: refusal.json) == nil, "\(status) \(reason)")
            }
            #expect(refusal.isFinal == [401, 403].contains(reason.status))
            #expect(refusal.isRetryable == [429, 503].contains(reason.status))
        }
    }

    /// Databases, gateways and captive portals have such fields too.
    @Test(arguments: [
        (404, "not_found", "missing"), (401, "no", "Captive portal login required"), (403, "no", "policy"),
        (200, "no", "busy"), (302, "no", "token_unknown"), (503, "no", ""), (503, "no", "Busy"), (401, "no", "token_"),
    ])
    func anothersWordsAreNotOurs(status: Int, error: String, reason: String) {
        #expect(Refusal(status: status, json: ["error": .string(error), "reason": .string(reason)]) == nil)
    }

    @Test func aSentenceIsNeitherEmptyNorEndless() {
        for text in ["", " ", "\n\t"] {
            let refusal = Refusal(status: 401, json: ["error": .string(text), "reason": "token_unknown"])
            #expect(refusal?.message == "the server refused the connection (token_unknown)")
        }
        let long = Refusal(
            status: 503, json: ["error": .string(String(repeating: "é", count: 9_999)), "reason": "busy"])
        #expect(long?.message.count == Refusal.messageMaximum)
    }
}

@Suite struct ClosureMessageTests {
    @Test(arguments: [
        ("retry_after_ms=403", ""), ("the server restarts; retry_after_ms=403", "the server restarts"),
        ("retry_after_ms=0; the session was deleted", "the session was deleted"), ("restarting", "restarting"),
        ("a retry_after_ms=7 b", "a; b"), ("", ""), ("retry_after_ms=", ""), ("retry_after_ms=;;", ""),
    ])
    func theDelayIsForPrograms(reason: String, message: String) {
        #expect(Closure(code: .goingAway, reason: reason).message == message)
    }
}
