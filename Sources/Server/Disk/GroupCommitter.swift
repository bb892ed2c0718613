import FailPoints
import Ledger
import NIOCore
import NIOPosix
import Platform
import Wire

/// Group commit: writes the commits of all sessions that have come together in one transaction, one transaction at a
/// time, on a thread that nothing else uses.
///
/// A transaction is bounded in bytes, and users are served round-robin: one who writes a lot delays others by one
/// transaction and not by everything that it writes.
final class GroupCommitter: Sendable {
    /// The outcome of a commit.
    enum Outcome: Sendable {
        /// It is durable.
        case stored
        /// Nothing of it was written.
        case refused(StoreError)
        /// The store failed, and so did the read that checks whether the commit was written: nothing else of this
        /// session may be written before that is known.
        case unknown(StoreError)
    }

    private struct Entry: Sendable {
        var commit: Commit
        var ended: @Sendable (Outcome) -> Void
    }

    private struct State {
        var waiting = FairQueue<Principal, Entry>(share: .max)
        var isWriting = false
    }

    /// The most bytes of one transaction; a single larger commit is written alone.
    private static let bytesMaximum: Int64 = 4 << 20

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
    func add(_ commit: Commit, of user: Principal, ended: @escaping @Sendable (Outcome) -> Void) {
        let begins = state.withLock { state in
            state.waiting.add(Entry(commit: commit, ended: ended), of: user)
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if begins { thread.submit { state in if case .active = state { self.write() } } }
    }

    /// Checks again whether a commit with an unknown outcome was written.
    func settle(_ commit: Commit, after failure: StoreError, ended: @escaping @Sendable (Outcome) -> Void) {
        thread.submit { [self] state in
            if case .active = state { ended(outcome(of: commit, after: failure)) }
        }
    }

    /// Ends when the commits in flight are written.
    func stop() async { try? await thread.shutdownGracefully() }

    /// Writes batches for as long as any commit waits.
    private func write() {
        while true {
            let batch = state.withLock { state in
                let batch = GroupCommitter.next(&state.waiting)
                state.isWriting = !batch.isEmpty
                return batch
            }
            guard !batch.isEmpty else { return }
            for (entry, outcome) in zip(batch, write(batch.map(\.commit))) { entry.ended(outcome) }
        }
    }

    private static func next(_ waiting: inout FairQueue<Principal, Entry>) -> [Entry] {
        var batch: [Entry] = []
        var bytes: Int64 = 0
        while bytes < bytesMaximum, let (user, entry) = waiting.next() {
            waiting.done(user)
            bytes += entry.commit.bytes
            batch.append(entry)
        }
        return batch
    }

    /// Writes the batch in one transaction; if that fails, each commit alone, so that one damaged session does not fail
    /// the others.
    private func write(_ batch: [Commit]) -> [Outcome] {
        guard let failure = failure(of: batch) else { return batch.map { _ in .stored } }
        return batch.map { commit in
            let outcome = outcome(of: commit, after: failure)
            guard case .refused = outcome, batch.count > 1 else { return outcome }
            guard let failure = self.failure(of: [commit]) else { return .stored }
            return self.outcome(of: commit, after: failure)
        }
    }

    /// The outcome of a commit that failed. A store may fail after it has written, such as on a network file system, so
    /// the journal is read to find out whether the entries are there.
    private func outcome(of commit: Commit, after failure: StoreError) -> Outcome {
        guard let last = commit.entries.last else { return .refused(failure) }
        do throws(StoreError) {
            let page = EntryPage(after: last.seq - 1, through: last.seq, limit: 1)
            return try store.entries(of: commit.session, page).first == last ? .stored : .refused(failure)
        } catch {
            // Damage lasts, and waiting for it to pass would keep the session's turn from ever ending.
            return error.isDamage ? .refused(error) : .unknown(failure)
        }
    }

    private func failure(of commits: [Commit]) -> StoreError? {
        do throws(StoreError) {
            FailPoint.hit("server.commit.begin")
            try store.commit(commits)
            FailPoint.hit("server.committed")
            return nil
        } catch {
            return error
        }
    }
}
