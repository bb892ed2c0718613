import JournalKit
import Ledger
import StorageKit
import TestKit
import Testing
import Wire

/// A store that several nodes share: one serves a session at a time, and nothing that an earlier one still writes arrives.
@Suite struct SeveralNodesTests {
    private let store = MemoryJournal(.severalNodes)
    private let ttl = Duration.seconds(10)

    init() throws { for id in ["s", "t"] as [SessionID] { try store.create(session(id)) } }

    private func take(_ session: SessionID, for node: NodeID) throws -> (session: StoredSession, lease: Lease)? {
        try store.take(session, for: node, ttl: ttl)
    }

    @Test func aSessionThatIsServedIsNotTaken() throws {
        let lease = try #require(try take("s", for: "a")).lease
        #expect(lease.expiresAt == store.now + ttl)
        store.clock.advance(by: .seconds(4))
        let error = try #require(storeError { _ = try take("s", for: "b") })
        #expect(error == .notNow(.ownedElsewhere("s", by: "a"), retryAfter: .seconds(6)))
        #expect(error.retryAfter == .seconds(6) && error.reason == "unavailable")
        #expect(error.description.contains("s is served by another server, a: try again in 6000 ms"))
        #expect(try take("s", for: "a") != nil, "the node itself may, as after a restart")
        #expect(try take("t", for: "b") != nil)
    }

    /// A node that stood still believes that it serves the session; the store knows better.
    @Test func aLeaseThatLapsedIsTakenAndItsHolderFenced() throws {
        let old = try #require(try take("s", for: "a")).lease
        #expect(store.commit(commit("s", [note(1)]), under: old) == .stored)
        store.clock.advance(by: ttl)
        #expect(try store.owner(of: "s", by: .never) == nil)
        let taken = try #require(try take("s", for: "b"))
        #expect(taken.session.record.headSeq == 1 && taken.lease.token > old.token)
        #expect(store.commit(commit("s", [note(2, "late")]), under: old) == .fenced)
        #expect(try store.renew([old], ttl: ttl, by: .never) == [])
        try store.release([old], by: .never)
        #expect(try store.owner(of: "s", by: .never) == "b")
        #expect(store.commit(commit("s", [note(2)]), under: taken.lease) == .stored)
    }

    /// Between its lapse and the next lease nothing can have been written: its holder goes on.
    @Test func aLeaseThatLapsedAndThatNobodyTookIsRenewed() throws {
        let lease = try #require(try take("s", for: "a")).lease
        store.clock.advance(by: .seconds(60))
        #expect(store.commit(commit("s", [note(1)]), under: lease) == .stored)
        let renewed = try store.renew([lease], ttl: ttl, by: .never)
        #expect(renewed.map(\.expiresAt) == [store.now + ttl] && renewed.map(\.token) == [lease.token])
        #expect(storeError { _ = try take("s", for: "b") }?.retryAfter == ttl)
    }

    @Test func interruptedSessionsOfADeadNodeAreClaimed() throws {
        let (dead, live) = (try #require(try take("s", for: "a")).lease, try #require(try take("t", for: "b")).lease)
        for lease in [dead, live] {
            let turn = commit(lease.session, [note(1)], [prompt("p", seq: 1)])
            #expect(store.commit(turn, under: lease) == .stored)
        }
        #expect(try store.claimUnfinished(node: "c", limit: 9, ttl: ttl, by: .never) == [])
        store.clock.advance(by: .seconds(6))
        _ = try store.renew([live], ttl: ttl, by: .never)
        store.clock.advance(by: .seconds(6))
        let claimed = try store.claimUnfinished(node: "c", limit: 9, ttl: ttl, by: .never)
        #expect(claimed.map(\.session) == ["s"] && claimed.map(\.node) == ["c"])
        #expect(try store.claimUnfinished(node: "d", limit: 9, ttl: ttl, by: .never) == [])
        #expect(store.commit(commit("s", [note(2)]), under: dead) == .fenced)
    }

    @Test func onlyItsNodeDeletesASessionThatIsServed() throws {
        let lease = try #require(try take("s", for: "a")).lease
        let error = storeError { try store.delete(["t", "s"], node: "b", by: .never) }
        #expect(error == .notNow(.ownedElsewhere("s", by: "a"), retryAfter: ttl))
        #expect(try store.load("t", of: nil) != nil, "all or none")
        func abandoned(by node: NodeID) throws -> [SessionID] {
            try store.abandonedSessions(
                seenBefore: Instant(nanoseconds: 1), isExpired: false, node: node, limit: 9, by: .never)
        }
        #expect(try abandoned(by: "b") == ["t"])
        #expect(try abandoned(by: "a") == ["s", "t"])
        store.clock.advance(by: ttl)
        #expect(try abandoned(by: "b") == ["s", "t"])
        try store.delete(["t", "s"], node: "b", by: .never)
        #expect(store.commit(commit("s", [note(1)]), under: lease) == .fenced)
    }

    /// A store that is locked for longer than the caller waits does not write what nobody expects any more.
    @Test func aCommitThatWaitedForTooLongIsNotWritten() throws {
        let line = FaultyStore(store)
        let lease = try #require(try take("s", for: "a")).lease
        let next = LeasedCommit(commit("s", [note(1)]), under: lease)
        line.expect(.locked(for: .seconds(5)), .unreachable(retryAfter: .seconds(3)), .locked(for: .seconds(4)))
        #expect(line.commit([next], by: line.deadline(in: .seconds(5))).first?.isUnavailable == true)
        #expect(line.commit([next], by: line.deadline(in: .seconds(5))) == [.unavailable(retryAfter: .seconds(3))])
        #expect(try store.entries(of: "s", EntryPage(after: 0, through: 9)) == [])
        #expect(line.commit([next], by: line.deadline(in: .seconds(5))) == [.stored])
    }

    @Test func generationsAreOneOrderForAllNodes() throws {
        let lines = [FaultyStore(store), FaultyStore(store)]
        let numbers = try (0..<9).map { try lines[$0 % 2].nextGeneration(by: .never) }
        #expect(numbers == numbers.sorted() && Set(numbers).count == 9)
    }
}

extension CommitOutcome {
    fileprivate var isUnavailable: Bool { if case .unavailable = self { true } else { false } }
}
