import FailPoints
import Ledger
import NIOCore
import NIOPosix
import Wire

/// Writes commits to the store, as many as have come together in one transaction, one transaction at a time.
///
/// Confined to the hub's loop; the store is called on a thread of its own.
final class Committer {
    private let store: any JournalStore
    private let thread: NIOThreadPool
    private let loop: any EventLoop
    private var waiting: [Commit] = []
    private var isWriting = false

    init(store: any JournalStore, thread: NIOThreadPool, loop: any EventLoop) {
        self.store = store
        self.thread = thread
        self.loop = loop
    }

    func add(_ commit: Commit) { waiting.append(commit) }

    /// Writes what waits. Called at the end of each turn of the loop, so that everything of one turn shares a
    /// transaction.
    ///
    /// - Returns: What became of each commit, when the disk has answered; `nil` when there is nothing to do.
    func flush() -> EventLoopFuture<[Outcome]>? {
        guard !isWriting, !waiting.isEmpty else { return nil }
        isWriting = true
        let batch = waiting
        waiting = []
        let store = store
        return thread.runIfActive(eventLoop: loop) { Committer.write(batch, to: store) }
    }

    /// The transaction ended; the next may begin.
    func ended() { isWriting = false }

    /// What became of a commit.
    struct Outcome: Sendable {
        var session: SessionID
        var failure: StoreError?
    }

    /// All together; if that fails, each alone, so that one session's trouble is not the others'.
    private static func write(_ batch: [Commit], to store: any JournalStore) -> [Outcome] {
        if let failure = failure(of: batch, to: store) {
            guard batch.count > 1 else { return [Outcome(session: batch[0].session, failure: failure)] }
            return batch.map { Outcome(session: $0.session, failure: Committer.failure(of: [$0], to: store)) }
        }
        return batch.map { Outcome(session: $0.session, failure: nil) }
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
