import Journal
import JournalKit
import Ledger
import Synchronization
import TestKit
import Testing
import Wire

@testable import Server

/// The one thread that writes: a session whose commit has an unknown outcome does not wait for those of all others.
@Suite struct GroupCommitterTests {
    /// A store whose first transaction waits at a gate, and that keeps what it was asked to do.
    private final class GatedStore: ForwardingStore {
        let base: any JournalStore & TokenStore
        let gate = Gate()
        let calls = Mutex<[String]>([])

        init(_ base: any JournalStore & TokenStore) { self.base = base }

        func commit(_ commits: [LeasedCommit], by deadline: Deadline) -> [CommitOutcome] {
            let isFirst = calls.withLock { calls in
                calls.append("write")
                return calls.count == 1
            }
            if isFirst { gate.pass() }
            return base.commit(commits, by: deadline)
        }

        func acquire(
            _ session: SessionID, of principal: Principal?, node: NodeID, ttl: Duration, by deadline: Deadline
        ) throws(StoreError) -> (session: StoredSession, lease: Lease)? {
            calls.withLock { $0.append("settle") }
            return try base.acquire(session, of: principal, node: node, ttl: ttl, by: deadline)
        }
    }

    /// A commit of one entry, of a session that is made for it.
    private func commit(of session: SessionID, in journal: SQLiteJournal) throws -> LeasedCommit {
        try journal.create(
            SessionRecord(
                id: session, epoch: "e", principal: Principal("user"), directory: "/usr", agent: "a", createdAt: 1))
        let entry = EncodedEntry(Entry(seq: 1, timestamp: 1, body: .event(.note("a note"))))
        return LeasedCommit(
            Commit(session: session, entries: [entry], prompts: []), under: try journal.lease(of: session))
    }

    @Test func anUnknownOutcomeIsSettledBeforeTheNextBatchIsWritten() async throws {
        let folder = try TemporaryDirectory("group-committer")
        let journal = try SQLiteJournal(folder: folder.path)
        let store = GatedStore(journal)
        let committer = GroupCommitter(store: store)
        let ended = Mutex<[String: CommitOutcome]>([:])
        let commits = try ["one", "two", "three"].map { try commit(of: SessionID($0), in: journal) }
        func write(_ number: Int) {
            committer.add(commits[number], of: Principal("user")) { outcome in
                ended.withLock { $0["write \(number)"] = outcome }
            }
        }
        write(0)
        #expect(await eventually { store.calls.withLock { $0 } == ["write"] })
        write(1)
        let failure = StoreError.failed("nobody knows")
        committer.settle(commits[2], after: failure) { outcome, lease in
            ended.withLock { $0["settle"] = lease == nil ? nil : outcome }
        }
        store.gate.open()
        #expect(await eventually { ended.withLock { $0.count } == 3 })
        #expect(store.calls.withLock { $0 } == ["write", "settle", "write"])
        #expect(ended.withLock { $0 } == ["write 0": .stored, "write 1": .stored, "settle": .refused(failure)])

        // One that nothing waits with is settled as well.
        committer.settle(commits[0], after: failure) { outcome, _ in ended.withLock { $0["again"] = outcome } }
        #expect(await eventually { ended.withLock { $0["again"] } == .stored })
        await committer.stop()
    }
}
