import DequeModule
import FailPoints
import Ledger
import NIOCore
import NIOPosix
import Platform
import Wire

/// Group commit: has the commits of all sessions that have come together written in one transaction, one transaction at a
/// time, on a thread that nothing else uses.
///
/// A transaction is bounded in bytes, and users are served round-robin: one who writes a lot delays others by one
/// transaction and not by everything that it writes.
final class GroupCommitter: Sendable {
    private struct Entry: Sendable {
        var commit: LeasedCommit
        var ended: @Sendable (CommitOutcome) -> Void
    }

    private struct State {
        var waiting = FairQueue<Principal, Entry>(share: .max)
        /// Commits whose outcome is to be found out; between two batches, since a session waits for each.
        var settling: Deque<@Sendable () -> Void> = []
        var isWriting = false
    }

    /// What the thread does next.
    private enum Step {
        case settle(@Sendable () -> Void)
        case write([Entry])
    }

    /// The most bytes of one transaction; a single larger commit is written alone.
    private static let bytesMaximum: Int64 = 4 << 20

    /// How long the store may be busy before commits are refused; agents then repeat theirs, and clients their prompts.
    private static let timeout = Duration.seconds(5)

    private let store: any JournalStore
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let state = Locked(State())

    init(store: any JournalStore) {
        self.store = store
        thread.start()
    }

    /// Queues a commit. Everything that is queued before the thread takes the next batch shares its transaction.
    ///
    /// - Parameter ended: Called on the committer's thread; never when the server ends first.
    func add(
        _ commit: LeasedCommit, of user: Principal, ended: @escaping @Sendable (CommitOutcome) -> Void
    ) {
        add { $0.waiting.add(Entry(commit: commit, ended: ended), of: user) }
    }

    private func add(_ body: (inout State) -> Void) {
        let begins = state.withLock { state in
            body(&state)
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if begins { thread.submit { state in if case .active = state { self.work() } } }
    }

    /// Finds out what became of a commit with an unknown outcome (``JournalStore/settle(_:after:ttl:by:)``). It waits for
    /// the batch that is being written, and for none that waits.
    ///
    /// - Parameter ended: Called on the committer's thread; never when the server ends first.
    func settle(
        _ commit: LeasedCommit, after failure: StoreError,
        ended: @escaping @Sendable (CommitOutcome, Lease?) -> Void
    ) {
        let settle: @Sendable () -> Void = { [store] in
            let deadline = store.deadline(in: GroupCommitter.timeout)
            let settled = store.settle(commit, after: failure, ttl: Services.leaseTTL, by: deadline)
            ended(settled.outcome, settled.lease)
        }
        add { $0.settling.append(settle) }
    }

    /// Ends when the commits in flight are written.
    func stop() async { try? await thread.shutdownGracefully() }

    /// Settles and writes for as long as any commit waits.
    private func work() {
        while let step = nextStep() {
            switch step {
            case .settle(let settle): settle()
            case .write(let batch):
                for (entry, outcome) in zip(batch, write(batch.map(\.commit))) { entry.ended(outcome) }
            }
        }
    }

    private func nextStep() -> Step? {
        state.withLock { state in
            if let settle = state.settling.popFirst() { return .settle(settle) }
            let batch = GroupCommitter.next(&state.waiting)
            state.isWriting = !batch.isEmpty
            return batch.isEmpty ? nil : .write(batch)
        }
    }

    private static func next(_ waiting: inout FairQueue<Principal, Entry>) -> [Entry] {
        var batch: [Entry] = []
        var bytes: Int64 = 0
        while bytes < bytesMaximum, let (user, entry) = waiting.next() {
            waiting.done(user)
            bytes += entry.commit.commit.bytes
            batch.append(entry)
        }
        return batch
    }

    private func write(_ batch: [LeasedCommit]) -> [CommitOutcome] {
        FailPoint.hit("server.commit.begin")
        let outcomes = store.commit(batch, by: store.deadline(in: GroupCommitter.timeout))
        if outcomes.contains(.stored) { FailPoint.hit("server.committed") }
        return outcomes
    }
}
