import JournalKit
import Ledger
import StorageKit
import TestKit
import Testing
import Wire

/// Work whose deadline has passed is refused, with an error that says that it may be tried again, and nothing is done.
@Suite struct DeadlineConformanceTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test(arguments: StoreKind.allCases) func nothingIsDoneThatNobodyWaitsFor(_ kind: StoreKind) throws {
        let store = try kind.make(in: directory)
        try store.create(session("s"))
        let lease = try store.lease(of: "s")
        let late = Deadline(store.now)
        let token = TokenRecord(
            id: "a", hash: Array(repeating: 1, count: 32), principal: Principal("user"), createdAt: 1)
        try store.add(token)
        let page = EntryPage(after: 0, through: 9)
        let calls: [(String, () throws -> Void)] = [
            ("acquire", { _ = try store.acquire("s", of: nil, node: "other", ttl: .seconds(1), by: late) }),
            ("renew", { _ = try store.renew([lease], ttl: .seconds(1), by: late) }),
            ("release", { try store.release([lease], by: late) }),
            ("owner", { _ = try store.owner(of: "s", by: late) }),
            ("claim", { _ = try store.claimUnfinished(node: "other", limit: 1, ttl: .seconds(1), by: late) }),
            ("create", { _ = try store.create(session("t"), within: nil, by: late) }),
            ("expire", { try store.expire(lease, at: 1, successor: "t", by: late) }),
            ("touch", { try store.touch(["s": Instant(nanoseconds: 9)], served: Instant(nanoseconds: 9), by: late) }),
            ("delete", { try store.delete(["s"], node: .test, by: late) }),
            ("purge", { _ = try store.purge(by: late) }),
            ("prompt", { _ = try store.prompt("a", of: "s", by: late) }),
            ("entries", { _ = try store.entries(of: "s", page, by: late) }),
            ("usage", { _ = try store.usage(of: Principal("user"), by: late) }),
            (
                "sessions",
                { _ = try store.sessions(of: Principal("user"), directory: nil, offset: 0, limit: 1, by: late) }
            ),
            ("served", { _ = try store.served(by: late) }),
            (
                "abandoned",
                {
                    _ = try store.abandonedSessions(
                        seenBefore: .zero, isExpired: false, node: .test, limit: 1, by: late)
                }
            ),
            ("generation", { _ = try store.nextGeneration(by: late) }),
            ("add", { try store.add(token, by: late) }),
            ("token", { _ = try store.token(hash: token.hash, by: late) }),
            ("tokens", { _ = try store.tokens(nil, by: late) }),
            ("revoke", { _ = try store.revoke("a", at: 1, by: late) }),
            ("revocations", { _ = try store.revocations(by: late) }),
        ]
        for (name, call) in calls { #expect(storeError(call) == .late, "\(name)") }
        let next = LeasedCommit(commit("s", [note(1)]), under: lease)
        #expect(store.commit([next], by: late) == [.unavailable(retryAfter: StoreError.Obstacle.retryDefault)])

        #expect(try store.owner(of: "s", by: .never) == .test)
        #expect(try store.token(hash: token.hash) == token)
        #expect(try store.served() == .zero)
        #expect(store.commit([next], by: store.deadline(in: .seconds(60))) == [.stored])
        #expect(try store.sessions(of: Principal("user"), directory: nil, offset: 0, limit: 9).map(\.id) == ["s"])
        #expect(try store.load("s", of: nil)?.record.expiry == nil)
    }
}
