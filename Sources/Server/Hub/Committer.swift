import FailPoints
import Ledger
import NIOCore
import NIOPosix
import Wire

/// Group commit: writes the commits of all sessions that have come together in one transaction, one transaction at a
/// time, on a thread of its own.
///
/// A transaction is bounded in bytes, and users are served round-robin: one who writes a lot delays others by one
/// transaction and not by everything that it writes. Confined to the hub's loop.
final class Committer {
    /// A commit and the incarnation of its ledger, so that a session that was deleted or reloaded meanwhile does not
    /// get the outcome of an earlier commit.
    struct Entry: Sendable {
        var commit: Commit
        var ledger: UInt64
    }

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

    /// The most bytes of one transaction; a single larger commit is written alone.
    private static let bytesMaximum: Int64 = 4 << 20

    private let store: any JournalStore
    let thread = NIOThreadPool(numberOfThreads: 1)
    private let loop: any EventLoop
    private var waiting = FairQueue<Principal, Entry>(share: .max)
    private var isWriting = false

    init(store: any JournalStore, loop: any EventLoop) {
        self.store = store
        self.loop = loop
        thread.start()
    }

    func add(_ commit: Commit, of user: Principal, ledger: UInt64) {
        waiting.add(Entry(commit: commit, ledger: ledger), of: user)
    }

    /// Writes the queued commits. Called at the end of each event loop tick, so that everything of one tick shares a
    /// transaction.
    ///
    /// - Returns: The outcomes, once the disk has answered; `nil` when nothing waits or a transaction is in flight.
    func flush() -> EventLoopFuture<[(Entry, Outcome)]>? {
        guard !isWriting, !waiting.isEmpty else { return nil }
        isWriting = true
        var batch: [Entry] = []
        var bytes: Int64 = 0
        while bytes < Committer.bytesMaximum, let (user, entry) = waiting.next() {
            waiting.done(user)
            bytes += entry.commit.bytes
            batch.append(entry)
        }
        return thread.runIfActive(eventLoop: loop) { [store, batch] in
            Array(zip(batch, Committer.write(batch.map(\.commit), to: store)))
        }
    }

    /// Checks again whether a commit with an unknown outcome was written.
    func settle(_ commit: Commit, after failure: StoreError) -> EventLoopFuture<Outcome> {
        thread.runIfActive(eventLoop: loop) { [store] in Committer.outcome(of: commit, after: failure, in: store) }
    }

    /// The transaction ended; the next may begin.
    func ended() { isWriting = false }

    /// Writes the batch in one transaction; if that fails, each commit alone, so that one damaged session does not fail
    /// the others.
    private static func write(_ batch: [Commit], to store: any JournalStore) -> [Outcome] {
        guard let failure = failure(of: batch, to: store) else { return batch.map { _ in .stored } }
        return batch.map { commit in
            let outcome = outcome(of: commit, after: failure, in: store)
            guard case .refused = outcome, batch.count > 1 else { return outcome }
            guard let failure = Committer.failure(of: [commit], to: store) else { return .stored }
            return Committer.outcome(of: commit, after: failure, in: store)
        }
    }

    /// The outcome of a commit that failed. A store may fail after it has written, such as on a network file system, so
    /// the journal is read to find out whether the entries are there.
    private static func outcome(
        of commit: Commit, after failure: StoreError, in store: any JournalStore
    ) -> Outcome {
        guard let last = commit.entries.last else { return .refused(failure) }
        do throws(StoreError) {
            let page = EntryPage(after: last.seq - 1, through: last.seq, limit: 1)
            return try store.entries(of: commit.session, page).first == last ? .stored : .refused(failure)
        } catch {
            // Damage lasts, and waiting for it to pass would keep the session's turn from ever ending.
            return error.isDamage ? .refused(error) : .unknown(failure)
        }
    }

    private static func failure(of commits: [Commit], to store: any JournalStore) -> StoreError? {
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
