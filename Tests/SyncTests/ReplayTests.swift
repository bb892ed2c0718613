import Testing
import Wire

@testable import Sync

/// What comes in after the greeting: deltas, snapshots, duplicates, gaps, and the fence.
@Suite struct ReplayTests {
    private static let session = Client.session
    private static let epoch = Client.epoch

    /// A client that holds four entries, whose connection is open and greeted.
    private func replaying(_ result: AttachResult) -> (Client, [SyncEffect]) {
        let client = Client(session: Self.session, position: at(4))
        _ = client.tick()
        _ = client.handle(.opened(generation: 1, greeted: true), after: .milliseconds(100))
        return (client, client.receive(Server.greeting(result)))
    }

    @Test func theFenceWaitsForTheStore() {
        let (client, _) = replaying(attached(after: 4, head: 6))
        #expect(client.receive(Server.frame(chunk(5))) == [.store([.append(Self.session, Self.epoch, [chunk(5)])])])
        // While the mirror writes, what comes is kept together for its next transaction.
        #expect(client.receive(Server.frame(chunk(6))) == [])
        #expect(client.receive(Server.fence(6)) == [])
        #expect(client.handle(.stored) == [.store([.append(Self.session, Self.epoch, [chunk(6)])])])
        #expect(!client.isLive)
        #expect(client.handle(.stored) == [status(.live)])
        #expect(client.position == at(6))
    }

    @Test func whatWasReceivedIsNotClaimed() {
        let (client, _) = replaying(attached(after: 4, head: 7))
        _ = client.receive(Server.frame(chunk(5)))
        _ = client.receive(Server.frame(chunk(6)), Server.frame(chunk(7)))
        #expect(client.position == at(4))
        _ = client.handle(.stored)
        #expect(client.position == at(5))
        // 6 and 7 are being written. They count when they are on disk, and the next attempt waits for that.
        _ = client.handle(.closed(generation: 1, Closure(code: nil, reason: "reset")))
        #expect(client.position == at(5))
        #expect(client.nextDeadline == nil)
        #expect(client.handle(.tick, after: .seconds(1)) == [])
        #expect(client.handle(.stored) == [])
        #expect(client.position == at(7))
        #expect(
            client.tick() == [
                .dial(generation: 2, Client.hello(at: at(7))), status(.connecting, failure: "reset"),
            ])
    }

    @Test func whatTheMirrorWasNotYetGivenIsAskedForAgain() {
        let (client, _) = replaying(attached(after: 4, head: 7))
        _ = client.receive(Server.frame(chunk(5)))
        _ = client.receive(Server.frame(chunk(6)))
        _ = client.handle(.closed(generation: 1, Closure(code: nil, reason: "reset")))
        #expect(client.handle(.stored) == [])
        #expect(client.tick().first == .dial(generation: 2, Client.hello(at: at(5))))
    }

    @Test func duplicatesAreDropped() {
        let (client, _) = replaying(attached(after: 4, head: 6))
        #expect(
            client.receive(
                Server.frame(chunk(4)), Server.frame(chunk(5)), Server.frame(chunk(5)), Server.frame(chunk(3)))
                == [.store([.append(Self.session, Self.epoch, [chunk(5)])])])
    }

    @Test func mergedFramesMoveTheCursorToTheirEnd() {
        let (client, _) = replaying(attached(after: 4, head: 9))
        let merged = chunk(8, from: 5, "all of it")
        #expect(
            client.receive(Server.frame(merged), Server.frame(chunk(9)), Server.fence(9))
                == [.store([.append(Self.session, Self.epoch, [merged, chunk(9)])])])
        _ = client.handle(.stored)
        #expect(client.position == at(9))
    }

    @Test(arguments: [chunk(6), chunk(8, from: 6), event(6, .note("later"))])
    func aGapLeavesAndAsksAgain(_ entry: Entry) {
        let (client, _) = replaying(attached(after: 4, head: 9))
        let failure = "gap before entry \(entry.from): attaching again"
        #expect(
            client.receive(Server.frame(entry), Server.frame(chunk(5)), Server.fence(9)) == [
                .abandon(generation: 1, .normal), .outbox([]),
                status(.offline(since: .zero, attempt: 1, retryAt: .at(100)), failure: failure),
            ])
        #expect(
            client.tick() == [.dial(generation: 2, Client.hello(at: at(4))), status(.connecting, failure: failure)])
    }

    /// `protocol.md` §14: a receiver applies the part that it lacks, and the mirror replaces what the frame repeats.
    @Test func aMergedFrameMayRepeatWhatIsHeld() {
        for from in Seq(1)...4 {
            for seq in Seq(5)...9 {
                let (client, _) = replaying(attached(after: 4, head: 9))
                let merged = chunk(seq, from: from)
                let rest = (seq + 1..<10).map { chunk($0) }
                let effects = client.receive(Server.frame(merged))
                #expect(effects == [.store([.append(Self.session, Self.epoch, [merged])])], "\(from)…\(seq)")
                for entry in rest { _ = client.receive(Server.frame(entry)) }
                _ = client.receive(Server.fence(9))
                _ = client.handle(.stored)
                if !rest.isEmpty { _ = client.handle(.stored) }
                #expect(client.isLive && client.position == at(9), "\(from)…\(seq)")
            }
        }
    }

    @Test func aFenceBeforeItsEntriesLeavesAndAsksAgain() {
        let (client, _) = replaying(attached(after: 4, head: 6))
        _ = client.receive(Server.frame(chunk(5)))
        let failure = "gap: the replay ended before entry 6; attaching again"
        #expect(
            client.receive(Server.fence(6)) == [
                .abandon(generation: 1, .normal), .outbox([]),
                status(.offline(since: .zero, attempt: 1, retryAt: .at(100)), failure: failure),
            ])
    }

    /// What a server says before it has answered the attach ends no replay.
    @Test func aFenceBeforeTheReplayIsNone() {
        let client = Client(session: Self.session, position: at(4))
        _ = client.tick()
        _ = client.handle(.opened(generation: 1, greeted: true))
        #expect(
            client.receive(Server.resync(Self.epoch), Server.fence(0))
                == [.store([.beginSnapshot(Self.session, Self.epoch), .swap(Self.session, Self.epoch)])])
        _ = client.receive(Server.greeting(attached(after: 4, head: 5)))
        _ = client.handle(.stored)
        #expect(!client.isLive)
        _ = client.receive(Server.frame(chunk(5)), Server.fence(5))
        _ = client.handle(.stored)
        #expect(client.isLive)
    }

    @Test func aSnapshotIsBuiltBesideTheCopyAndSwapped() {
        let (client, begun) = replaying(attached(.snapshot, epoch: "new", after: 0, head: 2))
        #expect(begun == [.store([.beginSnapshot(Self.session, "new")])])
        #expect(client.receive(Server.frame(chunk(1)), Server.frame(chunk(2))) == [])
        #expect(client.handle(.stored) == [.store([.stage(Self.session, "new", [chunk(1), chunk(2)])])])
        #expect(client.receive(Server.fence(2, epoch: "new")) == [])
        // The old copy is what is held, until the swap is on disk.
        #expect(client.position == at(4))
        #expect(client.handle(.stored) == [.store([.swap(Self.session, "new")])])
        #expect(client.position == at(4))
        #expect(client.handle(.stored) == [status(.live)])
        #expect(client.position == Position(epoch: "new", seq: 2))
        #expect(
            client.receive(Server.frame(chunk(3))) == [.store([.append(Self.session, "new", [chunk(3)])])])
    }

    @Test func aSnapshotThatIsCutLeavesTheOldCopy() {
        let (client, _) = replaying(attached(.snapshot, epoch: "new", after: 0, head: 2))
        _ = client.handle(.stored)
        _ = client.receive(Server.frame(chunk(1)))
        _ = client.handle(.stored)
        _ = client.handle(.closed(generation: 1, Closure(code: nil, reason: "")))
        #expect(client.tick().first == .dial(generation: 2, Client.hello(at: at(4))))
    }

    @Test func aSwapThatIsBeingWrittenWhenTheConnectionEndsCountsWhole() {
        let (client, _) = replaying(attached(.snapshot, epoch: "new", after: 0, head: 2))
        _ = client.handle(.stored)
        _ = client.receive(Server.frame(chunk(2, from: 1)))
        _ = client.handle(.stored)
        #expect(client.receive(Server.fence(2, epoch: "new")) == [.store([.swap(Self.session, "new")])])
        _ = client.handle(.closed(generation: 1, Closure(code: nil, reason: "")))
        _ = client.handle(.stored)
        #expect(
            client.tick().first == .dial(generation: 2, Client.hello(at: Position(epoch: "new", seq: 2))))
    }

    @Test func aResyncReplacesTheCopyWhileLive() {
        let client = Client.live()
        #expect(
            client.receive(Server.resync("new"), Server.frame(chunk(1)), Server.fence(1, epoch: "new")) == [
                .store([
                    .beginSnapshot(Self.session, "new"), .stage(Self.session, "new", [chunk(1)]),
                    .swap(Self.session, "new"),
                ])
            ])
        #expect(client.handle(.stored) == [])
        #expect(client.isLive)
        #expect(client.position == Position(epoch: "new", seq: 1))
    }

    @Test func othersSessionsAndUnstampedUpdatesAreNotHeard() {
        let client = Client.live()
        #expect(client.receive(Server.frame(chunk(5), session: "other")) == [])
        #expect(client.receive(Server.fence(9, session: "other")) == [])
        #expect(client.receive(.notification(method: "_belay/unknown", params: [:])) == [])
        let plain = EncodedEntry(chunk(9)).frame(session: Self.session, stamp: .none)
        let update = plain.flatMap { try? Message(json: JSON(parsing: $0)) }
        #expect(update.map { client.receive($0) } == [])
    }

    @Test func theTurnThatRunsIsWhatTheEntriesSay() {
        let client = Client.live(turn: "one")
        #expect(client.runningTurn == "one")
        _ = client.receive(Server.frame(event(5, .turnEnd("other", .stopped(.endTurn)))))
        #expect(client.runningTurn == "one")
        _ = client.receive(Server.frame(event(6, .turnEnd("one", .stopped(.endTurn)))))
        #expect(client.runningTurn == nil)
        _ = client.receive(Server.frame(event(7, .turnStart("two", prompt: "u"))))
        #expect(client.runningTurn == "two")
    }

    @Test(arguments: [
        Message.notification(method: Method.event, params: ["sessionId": "session"]),
        .notification(method: Method.caughtUp, params: [:]),
        .notification(method: Method.resync, params: ["sessionId": "session"]),
    ])
    func aServerThatBreaksTheProtocolIsLeft(_ message: Message) {
        let client = Client.live()
        let effects = client.receive(message, Server.frame(chunk(5)))
        let failure = effects.compactMap { if case .status(let status) = $0 { status.lastFailure } else { nil } }.first
        #expect(failure?.hasPrefix("the server broke the protocol: '") == true)
        let retryAt = client.nextDeadline ?? .zero
        #expect(retryAt >= client.now + .seconds(5), "slowly")
        #expect(
            effects == [
                .abandon(generation: 1, .protocolError), .outbox([]),
                status(.offline(since: client.now, attempt: 1, retryAt: retryAt), failure: failure),
            ])
    }
}
