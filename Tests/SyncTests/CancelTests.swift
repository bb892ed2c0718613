import Testing
import Wire

@testable import Sync

/// Stopping a turn is a message, bound to the turn it was meant for.
@Suite struct CancelTests {
    private func cancel(_ turn: TurnID, generation: Int = 1) -> SyncEffect {
        .send(
            generation: generation,
            .notification(
                method: Method.cancel,
                params: ["sessionId": "session", "_meta": ["belay": ["turnId": .string(turn.rawValue)]]]))
    }

    @Test func namesTheTurnAndGoesOutOnce() {
        let client = Client.live(turn: "one")
        #expect(client.handle(.cancelTurn) == [cancel("one")])
        #expect(client.handle(.tick, after: .milliseconds(900)) == [])
        // Asking twice is allowed: the user may not trust the first.
        #expect(client.handle(.cancelTurn) == [cancel("one")])
    }

    @Test func withoutATurnThereIsNothingToCancel() {
        #expect(Client.live().handle(.cancelTurn) == [])
        let client = Client(session: Client.session, position: at(4))
        #expect(
            client.handle(.cancelTurn) == [
                status(.offline(since: .zero, attempt: 0, retryAt: .zero), roundTrip: nil)
            ])
    }

    private static let cancelNext = SyncEffect.send(
        generation: 1, .notification(method: Method.cancel, params: ["sessionId": "session"]))

    /// A prompt has gone out, and its turn has not begun: what comes behind it on the connection stops it.
    @Test func stopsTheTurnThatIsAboutToBegin() {
        let client = Client.live(outbox: [item("a")])
        #expect(client.outboxItems.map(\.state) == [.sent])
        #expect(client.handle(.cancelTurn) == [Self.cancelNext])
        #expect(client.handle(.tick) == [])
        // The server may have taken the cancel for another turn, so the one that begins is named.
        let effects = client.receive(
            Server.frame(echo(5, of: "a")), Server.frame(event(6, .turnStart("one", prompt: "u"))))
        #expect(effects.contains(cancel("one")))
        #expect(!client.receive(Server.frame(event(7, .turnEnd("one", .stopped(.cancelled))))).contains(cancel("one")))
        // And only that one.
        let next = client.receive(Server.frame(event(8, .turnStart("two", prompt: "v"))))
        #expect(!next.contains(cancel("two")))
    }

    @Test func stopsItWhenItsEchoHasComeAndItWaits() {
        let client = Client.live(outbox: [item("a")])
        _ = client.receive(Server.frame(echo(5, of: "a")))
        _ = client.handle(.stored)
        #expect(client.outboxItems.isEmpty)
        #expect(client.handle(.cancelTurn).contains(Self.cancelNext))
    }

    @Test func whatIsSentAfterwardsIsNotStopped() {
        let client = Client.live(outbox: [item("a")])
        #expect(client.handle(.cancelTurn) == [Self.cancelNext])
        _ = client.handle(.queued(item("b")))
        let effects = client.receive(
            Server.frame(echo(5, of: "b")), Server.frame(event(6, .turnStart("two", prompt: "u"))))
        #expect(!effects.contains(cancel("two")))
    }

    /// The next turn would be another client's.
    @Test func whatIsRefusedHasNoTurnToStop() {
        let client = Client.live(outbox: [item("a")])
        #expect(client.handle(.cancelTurn) == [Self.cancelNext])
        _ = client.receive(Server.error(1, "too_big", "too long"))
        let effects = client.receive(Server.frame(event(5, .turnStart("two", prompt: "v"))))
        #expect(client.runningTurn == "two" && !effects.contains(cancel("two")))
    }

    @Test func whatIsRefusedForAWhileIsStoppedWhenItsTurnBegins() {
        let client = Client.live(outbox: [item("a")])
        #expect(client.handle(.cancelTurn) == [Self.cancelNext])
        _ = client.receive(Server.error(1, "queue_full"))
        _ = client.handle(.tick, after: .seconds(2))
        let effects = client.receive(
            Server.frame(echo(5, of: "a")), Server.frame(event(6, .turnStart("one", prompt: "u"))))
        #expect(effects.contains(cancel("one")))
    }

    @Test func aTurnOfAnotherPromptInFlightIsStillStopped() {
        let client = Client.live(outbox: [item("a"), item("b")])
        #expect(client.handle(.cancelTurn) == [Self.cancelNext])
        _ = client.receive(Server.error(1, "too_big", "too long"))
        let effects = client.receive(
            Server.frame(echo(5, of: "b")), Server.frame(event(6, .turnStart("one", prompt: "u"))))
        #expect(effects.contains(cancel("one")))
    }

    @Test func theFirstTurnOfASuccessorIsNotStopped() {
        let expiry = Expiry(
            at: 9, lastSeq: 4, archiveUntil: 99, successorID: "successor",
            successor: Position(epoch: "clean", seq: 0))
        let client = Client.live(outbox: [item("a")])
        #expect(client.handle(.cancelTurn) == [Self.cancelNext])
        _ = client.receive(.failure(.number(1), expiry.error))
        _ = client.handle(.stored)
        _ = client.tick()
        _ = client.handle(.opened(generation: 2, greeted: true))
        let resumed = AttachResult(
            session: "successor", epoch: "clean", headSeq: 1, mode: .delta, afterSeq: 0, tier: .brief, turn: nil,
            expiresAt: nil)
        let started = Server.frame(event(1, .turnStart("two", prompt: "v")), session: "successor")
        var effects = client.handle(
            .received(
                generation: 2,
                [Server.greeting(resumed), started, Server.fence(1, epoch: "clean", session: "successor")]))
        effects += client.handle(.stored)
        #expect(client.isLive && client.runningTurn == "two")
        #expect(
            !effects.contains { effect in
                if case .send(_, .notification(Method.cancel, _)) = effect { true } else { false }
            })
    }

    private func resumed(_ client: Client, turn: TurnID?, then entries: [Entry] = []) -> [SyncEffect] {
        _ = client.tick()
        _ = client.handle(.opened(generation: 2, greeted: true))
        let head = 4 + Seq(entries.count)
        var effects = client.handle(
            .received(
                generation: 2,
                [Server.greeting(attached(after: 4, head: head, turn: turn))] + entries.map { Server.frame($0) }
                    + [Server.fence(head)]))
        if !entries.isEmpty { effects += client.handle(.stored) }
        #expect(client.isLive)
        return effects
    }

    @Test func waitsForAConnection() {
        let client = Client.live(turn: "one")
        _ = client.handle(.closed(generation: 1, Closure(code: nil, reason: "")))
        #expect(client.handle(.cancelTurn) == [])
        #expect(resumed(client, turn: "one").contains(cancel("one", generation: 2)))
    }

    @Test func isSaidAgainWhenItMayHaveBeenLostWithItsConnection() {
        let client = Client.live(turn: "one")
        #expect(client.handle(.cancelTurn) == [cancel("one")])
        _ = client.handle(.closed(generation: 1, Closure(code: nil, reason: "")))
        #expect(resumed(client, turn: "one").contains(cancel("one", generation: 2)))
    }

    @Test func neverStopsTheNextTurn() {
        let client = Client.live(turn: "one")
        _ = client.handle(.closed(generation: 1, Closure(code: nil, reason: "")))
        _ = client.handle(.cancelTurn)
        let entries = [
            event(5, .turnEnd("one", .stopped(.endTurn))), event(6, .turnStart("two", prompt: "u")),
        ]
        let effects = resumed(client, turn: "two", then: entries)
        #expect(client.runningTurn == "two")
        #expect(!effects.contains(cancel("one", generation: 2)) && !effects.contains(cancel("two", generation: 2)))
    }
}
