@testable import Agents
import Testing

@Suite struct RetryAdviceTests {
    @Test(
        "a server's hints are read in each form",
        arguments: [
            (["retry-after": "2"], 2_000), (["retry-after": "0.5"], 500),
            (["retry-after-ms": "250", "retry-after": "9"], 250),
            (["retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"], 37_000),
            (["retry-after": "Sun, 06 Nov 1994 08:48:00 GMT"], 0),
            (["x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "6m0s"], 360_000),
            (["x-ratelimit-reset-tokens": "120ms"], 120), (["retry-after": "soon"], nil), ([:], nil),
            (["retry-after": "nan"], nil), (["retry-after": "-1"], nil), (["retry-after": "1e300"], 86_400_000),
            (["x-ratelimit-reset-tokens": "1x"], nil), (["x-ratelimit-reset-tokens": ""], nil),
        ])
    func hints(_ headers: [String: String], _ milliseconds: Int?) {
        let hint = RetryAdvice.hint({ headers[$0] }, now: 784_111_740)
        #expect(hint == milliseconds.map { .milliseconds($0) })
    }

    @Test("what is not temporary is not repeated, and nothing without end")
    func attempts() {
        for failure in [ModelFailure.server(status: 400, message: ""), .foreign(""), .noKey(""), .broken("")] {
            #expect(RetryAdvice.delay(after: failure, attempts: 1, jitter: 0) == nil)
        }
        let busy = ModelFailure.busy(status: 429, message: "", after: nil)
        let delays = (1...RetryAdvice.attemptsMaximum).compactMap {
            RetryAdvice.delay(after: busy, attempts: $0, jitter: 0.5)
        }
        #expect(delays == [.milliseconds(500), .seconds(1), .seconds(2), .seconds(4), .seconds(8)])
        #expect(RetryAdvice.delay(after: busy, attempts: RetryAdvice.attemptsMaximum + 1, jitter: 0) == nil)
        let late = ModelFailure.busy(status: 429, message: "", after: .seconds(500))
        #expect(RetryAdvice.delay(after: late, attempts: 1, jitter: 0) == nil)
    }
}
