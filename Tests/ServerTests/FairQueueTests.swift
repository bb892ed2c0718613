import TestKit
import Testing

@testable import Server

/// Users take turns, and each has a bounded number in hand.
@Suite struct FairQueueTests {
    private func drained(_ queue: inout FairQueue<String, Int>) -> [Int] {
        var jobs: [Int] = []
        while let (_, job) = queue.next() { jobs.append(job) }
        return jobs
    }

    @Test func usersTakeTurnsAndEachIsServedInOrder() {
        var queue = FairQueue<String, Int>(share: .max)
        for job in 1...3 { queue.add(job, of: "a") }
        queue.add(10, of: "b")
        for job in 20...21 { queue.add(job, of: "c") }
        #expect(queue.waitingCount == 6)
        #expect(drained(&queue) == [1, 10, 20, 2, 21, 3])
        #expect(queue.isEmpty && queue.waitingCount == 0 && queue.inHandCount == 6)
    }

    @Test func aShareThatIsUsedUpIsPassedOver() {
        var queue = FairQueue<String, Int>(share: 1)
        for job in 1...3 { queue.add(job, of: "a") }
        queue.add(10, of: "b")
        #expect(drained(&queue) == [1, 10])
        #expect(!queue.isEmpty && queue.inHandCount == 2)
        queue.done("b")
        #expect(queue.next() == nil, "the other's share is not one's own")
        queue.done("a")
        #expect(queue.next()?.job == 2)
        queue.done("a")
        #expect(queue.next()?.job == 3)
        queue.done("a")
        #expect(queue.isEmpty && queue.inHandCount == 0)
        // Done once too often is not credit for later.
        queue.done("a")
        for job in 4...5 { queue.add(job, of: "a") }
        #expect(drained(&queue) == [4])
    }

    @Test func oneIsTakenOutOfTheMiddle() {
        var queue = FairQueue<String, Int>(share: .max)
        for job in 1...3 { queue.add(job, of: "a") }
        queue.add(10, of: "b")
        #expect(queue.remove(of: "a", where: { $0 == 2 }) == 2)
        #expect(queue.remove(of: "a", where: { $0 == 2 }) == nil)
        #expect(queue.remove(of: "c", where: { _ in true }) == nil)
        #expect(queue.remove(of: "b", where: { _ in true }) == 10)
        #expect(queue.inHandCount == 0, "what was taken out was never in hand")
        // Whose last one was taken out has no turn, and comes back with one.
        queue.add(11, of: "b")
        #expect(drained(&queue) == [1, 11, 3])
    }

    @Test func allAreTakenOut() {
        var queue = FairQueue<String, Int>(share: 1)
        for job in 1...2 { queue.add(job, of: "a") }
        queue.add(10, of: "b")
        #expect(queue.removeAll().sorted() == [1, 2, 10])
        #expect(queue.isEmpty && queue.next() == nil)
        queue.add(3, of: "a")
        #expect(queue.next()?.job == 3)
    }

    /// Whatever is added, taken, done and removed: nothing is lost or doubled, a user's jobs come in order, nobody has more
    /// in hand than the share, and nothing is left lying while there is room for it.
    @Test(arguments: 1...20) func againstAModel(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let share = Int.random(in: 1...3, using: &random)
        var queue = FairQueue<Int, Int>(share: share)
        var waiting: [Int: [Int]] = [:]
        var inHand: [Int: Int] = [:]
        for job in 0..<2_000 {
            let user = Int.random(in: 0..<5, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1:
                queue.add(job, of: user)
                waiting[user, default: []].append(job)
            case 2, 3:
                if let (user, job) = queue.next() {
                    #expect(waiting[user]?.first == job)
                    waiting[user]?.removeFirst()
                    inHand[user, default: 0] += 1
                    #expect(inHand[user] ?? 0 <= share)
                } else {
                    #expect(waiting.allSatisfy { $0.value.isEmpty || inHand[$0.key] ?? 0 >= share })
                }
            default:
                if inHand[user] ?? 0 > 0 {
                    queue.done(user)
                    inHand[user, default: 0] -= 1
                } else if let last = waiting[user]?.last {
                    #expect(queue.remove(of: user) { $0 == last } == last)
                    waiting[user]?.removeLast()
                }
            }
            #expect(queue.waitingCount == waiting.values.reduce(0) { $0 + $1.count })
            #expect(queue.inHandCount == inHand.values.reduce(0, +))
        }
    }
}
