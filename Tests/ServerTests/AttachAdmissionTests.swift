import TestKit
import Testing
import Wire

@testable import Server

/// How many come in at once, and when the rest may try again.
@Suite struct AttachAdmissionTests {
    private func at(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }

    @Test func soManyComeInAndOneThatLeavesMakesRoom() {
        var admission = AttachAdmission(attachingMaximum: 2)
        let first = (1...3).map { _ in admission.enter() }
        #expect(first == [true, true, false])
        #expect(admission.attaching == 2, "one that was sent away is not inside")
        admission.leave()
        let second = (1...2).map { _ in admission.enter() }
        #expect(second == [true, false])
    }

    @Test func theSpanGrowsWithThoseThatWaitAndShrinksWithTime() {
        let seed = TestSeed.current
        var generator = seed.generator()
        var admission = AttachAdmission(attachingMaximum: 1)
        func delays(_ count: Int, at now: Instant) -> [Int64] {
            (0..<count).map { _ in admission.delay(at: now, using: &generator) }
        }
        let few = delays(100, at: at(10))
        #expect(few.allSatisfy { (100...1_000).contains($0) }, "\(seed)")
        let crowd = delays(1_900, at: at(10))
        // The last of two thousand is told up to 100 + 2,000 × 5 ms.
        #expect(crowd.allSatisfy { (100...10_100).contains($0) }, "\(seed)")
        #expect(crowd.suffix(100).contains { $0 > 5_000 }, "\(seed)")
        #expect(crowd.suffix(100).contains { $0 < 5_000 }, "\(seed)")
        let later = delays(100, at: at(20))
        #expect(later.allSatisfy { $0 <= 1_000 }, "ten seconds later they are served; \(seed)")
    }

    @Test func nobodyIsSentAwayForLongerThanHalfAMinute() {
        let seed = TestSeed.current
        var generator = seed.generator()
        var admission = AttachAdmission(attachingMaximum: 1)
        let delays = (0..<20_000).map { _ in admission.delay(at: at(1), using: &generator) }
        #expect(delays.allSatisfy { (100...30_000).contains($0) }, "\(seed)")
        #expect(delays.contains { $0 > 25_000 }, "\(seed)")
        // A clock that goes back is no reason to forget the crowd, or to trap.
        let earlier = admission.delay(at: at(0), using: &generator)
        #expect((100...30_000).contains(earlier))
    }

    @Test(arguments: [(0, 1_000), (1, 1_001), (500, 1_500), (1_000_000, 30_000)] as [(Int, Int64)])
    func aRestartSpreadsByTheNumberOfConnections(connections: Int, longest: Int64) {
        let seed = TestSeed.current
        var generator = seed.generator()
        let delays = (0..<2_000).map { _ in AttachAdmission.restartDelay(connections: connections, using: &generator) }
        #expect(delays.allSatisfy { (100...longest).contains($0) }, "\(seed)")
        #expect((delays.max() ?? 0) > longest * 9 / 10, "\(seed)")
        #expect((delays.min() ?? .max) < longest / 5, "\(seed)")
    }
}
