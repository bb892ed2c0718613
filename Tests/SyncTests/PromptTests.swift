import Testing
import Wire

@testable import Sync

/// Prompts: each exactly once, whatever is lost (`protocol.md` §8).
@Suite struct PromptTests {
    @Test func goesOutAndLeavesTheOutboxWithItsEntry() {
        let client = Client.live()
        #expect(
            client.handle(.queued(item("a"))) == [
                .outbox([item("a")]), .markSent(["a"]), prompt(1, "a"),
                .outbox([item("a", state: .sent, wasSent: true)]),
            ])
        #expect(
            client.receive(Server.frame(echo(5, of: "a")))
                == [.store([.append(Client.session, Client.epoch, [echo(5, of: "a")])])])
        // Received is not enough: the machine may die before the mirror has it.
        #expect(client.outboxItems == [item("a", state: .sent, wasSent: true)])
        #expect(client.handle(.stored) == [])
        #expect(client.outboxItems == [])
        #expect(client.receive(.response(.number(1), result: ["stopReason": "end_turn"])) == [])
    }

    /// What a chat that is left goes on for.
    @Test func isUnsentUntilItIsConfirmedOrCannotBe() {
        let client = Client.live()
        #expect(!client.hasUnsent)
        _ = client.handle(.queued(item("a")))
        #expect(client.hasUnsent)
        _ = client.receive(Server.frame(echo(5, of: "a")))
        #expect(client.hasUnsent, "its entry is not on the disk")
        _ = client.handle(.stored)
        #expect(!client.hasUnsent)
        _ = client.handle(.queued(item("b")))
        _ = client.receive(.failure(.number(2), .invalidParams("no")))
        #expect(!client.hasUnsent, "\(client.outboxItems)")
        _ = client.handle(.set(.mode("slow")))
        #expect(client.hasUnsent)
        _ = client.handle(.quit)
        #expect(!client.hasUnsent, "it sends nothing any more")
    }

    /// A server that says what it takes is sent nothing longer; the others go out.
    @Test func oneThatIsLongerThanTheServerTakesStaysWithAReason() {
        for (length, isSent) in [(800, true), (1_000, false), (5_000, false)] {
            var long = item("long")
            long.content = [.text(String(repeating: "x", count: length))]
            let client = Client(session: Client.session, position: at(4), outbox: [long, item("short")])
            _ = client.tick()
            _ = client.handle(.opened(generation: 1, greeted: true))
            let effects = client.receive(
                Server.greeting([.attached(attached(after: 4, head: 4))], messageBytes: 1_000), Server.fence(4))
            #expect(effects.contains(.markSent(isSent ? ["long", "short"] : ["short"])))
            let state = client.outboxItems.first?.state
            if isSent {
                #expect(state == .sent)
            } else {
                #expect(
                    state
                        == .refused(
                            "the server takes messages of at most 1000 bytes: put the text into a file of the folder and"
                                + " ask about that"))
            }
            #expect(client.outboxItems.last?.state == .sent)
            #expect(client.isLive)
        }
    }

    /// A server that does not say it closes the connection: the longest stays, and the client comes back.
    @Test func theLongestIsNotSentAgainToAServerThatClosedWith1009() {
        var long = item("long")
        long.content = [.text(String(repeating: "x", count: 100))]
        let client = Client.live(outbox: [item("a"), long, item("b")])
        _ = client.handle(.closed(generation: 1, Closure(code: .tooBig, reason: "too big")))
        guard case .refused(let reason)? = client.outboxItems.first(where: { $0.id == "long" })?.state else {
            Issue.record("\(client.outboxItems)")
            return
        }
        #expect(reason.hasPrefix("the server takes no message as long as this one"))
        #expect(client.outboxItems.count { $0.state == .pending } == 2)
        #expect(client.nextDeadline != nil, "it comes back")
    }

    @Test func anAnswerDoesNotTakeItOut() {
        let client = Client.live()
        _ = client.handle(.queued(item("a")))
        #expect(client.receive(.response(.number(1), result: ["stopReason": "end_turn"])) == [])
        #expect(client.outboxItems == [item("a", state: .sent, wasSent: true)])
    }

    @Test func waitsForAConnectionThatIsCurrent() {
        let client = Client(session: Client.session, position: at(4), outbox: [item("a", wasSent: true)])
        #expect(
            client.handle(.queued(item("b"))) == [
                .outbox([item("a", wasSent: true), item("b")]),
                status(.offline(since: .zero, attempt: 0, retryAt: .zero), roundTrip: nil),
            ])
        _ = client.tick()
        _ = client.handle(.opened(generation: 1, greeted: true), after: .milliseconds(100))
        #expect(client.receive(Server.greeting(attached(after: 4, head: 4))) == [])
        #expect(
            client.receive(Server.fence(4)) == [
                .markSent(["a", "b"]), prompt(1, "a"), prompt(2, "b"),
                .outbox([item("a", state: .sent, wasSent: true), item("b", state: .sent, wasSent: true)]),
                status(.live),
            ])
    }

    /// Where the connection ends, after the prompt was queued while live.
    enum Cut: CaseIterable { case beforeAnything, afterEcho, afterEchoStored, afterStoreBegan }

    @Test(arguments: Cut.allCases) func goesOutAgainUnlessItsEntryIsStored(_ cut: Cut) {
        let client = Client.live()
        _ = client.handle(.queued(item("a")))
        if cut != .beforeAnything { _ = client.receive(Server.frame(echo(5, of: "a"))) }
        if cut == .afterEchoStored { _ = client.handle(.stored) }
        _ = client.handle(.closed(generation: 1, Closure(code: nil, reason: "reset")))
        switch cut {
        case .beforeAnything: #expect(client.outboxItems == [item("a", wasSent: true)])
        case .afterEcho: _ = client.handle(.storeFailed("no room"))
        case .afterEchoStored: #expect(client.outboxItems == [])
        case .afterStoreBegan: _ = client.handle(.stored)
        }
        let isStored = cut == .afterEchoStored || cut == .afterStoreBegan
        let seq: Seq = isStored ? 5 : 4
        #expect(client.tick().first == .dial(generation: 2, Client.hello(at: at(seq))))
        _ = client.handle(.opened(generation: 2, greeted: true))
        _ = client.handle(.received(generation: 2, [Server.greeting(attached(after: seq, head: seq))]))
        let effects = client.handle(.received(generation: 2, [Server.fence(seq)]))
        // The same key, so that the server joins it to what it may have; a new request.
        #expect(effects.contains(prompt(2, "a", generation: 2)) == !isStored)
        #expect(client.outboxItems == (isStored ? [] : [item("a", state: .sent, wasSent: true)]))
    }

    @Test func theReplayMayBringTheEntryBeforeItGoesOutAgain() {
        let client = Client.live()
        _ = client.handle(.queued(item("a")))
        _ = client.handle(.closed(generation: 1, Closure(code: nil, reason: "reset")))
        _ = client.tick()
        _ = client.handle(.opened(generation: 2, greeted: true))
        _ = client.handle(
            .received(
                generation: 2,
                [Server.greeting(attached(after: 4, head: 5)), Server.frame(echo(5, of: "a")), Server.fence(5)]))
        let effects = client.handle(.stored)
        #expect(client.isLive)
        #expect(!effects.contains(prompt(2, "a", generation: 2)))
        #expect(client.outboxItems == [])
    }

    @Test func aRefusedPromptStaysWithTheReasonUntilTakenBack() {
        let client = Client.live()
        _ = client.handle(.queued(item("a")))
        let refused = item("a", state: .refused("too long"), wasSent: true)
        #expect(client.receive(Server.error(1, "too_big", "too long")) == [.outbox([refused])])
        _ = client.handle(.tick, after: .seconds(3))
        _ = client.handle(.closed(generation: 1, Closure(code: nil, reason: "")))
        #expect(client.outboxItems == [refused])
        #expect(client.handle(.takenBack("a")) == [.outbox([])])
    }

    /// The answer can be here before the entries that it is about are on the disk.
    @Test func aPromptWhoseTurnFailedWasNotRefused() {
        let client = Client.live()
        _ = client.handle(.queued(item("a")))
        let sent = item("a", state: .sent, wasSent: true)
        #expect(client.receive(Server.error(1, "turn_failed", "the tool is broken")) == [.outbox([sent])])
        #expect(client.outboxItems == [sent])
    }

    @Test(arguments: ["disk_full", "storage_failed", "queue_full"])
    func whatTheServerCannotStoreNowGoesOutAgainAfterAWhile(_ reason: String) {
        let client = Client.live()
        _ = client.handle(.queued(item("a")))
        #expect(
            client.receive(Server.error(1, reason)) == [
                .outbox([item("a", wasSent: true)]), status(.live, failure: "no"),
            ])
        #expect(client.nextDeadline == .at(2_100))
        #expect(client.handle(.tick, after: .milliseconds(1_999)) == [])
        #expect(
            client.handle(.tick, after: .milliseconds(1)) == [
                .markSent(["a"]), prompt(2, "a"), .outbox([item("a", state: .sent, wasSent: true)]),
            ])
    }

    @Test func anErrorForNothingChangesNothing() {
        let client = Client.live(outbox: [])
        #expect(client.receive(Server.error(77, "disk_full")) == [])
        #expect(client.nextDeadline == .at(20_100))
    }
}
