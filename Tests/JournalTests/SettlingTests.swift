import JournalKit
import Ledger
import StorageKit
import TestKit
import Testing
import Wire

/// A commit of which nobody knows whether it was written: it is found out behind a new lease, after which it cannot arrive
/// any more.
@Suite struct SettlingTests {
    private let store = MemoryJournal(.severalNodes)
    private let line: FaultyStore
    private let lease: Lease
    private let failure = StoreError.failed("the connection to the store ended")

    init() throws {
        line = FaultyStore(store)
        try store.create(session("s"))
        lease = try store.lease(of: "s", for: "a")
        #expect(store.commit(commit("s", [note(1)]), under: lease) == .stored)
    }

    private var next: LeasedCommit { LeasedCommit(commit("s", notes(2...3)), under: lease) }

    private func settle() -> (outcome: CommitOutcome, lease: Lease?) {
        line.settle(next, after: failure, ttl: .seconds(10), by: .never)
    }

    @Test func oneThatWasWrittenIsStored() throws {
        line.expect(.answerLost)
        #expect(line.commit([next], by: .never) == [.unknown(failure)])
        let settled = settle()
        #expect(settled.outcome == .stored)
        let new = try #require(settled.lease)
        #expect(new.token > lease.token && new.node == "a")
        #expect(line.commit(commit("s", [note(4)]), under: new) == .stored)
    }

    @Test func oneThatGotLostIsRefusedAndWrittenAgain() throws {
        line.expect(.requestLost)
        #expect(line.commit([next], by: .never) == [.unknown(failure)])
        let settled = settle()
        #expect(settled.outcome == .refused(failure))
        let new = try #require(settled.lease)
        #expect(line.commit(next.commit, under: new) == .stored)
    }

    /// The one that would spoil everything: it is on its way while its session goes on without it.
    @Test func oneThatArrivesLateIsFenced() throws {
        line.expect(.delayed)
        #expect(line.commit([next], by: .never) == [.unknown(failure)])
        let settled = settle()
        #expect(settled.outcome == .refused(failure))
        #expect(line.deliver() == [.fenced])
        let (other, new) = (commit("s", [note(2, "instead")]), try #require(settled.lease))
        #expect(line.commit(other, under: new) == .stored)
        store.clock.advance(by: .seconds(10))
        #expect(try store.load("s", of: nil)?.tail.last == other.entries.last)
    }

    @Test func oneOfASessionThatAnotherNodeTookIsFenced() throws {
        line.expect(.delayed)
        _ = line.commit([next], by: .never)
        store.clock.advance(by: .seconds(10))
        let taken = try store.lease(of: "s", for: "b")
        #expect(settle().outcome == .fenced && settle().lease == nil)
        #expect(line.deliver() == [.fenced])
        #expect(store.commit(commit("s", [note(2)]), under: taken) == .stored)
        store.clock.advance(by: .seconds(10))
        #expect(settle().outcome == .fenced, "somebody else has written")
    }

    @Test func oneOfADeletedSessionIsFenced() throws {
        try store.delete(["s"], node: "a", by: .never)
        let settled = settle()
        #expect(settled.outcome == .fenced && settled.lease == nil)
    }

    @Test func itStaysUnknownWhileTheStoreCannotBeAsked() {
        let settled = line.settle(next, after: failure, ttl: .seconds(10), by: Deadline(line.now))
        #expect(settled.outcome == .unknown(failure) && settled.lease == nil)
    }
}
