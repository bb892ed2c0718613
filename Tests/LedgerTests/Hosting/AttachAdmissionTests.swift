import TestKit
import Testing
import Wire

@testable import Ledger

/// How many attaches are prepared at once, which wait, and when the others may come back.
@Suite struct AttachAdmissionTests {
    private typealias Waiter = AttachAdmission.Waiter

    private func at(_ seconds: Double) -> Instant { Instant(nanoseconds: Int64(seconds * 1e9)) }

    /// Lets attaches arrive that have to wait.
    private func wait(
        _ count: Int, in admission: inout AttachAdmission, at now: Instant = .zero
    ) throws -> [Waiter] {
        try (0..<count).map { number in
            guard case .waits(let waiter) = admission.arrive(at: now) else { throw NotWaiting(number: number) }
            return waiter
        }
    }

    private struct NotWaiting: Error { var number: Int }

    /// How many more may wait.
    private func room(in admission: AttachAdmission, at now: Instant) -> Int {
        var admission = admission
        var count = 0
        while case .waits = admission.arrive(at: now) { count += 1 }
        return count
    }

    // MARK: - Places and the queue

    @Test func soManyArePreparedAndTheOthersWaitInOrder() throws {
        var admission = AttachAdmission(attachingMaximum: 2, waitingMaximum: 10)
        #expect(admission.arrive(at: .zero) == .admitted)
        #expect(admission.arrive(at: .zero) == .admitted)
        let waiters = try wait(3, in: &admission)
        #expect(admission.attaching == 2 && admission.waitingCount == 3)
        #expect(admission.next() == nil, "no place is free")
        for waiter in waiters {
            admission.finish(at: .zero)
            #expect(admission.next() == waiter)
            #expect(admission.next() == nil)
            #expect(admission.attaching == 2)
        }
        #expect(admission.waitingCount == 0)
        for _ in 0..<2 { admission.finish(at: .zero) }
        #expect(admission.attaching == 0 && admission.next() == nil)
        #expect(admission.arrive(at: .zero) == .admitted)
    }

    @Test func aNewcomerDoesNotTakeThePlaceOfOneThatWaits() throws {
        var admission = AttachAdmission(attachingMaximum: 1, waitingMaximum: 10)
        _ = admission.arrive(at: .zero)
        let first = try wait(1, in: &admission)
        admission.finish(at: .zero)
        let second = try wait(1, in: &admission)
        #expect(admission.next() == first[0])
        admission.finish(at: .zero)
        #expect(admission.next() == second[0])
    }

    @Test func theQueueIsBoundedAndOneThatLeavesMakesRoom() throws {
        var admission = AttachAdmission(attachingMaximum: 1, waitingMaximum: 3)
        _ = admission.arrive(at: .zero)
        let waiters = try wait(3, in: &admission)
        #expect(admission.arrive(at: .zero) == .refused)
        #expect(admission.attaching == 1 && admission.waitingCount == 3, "who is refused is counted nowhere")
        admission.leave(waiters[1], at: .zero)
        _ = try wait(1, in: &admission)
        #expect(admission.arrive(at: .zero) == .refused)
        admission.finish(at: .zero)
        #expect(admission.next() == waiters[0])
        _ = try wait(1, in: &admission)
    }

    @Test(arguments: [[0], [1], [3], [0, 1], [2, 3], [0, 3], [0, 1, 2, 3]])
    func theOthersKeepTheirOrderWhenSomeLeave(leaving: [Int]) throws {
        var admission = AttachAdmission(attachingMaximum: 1, waitingMaximum: 10)
        _ = admission.arrive(at: .zero)
        let waiters = try wait(4, in: &admission)
        for index in leaving {
            admission.leave(waiters[index], at: .zero)
            admission.leave(waiters[index], at: .zero)
        }
        #expect(admission.waitingCount == 4 - leaving.count)
        let staying = waiters.indices.filter { !leaving.contains($0) }.map { waiters[$0] }
        for waiter in staying {
            admission.finish(at: .zero)
            #expect(admission.next() == waiter)
        }
        admission.finish(at: .zero)
        #expect(admission.next() == nil)
        #expect(admission.attaching == 0, "who left takes no place")
        #expect(admission.arrive(at: .zero) == .admitted)
    }

    @Test func allThatWaitAreReturnedAtTheEnd() throws {
        var admission = AttachAdmission(attachingMaximum: 2, waitingMaximum: 100)
        for _ in 0..<2 { _ = admission.arrive(at: .zero) }
        let waiters = try wait(100, in: &admission)
        admission.leave(waiters[50], at: .zero)
        #expect(admission.removeAll() == Array(waiters[..<50] + waiters[51...]))
        #expect(admission.removeAll().isEmpty && admission.waitingCount == 0)
        for _ in 0..<2 { admission.finish(at: .zero) }
        #expect(admission.next() == nil && admission.attaching == 0)
        // Its numbers are not used again.
        for _ in 0..<2 { #expect(admission.arrive(at: .zero) == .admitted) }
        let later = try wait(1, in: &admission)
        #expect(!waiters.contains(later[0]))
        admission.finish(at: .zero)
        #expect(admission.next() == later[0])
    }

    /// Against a list, with whatever may happen.
    @Test func itIsAListWithPlaces() {
        let seed = TestSeed.current
        var generator = seed.generator()
        var admission = AttachAdmission(attachingMaximum: 3, waitingMaximum: 8)
        var (list, attaching, now) = ([Waiter](), 0, 0.0)
        for step in 0..<20_000 {
            now += Double.random(in: 0...0.001, using: &generator)
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<5:
                switch admission.arrive(at: at(now)) {
                case .admitted:
                    #expect(attaching < 3 && list.isEmpty, "\(step), \(seed)")
                    attaching += 1
                case .waits(let waiter):
                    #expect(attaching == 3 && list.count < 8, "\(step), \(seed)")
                    list.append(waiter)
                case .refused: #expect(list.count == 8, "\(step), \(seed)")
                }
            case 5..<8 where attaching > 0:
                admission.finish(at: at(now))
                let next = admission.next()
                #expect(next == list.first, "\(step), \(seed)")
                if list.isEmpty { attaching -= 1 } else { list.removeFirst() }
            case 8 where !list.isEmpty:
                admission.leave(list.remove(at: .random(in: 0..<list.count, using: &generator)), at: at(now))
            case 9 where step % 100 == 0:
                #expect(admission.removeAll() == list, "\(step), \(seed)")
                list = []
            default: break
            }
            #expect(admission.attaching == attaching && admission.waitingCount == list.count, "\(step), \(seed)")
        }
    }

    // MARK: - The expected wait

    @Test func nobodyWaitsForLongerThanClientsHaveTimeout() throws {
        var admission = AttachAdmission(attachingMaximum: 1, waitingMaximum: 10_000)
        #expect(admission.expectedWait < 0.01)
        _ = admission.arrive(at: .zero)
        // Two seconds at 500 a second.
        let waiters = try wait(1_000, in: &admission)
        #expect(admission.expectedWait > 2 && admission.expectedWait < 2.01)
        #expect(admission.arrive(at: .zero) == .refused)
        for waiter in waiters.prefix(10) { admission.leave(waiter, at: .zero) }
        #expect(room(in: admission, at: .zero) == 10, "who has left is waited for by nobody")
    }

    @Test func theRateOfASlowServerIsMeasured() throws {
        var admission = AttachAdmission(attachingMaximum: 4, waitingMaximum: 10_000)
        for _ in 0..<4 { _ = admission.arrive(at: .zero) }
        _ = try wait(400, in: &admission)
        var before = admission.rate
        for step in 1...250 {
            admission.finish(at: at(Double(step) * 0.02))
            #expect(admission.next() != nil)
            #expect(step % 50 != 0 || admission.rate < before, "it falls towards what is measured")
            if step % 50 == 0 { before = admission.rate }
        }
        #expect((50...56).contains(admission.rate), "50 a second for five seconds")
        #expect(admission.arrive(at: at(5)) == .refused, "150 wait, which is three seconds")
        for step in 251...310 {
            admission.finish(at: at(Double(step) * 0.02))
            #expect(admission.next() != nil)
        }
        #expect((5...20).contains(room(in: admission, at: at(6.2))), "of the 100 that may wait, 90 do")
    }

    @Test func theRateOfAFastServerIsMeasured() throws {
        var admission = AttachAdmission(attachingMaximum: 256, waitingMaximum: 10_000)
        for _ in 0..<256 { _ = admission.arrive(at: .zero) }
        _ = try wait(800, in: &admission)
        var now = 0.0
        for _ in 0..<12_000 {
            now += 0.00025
            admission.finish(at: at(now))
            #expect(admission.next() != nil)
            _ = try wait(1, in: &admission, at: at(now))
        }
        #expect((3_700...4_100).contains(admission.rate), "4,000 a second for three seconds")
        #expect((6_500...7_400).contains(room(in: admission, at: at(now))), "two seconds, less the 800 that wait")
    }

    @Test func aServerThatStandsStillIsNoticedAndForgivenLater() throws {
        var admission = AttachAdmission(attachingMaximum: 1, waitingMaximum: 10_000)
        _ = admission.arrive(at: .zero)
        let waiters = try wait(30, in: &admission)
        #expect(room(in: admission, at: at(0.1)) > 500, "a tenth of a second is nothing")
        #expect(admission.arrive(at: at(60)) == .refused, "nothing was finished for a minute")
        #expect(admission.rate == AttachAdmission.rateMinimum)
        for waiter in waiters { admission.leave(waiter, at: at(60)) }
        #expect(room(in: admission, at: at(60)) == 20, "two seconds at the lowest rate")
        #expect(room(in: admission, at: at(120)) > 980, "a minute later it is measured anew")
    }

    @Test func nothingIsMeasuredWhileNobodyWaits() {
        var admission = AttachAdmission(attachingMaximum: 8, waitingMaximum: 10)
        for step in 0..<1_000 {
            #expect(admission.arrive(at: at(Double(step))) == .admitted)
            admission.finish(at: at(Double(step) + 0.5))
        }
        #expect(admission.rate == AttachAdmission.ratePrior)
    }

    // MARK: - Delays

    @Test func theSpanGrowsWithThoseThatWereRefusedAndShrinksWithTime() {
        let seed = TestSeed.current
        var generator = seed.generator()
        var admission = AttachAdmission(attachingMaximum: 1, waitingMaximum: 1)
        func delays(_ count: Int, at now: Instant) -> [Int64] {
            (0..<count).map { _ in admission.delay(at: now, using: &generator) }
        }
        let few = delays(100, at: at(10))
        #expect(few.allSatisfy { (100...1_000).contains($0) }, "\(seed)")
        let crowd = delays(4_900, at: at(10))
        // The last of five thousand is told up to 100 + 5,000 × 2 ms.
        #expect(crowd.allSatisfy { (100...10_100).contains($0) }, "\(seed)")
        #expect(crowd.suffix(100).contains { $0 > 5_000 }, "\(seed)")
        #expect(crowd.suffix(100).contains { $0 < 5_000 }, "\(seed)")
        let later = delays(100, at: at(20))
        #expect(later.allSatisfy { $0 <= 1_000 }, "ten seconds later they are served; \(seed)")
    }

    @Test func thoseThatWaitAndArePreparedArePartOfTheBacklog() throws {
        let seed = TestSeed.current
        var generator = seed.generator()
        var admission = AttachAdmission(attachingMaximum: 100, waitingMaximum: 900)
        for _ in 0..<100 { _ = admission.arrive(at: .zero) }
        _ = try wait(900, in: &admission)
        #expect(admission.arrive(at: .zero) == .refused)
        let delays = (0..<500).map { _ in admission.delay(at: .zero, using: &generator) }
        #expect(delays.allSatisfy { (100...3_100).contains($0) }, "\(seed)")
        #expect(delays.contains { $0 > 1_500 }, "1,001 to 1,500 at 500 a second; \(seed)")
    }

    @Test func theSpanIsThatOfTheMeasuredRate() throws {
        let seed = TestSeed.current
        var generator = seed.generator()
        var admission = AttachAdmission(attachingMaximum: 1, waitingMaximum: 100)
        _ = admission.arrive(at: .zero)
        _ = try wait(99, in: &admission)
        #expect(admission.arrive(at: at(60)) == .refused)
        let delays = (0..<50).map { _ in admission.delay(at: at(60), using: &generator) }
        #expect(delays.allSatisfy { (100...15_100).contains($0) }, "101 to 150 at 10 a second; \(seed)")
        #expect(delays.contains { $0 > 5_000 }, "\(seed)")
    }

    @Test func nobodyIsSentAwayForLongerThanHalfAMinute() {
        let seed = TestSeed.current
        var generator = seed.generator()
        var admission = AttachAdmission(attachingMaximum: 1, waitingMaximum: 1)
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
