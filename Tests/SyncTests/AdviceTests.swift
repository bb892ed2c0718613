import Testing
import Wire

@testable import Sync

/// A server that says when to come back may say any number: the client is never driven by it.
@Suite struct AdviceTests {
    /// What a server can name, and what nobody would.
    static let numbers: [Int64] = [.min, -9_007_199_254_740_991, -1, 0, 1, 249, 3_600_000, 9_007_199_254_740_991, .max]
    static let rounds = 10_000

    /// The moments at which attempts begin, when each of them ends like this.
    private func attempts(_ end: (Client, Int) -> Void) -> [Instant] {
        let client = Client(session: Client.session, position: at(4))
        return (1...Self.rounds).map { number in
            let effects = client.tick()
            #expect(effects.contains { if case .dial(number, _) = $0 { true } else { false } })
            end(client, number)
            return client.now
        }
    }

    /// At most a few in any second, and on average no more than after failures that give no advice.
    private func expectPatience(_ moments: [Instant], _ why: String) {
        // Where no advice is understood, the first attempts come as densely as full jitter lets them.
        let perSecond = 8
        for (first, last) in zip(moments, moments.dropFirst(perSecond)) where last - first < .seconds(1) {
            Issue.record("\(perSecond + 1) attempts within \(last - first) (\(why))")
            return
        }
        let ordinary = attempts { client, number in
            _ = client.handle(.failed(generation: number, .unreachable("nobody")))
        }
        let elapsed = { (moments: [Instant]) in (moments.last ?? .zero) - (moments.first ?? .zero) }
        #expect(elapsed(moments) > elapsed(ordinary) * 9 / 10, "\(why)")
        #expect(elapsed(moments) < .seconds(3_602) * Self.rounds, "\(why)")
    }

    @Test(arguments: numbers) func refusals(retryAfter: Int64) {
        for status in [429, 503] {
            let refusal = Refusal(status: status, reason: "busy", message: "no", retryAfter: retryAfter)
            expectPatience(
                attempts { client, number in _ = client.handle(.failed(generation: number, .refused(refusal))) },
                "\(status)")
        }
    }

    @Test(arguments: numbers) func closures(retryAfter: Int64) {
        for code in [CloseCode.goingAway, .serviceRestart, .tryAgainLater] {
            let closure = Closure(code: code, reason: "retry_after_ms=\(retryAfter)")
            expectPatience(
                attempts { client, number in
                    _ = client.handle(.opened(generation: number, greeted: true))
                    _ = client.handle(.closed(generation: number, closure))
                }, "\(code)")
        }
    }
}
