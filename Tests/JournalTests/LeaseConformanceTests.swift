import JournalKit
import Ledger
import StorageKit
import TestKit
import Testing
import Wire

/// What every store does about leases, as far as one node can see.
@Suite struct LeaseConformanceTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func make(_ kind: StoreKind) throws -> any JournalStore {
        let store = try kind.make(in: directory)
        for id in ["s", "t"] as [SessionID] { try store.create(session(id)) }
        return store
    }

    @Test(arguments: StoreKind.allCases) func aSessionIsTakenAsItIs(_ kind: StoreKind) throws {
        let store = try make(kind)
        #expect(try store.take("gone") == nil)
        #expect(try store.owner(of: "s", by: .never) == nil)
        let first = try #require(try store.take("s"))
        #expect(first.session.record == session("s") && first.lease.session == "s" && first.lease.node == .test)
        #expect(try store.owner(of: "s", by: .never) == .test)
        #expect(store.commit(commit("s", notes(1...2)), under: first.lease) == .stored)
        let second = try #require(try store.take("s"))
        #expect(second.session.record.headSeq == 2)
        #expect(second.lease.token > first.lease.token)
    }

    /// Who asks for another user's session learns nothing, and disturbs nobody.
    @Test(arguments: StoreKind.allCases) func anotherUsersSessionIsNotTaken(_ kind: StoreKind) throws {
        let store = try make(kind)
        let lease = try store.lease(of: "s")
        #expect(try store.take("s", of: Principal("somebody else"), for: "other") == nil)
        #expect(try store.owner(of: "s", by: .never) == .test)
        #expect(store.commit(commit("s", [note(1)]), under: lease) == .stored)
    }

    @Test(arguments: StoreKind.allCases) func theNextLeaseFencesTheOneBefore(_ kind: StoreKind) throws {
        let store = try make(kind)
        let (old, other) = (try store.lease(of: "s"), try store.lease(of: "t"))
        let new = try store.lease(of: "s")
        let stale = commit("s", [note(1)], [prompt("a", seq: 1)])
        #expect(store.commit(stale, under: old) == .fenced)
        #expect(try store.entries(of: "s", EntryPage(after: 0, through: .max)) == [], "nothing of it is written")
        #expect(try store.prompt("a", of: "s") == nil)
        // In one transaction with others, too.
        let outcomes = store.commit(
            [
                LeasedCommit(stale, under: old), LeasedCommit(commit("t", [note(1)]), under: other),
                LeasedCommit(commit("s", [note(1, "new")]), under: new),
            ], by: .never)
        #expect(outcomes == [.fenced, .stored, .stored])
        #expect(try store.load("s", of: nil)?.tail == [EncodedEntry(note(1, "new"))])
    }

    @Test(arguments: StoreKind.allCases) func aLeaseThatWasGivenBackIsNone(_ kind: StoreKind) throws {
        let store = try make(kind)
        let (old, lease) = (try store.lease(of: "s"), try store.lease(of: "s"))
        try store.release([old], by: .never)
        #expect(try store.owner(of: "s", by: .never) == .test, "an old one is given back to no effect")
        try store.release([lease, lease], by: .never)
        #expect(try store.owner(of: "s", by: .never) == nil)
        #expect(store.commit(commit("s", [note(1)]), under: lease) == .fenced)
        #expect(try store.renew([lease], ttl: .seconds(10), by: .never) == [])
        #expect(try store.lease(of: "s").token > lease.token, "also when it was forgotten")
    }

    @Test(arguments: StoreKind.allCases) func onlyTheNewestAreRenewed(_ kind: StoreKind) throws {
        let store = try make(kind)
        let (old, other) = (try store.lease(of: "s"), try store.lease(of: "t"))
        let new = try store.lease(of: "s")
        let renewed = try store.renew([old, other, new], ttl: .seconds(20), by: .never)
        #expect(renewed.map(\.token) == [other.token, new.token])
        #expect(store.commit(commit("s", [note(1)]), under: new) == .stored)
        #expect(store.commit(commit("t", [note(1)]), under: renewed[0]) == .stored)
    }

    @Test(arguments: StoreKind.allCases) func deletionEndsLeases(_ kind: StoreKind) throws {
        let store = try make(kind)
        let lease = try store.lease(of: "s")
        try store.delete("s")
        #expect(store.commit(commit("s", [note(1)]), under: lease) == .fenced)
        #expect(try store.owner(of: "s", by: .never) == nil)
        #expect(try store.take("s") == nil)
    }

    @Test(arguments: StoreKind.allCases) func aMarkNeedsTheLease(_ kind: StoreKind) throws {
        let store = try make(kind)
        let (old, new) = (try store.lease(of: "s"), try store.lease(of: "s"))
        let error = storeError { try store.expire(old, at: 5, successor: "t", by: .never) }
        #expect(error == .notNow(.ownedElsewhere("s", by: "test"), retryAfter: StoreError.Obstacle.retryDefault))
        #expect(try store.load("s", of: nil)?.record.expiry == nil)
        #expect(storeError { try store.expire(new, at: 5, successor: "t", by: .never) } != nil, "it was taken anew")
        try store.expire("s", at: 6, successor: "t")
        #expect(try store.load("s", of: nil)?.record.expiry == .init(at: 6, successor: "t"))
    }

    /// Sessions that the end of a server interrupted are claimed once, so many at a time.
    @Test(arguments: StoreKind.allCases) func interruptedSessionsAreClaimed(_ kind: StoreKind) throws {
        let store = try make(kind)
        try store.create(session("idle"))
        try store.commit([
            commit("s", [note(1)], [prompt("a", seq: 1), prompt("b", seq: 1)]),
            commit("t", [note(1)], [prompt("a", seq: 1)]), commit("idle", [note(1)]),
        ])
        func claim(_ limit: Int) throws -> [Lease] {
            try store.claimUnfinished(node: .test, limit: limit, ttl: .seconds(10), by: .never)
        }
        let first = try claim(1)
        #expect(first.count == 1)
        let second = try claim(9)
        #expect(Set((first + second).map(\.session)) == ["s", "t"] && second.count == 1)
        #expect(try claim(9) == [], "they are served")
        for lease in first + second {
            #expect(try store.owner(of: lease.session, by: .never) == .test)
            #expect(store.commit(commit(lease.session, [note(2)]), under: lease) == .stored)
        }
        try store.release([first[0]], by: .never)
        #expect(try claim(9).map(\.session) == [first[0].session])
    }
}
