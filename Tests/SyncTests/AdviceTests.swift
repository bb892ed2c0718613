import Testing
import Wire

@testable import Sync

/// A server that says when to come back may say any number: the client is never driven by it.
@Suite struct AdviceTests {
    /// What a server can name, and what nobody would.
    static let numbers: [Int64] = [.min, -1, 0, 1, 3_600_000, .max]
    static let rounds = 10_000

    /// The moments at which attempts begin, when each of them ends like this.
    private static func attempts(_ end: (Client, Int) -> Void) -> [Instant] {
        let client = Client(session: Client.session, position: at(4))
        return (1...Self.rounds).map { number in
            let effects = client.tick()
            if !effects.contains(where: { if case .dial(number, _) = $0 { true } else { false } }) {
                Issue.record("attempt \(number) does not begin: \(effects)")
            }
            end(client, number)
            return client.now
        }
    }

    /// How long as many attempts take that fail without advice.
    private static let ordinary = elapsed(
        attempts { client, number in _ = client.handle(.failed(generation: number, .unreachable("nobody"))) })

    private static func elapsed(_ moments: [Instant]) -> Duration {
        (moments.last ?? .zero) - (moments.first ?? .zero)
    }

    /// At most a few in any second, and on average no more than after failures that give no advice.
    private func expectTimeout(_ moments: [Instant], _ why: String) {
        // Where no advice is understood, the first attempts come as densely as full jitter lets them.
        let perSecond = 8
        for (first, last) in zip(moments, moments.dropFirst(perSecond)) where last - first < .seconds(1) {
            Issue.record("\(perSecond + 1) attempts within \(last - first) (\(why))")
            return
        }
        #expect(Self.elapsed(moments) > Self.ordinary * 9 / 10, "\(why)")
        #expect(Self.elapsed(moments) < .seconds(3_602) * Self.rounds, "\(why)")
    }

    @Test(arguments: numbers) func refusals(retryAfter: Int64) {
        for status in [429, 503] {
            let refusal = Refusal(status: status, reason: "busy", message: "no", retryAfter: retryAfter)
            expectTimeout(
                Self.attempts { client, number in
                    _ = client.handle(.failed(generation: number, .refused(refusal)))
                },
                "\(status)")
        }
    }

    @Test(arguments: numbers) func closures(retryAfter: Int64) {
        for code in [CloseCode.goingAway, .tryAgainLater] {
            let closure = Closure(code: code, reason: "retry_after_ms=\(retryAfter)")
            expectTimeout(
                Self.attempts { client, number in
                    _ = client.handle(.opened(generation: number, greeted: true))
                    _ = client.handle(.closed(generation: number, closure))
                }, "\(code)")
        }
    }
}
