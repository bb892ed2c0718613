import FailPoints
import Ledger
import NIOCore
import NIOPosix
import Wire

/// Writes commits to the store, as many as have come together in one transaction, one transaction at a time, on a thread
/// that does nothing else.
///
/// A transaction is bounded in bytes, and users take turns to be in it: one who writes a lot makes others wait for one
/// transaction, and not for everything that it writes. Confined to the hub's loop.
final class Committer {
    /// A commit, and which ledger it is of: a session that was forgotten meanwhile does not get another's outcome.
    struct Entry: Sendable {
        var commit: Commit
        var ledger: UInt64
    }

    /// What became of a commit.
    enum Outcome: Sendable {
        /// It is durable.
        case stored
        /// Nothing of it was written.
        case refused(StoreError)
        /// The store failed, and so did looking whether it had written it: nothing else of this session may be written
        /// before that is known.
        case unknown(StoreError)
    }

    /// The most bytes of one transaction; one commit there is always.
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

    /// Writes what waits. Called at the end of each turn of the loop, so that everything of one turn shares a
    /// transaction.
    ///
    /// - Returns: What became of each commit, when the disk has answered; `nil` when there is nothing to do.
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

    /// Looks once more what became of a commit.
    func settle(_ commit: Commit, after failure: StoreError) -> EventLoopFuture<Outcome> {
        thread.runIfActive(eventLoop: loop) { [store] in Committer.outcome(of: commit, after: failure, in: store) }
    }

    /// The transaction ended; the next may begin.
    func ended() { isWriting = false }

    /// All together; if that fails, each alone, so that one session's trouble is not the others'.
    private static func write(_ batch: [Commit], to store: any JournalStore) -> [Outcome] {
        guard let failure = failure(of: batch, to: store) else { return batch.map { _ in .stored } }
        return batch.map { commit in
            let outcome = outcome(of: commit, after: failure, in: store)
            guard case .refused = outcome, batch.count > 1 else { return outcome }
            guard let failure = Committer.failure(of: [commit], to: store) else { return .stored }
            return Committer.outcome(of: commit, after: failure, in: store)
        }
    }

    /// What became of a commit that failed. A store may fail after it has written (its disk or its network may): what
    /// stands in the journal says which it was, and the journal is asked before anything else is made of it.
    private static func outcome(
        of commit: Commit, after failure: StoreError, in store: any JournalStore
    ) -> Outcome {
        guard let last = commit.entries.last else { return .refused(failure) }
        do throws(StoreError) {
            let page = EntryPage(after: last.seq - 1, through: last.seq, limit: 1)
            return try store.entries(of: commit.session, page).first == last ? .stored : .refused(failure)
        } catch {
            return .unknown(failure)
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
