import TestKit
import Testing

@testable import Sync

@Suite struct BackoffTests {
    /// The interval that attempt `number` is drawn from while the outage is young; the first is made at once.
    static let intervals: [Duration] = [
        .zero, .milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(8),
    ]

    @Test func delaysFillTheirIntervalsAndNeverLeaveThem() {
        let seed = TestSeed.current
        var generator = seed.generator(lane: 1)
        var largest = Array(repeating: Duration.zero, count: Self.intervals.count)
        var smallest = Array(repeating: Duration.seconds(100), count: Self.intervals.count)
        var sum = Array(repeating: Duration.zero, count: Self.intervals.count)
        let runs = 400
        for _ in 0..<runs {
            var backoff = Backoff(seed: generator.next())
            for (number, interval) in Self.intervals.enumerated() {
                #expect(backoff.attempt == number, "\(seed)")
                let delay = backoff.next(outage: .seconds(10))
                #expect(delay >= .zero && delay <= interval, "\(seed)")
                largest[number] = max(largest[number], delay)
                smallest[number] = min(smallest[number], delay)
                sum[number] += delay
            }
        }
        for (number, interval) in Self.intervals.enumerated() where interval > .zero {
            // Full jitter: the draws reach both ends and are centred; the cap lies inside the jitter, not around it.
            #expect(largest[number] > interval * 19 / 20, "\(seed)")
            #expect(smallest[number] < interval / 20, "\(seed)")
            let mean = sum[number] / runs
            #expect(mean > interval * 4 / 10 && mean < interval * 6 / 10, "\(seed)")
        }
    }

    @Test func aLongOutageHasALongerCap() {
        func longest(_ outage: Duration) -> Duration {
            var backoff = Backoff(seed: 3)
            return (0..<2_000).map { _ in backoff.next(outage: outage) }.max() ?? .zero
        }
        #expect(longest(.seconds(299)) <= .seconds(8))
        #expect(longest(.seconds(299)) > .seconds(7))
        #expect(longest(.seconds(300)) <= .seconds(30))
        #expect(longest(.seconds(300)) > .seconds(28))
    }

    @Test(arguments: [
        (Duration.milliseconds(40), Duration.milliseconds(250), Duration.milliseconds(500)),
        (.milliseconds(400), .milliseconds(400), .milliseconds(800)), (.seconds(5), .seconds(5), .seconds(6)),
        (.seconds(3_600), .seconds(3_600), .seconds(3_601)), (.seconds(90_000), .seconds(3_600), .seconds(3_601)),
    ])
    func theServersDelayIsHonouredWithinBoundsAndSpread(asked: Duration, least: Duration, most: Duration) {
        let seed = TestSeed.current
        var generator = seed.generator(lane: 2)
        let delays = (0..<500).map { _ in
            var backoff = Backoff(seed: generator.next())
            defer { #expect(backoff.attempt == 1) }
            return backoff.next(outage: .zero, serverDelay: asked)
        }
        #expect(delays.allSatisfy { $0 >= least && $0 <= most }, "\(seed)")
        #expect((delays.max() ?? .zero) > least + (most - least) * 9 / 10, "\(seed)")
    }

    @Test(arguments: [Int64.min, -1, 0, 1, 250, 3_600_000, .max])
    func noNumberOfAServerMakesAttemptsDenser(milliseconds: Int64) {
        let seed = TestSeed.current
        for asked in [Duration.milliseconds(milliseconds), .seconds(milliseconds)] {
            var (backoff, plain) = (Backoff(seed: seed.rawValue), Backoff(seed: seed.rawValue))
            var (waited, waitedPlain) = (Duration.zero, Duration.zero)
            var (shortest, longest) = (Duration.seconds(1_000_000), Duration.zero)
            for _ in 0..<10_000 {
                let delay = backoff.next(outage: waited, serverDelay: asked)
                (shortest, longest) = (min(shortest, delay), max(longest, delay))
                waited += delay
                waitedPlain += plain.next(outage: waitedPlain)
            }
            #expect(shortest >= Backoff.serverDelayMinimum, "\(seed)")
            #expect(longest <= Backoff.serverDelayMaximum + .seconds(1), "\(seed)")
            #expect(waited > waitedPlain * 9 / 10, "\(seed)")
        }
    }

    @Test func seedsReproduce() {
        func delays(_ seed: UInt64) -> [Duration] {
            var backoff = Backoff(seed: seed)
            return (0..<20).map { _ in backoff.next(outage: .zero) }
        }
        #expect(delays(7) == delays(7))
        #expect(delays(7) != delays(8))
    }

    @Test func aResetBeginsAtOnceAgain() {
        var backoff = Backoff(seed: 1)
        for _ in 0..<40 { _ = backoff.next(outage: .zero) }
        backoff.reset()
        #expect(backoff.attempt == 0)
        #expect(backoff.next(outage: .seconds(1_000)) == .zero)
    }
}
