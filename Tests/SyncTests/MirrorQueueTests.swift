import Testing
import Wire

@testable import Sync

/// Each state of ``MirrorQueue`` and what each event makes of it.
@Suite struct MirrorQueueTests {
    enum Stage: CaseIterable { case idle, writing, outdated, blocked }

    private static let adoption = MirrorChange.adopt(Client.session, Client.epoch)
    private static func append(_ seqs: Seq...) -> MirrorChange {
        .append(Client.session, Client.epoch, seqs.map { chunk($0) })
    }

    /// A queue in this state. What is being written is an adoption and entry 1; entry 2 waits.
    private static func queue(_ stage: Stage) -> MirrorQueue {
        var queue = MirrorQueue()
        if stage == .writing || stage == .outdated {
            queue.add([adoption, append(1)])
            #expect(queue.next() == [adoption, append(1)])
        }
        if stage == .outdated { queue.mirrorReplaced() }
        if stage == .blocked { queue.block() }
        queue.add(append(2))
        return queue
    }

    private static func state(_ stage: Stage) -> MirrorQueue.State {
        switch stage {
        case .idle: .idle
        case .writing: .writing([adoption, append(1)])
        case .outdated: .outdated([adoption, append(1)])
        case .blocked: .blocked
        }
    }

    @Test(arguments: Stage.allCases) func isWhatItIsBuiltTo(_ stage: Stage) {
        var queue = Self.queue(stage)
        #expect(queue.state == Self.state(stage))
        #expect(queue.waiting == [Self.append(2)])
        #expect(queue.isWriting == (stage == .writing || stage == .outdated))
        #expect(!queue.isEmpty)
        queue.connectionLost()
        #expect(queue.isEmpty == !queue.isWriting, "what is being written is not stored yet")
    }

    @Test(arguments: Stage.allCases) func theNextWriteBeginsWhenNoneIsInProgress(_ stage: Stage) {
        var queue = Self.queue(stage)
        guard stage == .idle else {
            #expect(queue.next() == nil)
            #expect(queue.state == Self.state(stage) && queue.waiting == [Self.append(2)])
            return
        }
        #expect(queue.next() == [Self.append(2)])
        #expect(queue.state == .writing([Self.append(2)]) && queue.waiting == [])
        #expect(queue.next() == nil)
        _ = queue.stored()
        #expect(queue.next() == nil, "an empty write would be an event without a cause")
        #expect(queue.state == .idle && queue.isEmpty)
    }

    @Test func whatIsStoredIsHeldUnlessTheMirrorWasReplaced() {
        for (stage, held) in [(Stage.writing, [Self.adoption, Self.append(1)]), (.outdated, [])] {
            var queue = Self.queue(stage)
            #expect(queue.stored() == held)
            #expect(queue.state == .idle && queue.waiting == [Self.append(2)])
            // The write after that one goes into the new mirror, and counts.
            #expect(queue.next() == [Self.append(2)])
            #expect(queue.stored() == [Self.append(2)])
        }
    }

    @Test(arguments: [Stage.writing, .outdated]) func whatFailedIsDroppedExceptTheAdoption(_ stage: Stage) {
        var queue = Self.queue(stage)
        queue.failed()
        #expect(queue.state == .blocked && queue.waiting == [Self.adoption])
        #expect(queue.next() == nil)
        queue.connectionOpened()
        #expect(queue.next() == [Self.adoption])
        #expect(queue.stored() == [Self.adoption], "the failure of one write is not remembered by the next")
    }

    @Test(arguments: Stage.allCases) func aMirrorThatFailedOtherwiseTakesNothing(_ stage: Stage) {
        var queue = Self.queue(stage)
        queue.block()
        #expect(queue.state == (stage == .idle ? .blocked : Self.state(stage)))
        #expect(queue.next() == nil)
        #expect(queue.waiting == [Self.append(2)])
    }

    @Test(arguments: Stage.allCases) func aReplacementConcernsTheWriteInProgress(_ stage: Stage) {
        var queue = Self.queue(stage)
        queue.mirrorReplaced()
        #expect(queue.state == (stage == .writing ? Self.state(.outdated) : Self.state(stage)))
        #expect(queue.waiting == [Self.append(2)])
    }

    @Test(arguments: Stage.allCases) func aConnectionThatOpensEndsABlock(_ stage: Stage) {
        var queue = Self.queue(stage)
        queue.connectionOpened()
        #expect(queue.state == (stage == .blocked ? .idle : Self.state(stage)))
        #expect(queue.waiting == [Self.append(2)])
    }

    @Test(arguments: Stage.allCases) func whatWaitsIsLostWithItsConnectionExceptTheAdoption(_ stage: Stage) {
        var queue = Self.queue(stage)
        queue.add(Self.adoption)
        queue.connectionLost()
        #expect(queue.state == Self.state(stage), "the write in progress goes on")
        #expect(queue.waiting == [Self.adoption])
    }

    @Test func consecutiveEntriesAreOneChange() {
        var queue = MirrorQueue()
        queue.add([Self.append(5), Self.append(6), .swap(Client.session, Client.epoch), Self.append(7)])
        queue.add(.append(Client.session, "another", [chunk(8)]))
        queue.add(.append("another", "another", [chunk(9)]))
        queue.add([.stage("s", "e", [chunk(1)]), .stage("s", "e", [chunk(2)]), .append("s", "e", [chunk(3)])])
        #expect(
            queue.next() == [
                Self.append(5, 6), .swap(Client.session, Client.epoch), Self.append(7),
                .append(Client.session, "another", [chunk(8)]), .append("another", "another", [chunk(9)]),
                .stage("s", "e", [chunk(1), chunk(2)]), .append("s", "e", [chunk(3)]),
            ])
    }
}
