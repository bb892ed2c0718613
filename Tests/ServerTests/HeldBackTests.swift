import Ledger
import NIOCore
import Testing
import Wire

@testable import Server

/// What sessions post while `initialize` is being answered.
@Suite struct HeldBackTests {
    private static let connection = ConnectionID(rawValue: 1)

    private func entries(_ range: ClosedRange<Seq>, bytes: Int = 0) -> [EncodedEntry] {
        range.map { seq in
            EncodedEntry(
                Entry(seq: seq, timestamp: 0, body: .event(.note(String(repeating: "x", count: bytes)))))
        }
    }

    private func live(_ range: ClosedRange<Seq>, bytes: Int = 0) -> LedgerEffect {
        .deliver(Self.connection, entries(range, bytes: bytes), isReplay: false)
    }

    private func items(_ held: HeldBack, of session: SessionID) -> [HeldBack.Item] {
        held.items.filter { $0.0 == session }.map(\.1)
    }

    @Test func everythingIsKeptInOrderBelowTheBound() {
        var held = HeldBack()
        let replay = LedgerEffect.deliver(Self.connection, entries(1...3), isReplay: true)
        held.append([replay, live(4...4)], of: "a", atMost: 10_000)
        held.append([live(1...1)], of: "b", atMost: 10_000)
        held.append([live(5...5)], of: "a", atMost: 10_000)
        #expect(held.items.map(\.0) == ["a", "a", "b", "a"])
        #expect(items(held, of: "a") == [.effect(replay), .effect(live(4...4)), .effect(live(5...5))])
    }

    @Test func beyondTheBoundLiveEntriesAreDroppedAndTheSessionIsToldOnce() {
        var held = HeldBack()
        let answer = LedgerEffect.respond(Self.connection, .number(1), .failure(RPCError(.internalError, "late")))
        held.append([live(4...4, bytes: 6_000)], of: "a", atMost: 10_000)
        held.append([live(5...7, bytes: 6_000), answer], of: "a", atMost: 10_000)
        for seq in 8...1_000 as ClosedRange<Seq> { held.append([live(seq...seq)], of: "a", atMost: 10_000) }
        #expect(
            items(held, of: "a") == [.effect(live(4...4, bytes: 6_000)), .dropped(behind: 4), .effect(answer)],
            "the answer stays in its place, and waits there for what was dropped")
        held.append([live(1...1)], of: "b", atMost: 10_000)
        #expect(items(held, of: "b") == [.dropped(behind: 0)], "the bound is the connection's")
    }

    /// What an attach replays from memory is not live: it is bounded by the tails of the sessions that are named.
    @Test func aReplayIsNeverDropped() {
        var held = HeldBack()
        let replay = LedgerEffect.deliver(Self.connection, entries(1...3, bytes: 50_000), isReplay: true)
        held.append([replay], of: "a", atMost: 10_000)
        #expect(items(held, of: "a") == [.effect(replay)])
    }
}
