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
    struct Entry {
        var commit: Commit
        var ledger: UInt64
    }

    /// What became of a commit.
    struct Outcome: Sendable {
        var session: SessionID
        var ledger: UInt64
        /// How many bytes it added to the session, if it did.
        var bytes: Int64
        var failure: StoreError?
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
    func flush() -> EventLoopFuture<[Outcome]>? {
        guard !isWriting, !waiting.isEmpty else { return nil }
        isWriting = true
        var batch: [Entry] = []
        var bytes: Int64 = 0
        while bytes < Committer.bytesMaximum, let (user, entry) = waiting.next() {
            waiting.done(user)
            bytes += entry.commit.bytes
            batch.append(entry)
        }
        let (commits, ledgers) = (batch.map(\.commit), batch.map(\.ledger))
        let store = store
        return thread.runIfActive(eventLoop: loop) {
            zip(Committer.write(commits, to: store), zip(commits, ledgers)).map { failure, written in
                Outcome(
                    session: written.0.session, ledger: written.1, bytes: written.0.bytes, failure: failure)
            }
        }
    }

    /// The transaction ended; the next may begin.
    func ended() { isWriting = false }

    /// All together; if that fails, each alone, so that one session's trouble is not the others'.
    private static func write(_ batch: [Commit], to store: any JournalStore) -> [StoreError?] {
        guard let failure = failure(of: batch, to: store) else { return batch.map { _ in nil } }
        guard batch.count > 1 else { return [failure] }
        return batch.map { Committer.failure(of: [$0], to: store) }
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
