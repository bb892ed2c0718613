import Testing
import Wire

@testable import Sync

/// The mirror has no room, or fails otherwise: leave, keep what is the user's, come back after a while.
@Suite struct StoreFailureTests {
    @Test func leavesAndComesBackAndKeepsTheOutbox() {
        let client = Client.live(outbox: [item("a")])
        #expect(client.receive(Server.frame(chunk(5))).count == 1)
        #expect(client.receive(Server.frame(chunk(6))) == [])
        let effects = client.handle(.storeFailed("no room"))
        let retryAt = client.nextDeadline ?? .zero
        #expect(retryAt >= .at(2_100) && retryAt <= .at(3_100))
        #expect(
            effects == [
                .abandon(generation: 1, .normal), .outbox([item("a", wasSent: true)]),
                status(.offline(since: .at(100), attempt: 1, retryAt: retryAt), failure: "no room"),
            ])
        #expect(client.tick() == [.dial(generation: 2, Client.hello(at: at(4)))])
    }

    @Test func whileOfflineNothingIsTriedBeforeTheNextConnection() {
        let client = Client.live()
        _ = client.receive(Server.frame(chunk(5)))
        _ = client.handle(.closed(generation: 1, Closure(code: nil, reason: "reset")))
        let effects = client.handle(.storeFailed("no room"))
        #expect(effects == [status(.offline(since: .at(100), attempt: 1, retryAt: .at(100)), failure: "no room")])
        #expect(client.tick().first == .dial(generation: 2, Client.hello(at: at(4))))
    }

    /// What says which session the chat is must reach the disk, but a full disk is not asked in a circle.
    @Test func anAdoptionIsTriedAgainWithEachConnection() {
        let client = Client()
        _ = client.tick()
        _ = client.handle(.opened(generation: 1, greeted: true), after: .milliseconds(100))
        _ = client.receive(Server.greeting(nil))
        let adopt = SyncEffect.store([.adopt(Client.session, Client.epoch)])
        #expect(client.receive(Server.created()) == [adopt])
        #expect(!client.handle(.storeFailed("no room")).contains(adopt))
        #expect(client.tick().first == .dial(generation: 2, Client.hello(at: at(0))))
        #expect(client.handle(.opened(generation: 2, greeted: true)).first == adopt)
        #expect(
            client.handle(.received(generation: 2, [Server.greeting(attached(after: 0, head: 0)), Server.fence(0)]))
                == [])
        #expect(!client.isLive)
        _ = client.handle(.stored)
        #expect(client.isLive)
    }
}

/// The mirror was damaged and an empty one has taken its place.
@Suite struct ReplacedMirrorTests {
    @Test func everythingIsAskedForAgainAtOnce() {
        let client = Client.live()
        let effects = client.handle(.mirrorReplaced)
        #expect(effects.first == .abandon(generation: 1, .normal))
        #expect(client.nextDeadline == client.now)
        #expect(client.tick().first == .dial(generation: 2, Client.hello(at: nil)))
    }

    @Test func whatWasBeingWrittenIntoTheOldOneCountsForNothing() {
        let client = Client.live()
        _ = client.receive(Server.frame(chunk(5)))
        _ = client.handle(.mirrorReplaced)
        _ = client.handle(.stored)
        #expect(client.position == nil)
        #expect(client.tick().first == .dial(generation: 2, Client.hello(at: nil)))
    }

    /// The write had failed, and the next one still counted for nothing: the replay stopped for ten seconds.
    @Test func aFailedWriteIntoTheOldOneDoesNotSpoilTheNextWrite() {
        let client = Client.live()
        _ = client.receive(Server.frame(chunk(5)))
        _ = client.handle(.mirrorReplaced)
        _ = client.handle(.storeFailed("no room"))
        #expect(client.tick().first == .dial(generation: 2, Client.hello(at: nil)))
        _ = client.handle(.opened(generation: 2, greeted: true))
        _ = client.handle(
            .received(
                generation: 2,
                [
                    Server.greeting(attached(.snapshot, after: 0, head: 1)), Server.frame(chunk(1), isReplay: true),
                    Server.fence(1),
                ]))
        #expect(!client.isLive)
        _ = client.handle(.stored)
        #expect(client.isLive && client.position == at(1))
    }
}

/// The mirror was damaged, and no empty one could take its place.
@Suite struct FailedMirrorTests {
    @Test func leavesAndComesBack() {
        let client = Client.live()
        let effects = client.handle(.mirrorFailed("no room"))
        #expect(effects.first == .abandon(generation: 1, .normal))
        let retryAt = client.nextDeadline ?? .zero
        #expect(retryAt >= .at(2_100) && retryAt <= .at(3_100))
        #expect(
            effects.last == status(.offline(since: .at(100), attempt: 1, retryAt: retryAt), failure: "no room"))
        #expect(client.tick().first == .dial(generation: 2, Client.hello(at: at(4))))
    }

    /// It was taken for the failure of the write, whose own outcome then had no write.
    @Test(arguments: [true, false]) func aWriteInProgressHasItsOwnOutcome(isStored: Bool) {
        let client = Client.live()
        #expect(client.receive(Server.frame(chunk(5))).count == 1)
        _ = client.handle(.mirrorFailed("no room"))
        #expect(client.nextDeadline == nil, "the next attempt claims what this write makes of the position")
        _ = client.handle(isStored ? .stored : .storeFailed("no room"))
        #expect(client.position == at(isStored ? 5 : 4))
        #expect(client.tick().first == .dial(generation: 2, Client.hello(at: at(isStored ? 5 : 4))))
    }

    @Test func whileOfflineOnlyTheReasonIsShown() {
        let client = Client.live()
        _ = client.handle(.closed(generation: 1, Closure(code: nil, reason: "reset")))
        #expect(
            client.handle(.mirrorFailed("no room"))
                == [status(.offline(since: .at(100), attempt: 1, retryAt: .at(100)), failure: "no room")])
    }
}
