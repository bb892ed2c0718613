import Journal
import JournalKit
import Ledger
import Synchronization
import Wire

/// A store whose disk is full when a test says so; everything else goes to the real one.
final class FullDiskStore: ForwardingStore {
    let base: any JournalStore & TokenStore
    private let isFull = Mutex(false)
    private let refusals = Mutex(0)

    init(folder: String) throws { base = try SQLiteJournal(folder: folder) }

    /// Fills the disk, or frees it.
    func fill(_ full: Bool) { isFull.withLock { $0 = full } }

    /// How many commits were refused.
    var refused: Int { refusals.withLock { $0 } }

    private func checkRoom() throws(StoreError) {
        guard isFull.withLock({ $0 }) else { return }
        refusals.withLock { $0 += 1 }
        throw .full("journal.db")
    }

    func commit(_ commits: [LeasedCommit], by deadline: Deadline) -> [CommitOutcome] {
        do throws(StoreError) {
            try checkRoom()
            return base.commit(commits, by: deadline)
        } catch {
            return commits.map { _ in .refused(error) }
        }
    }

    func create(
        _ session: SessionRecord, within room: SessionRoom?, by deadline: Deadline
    ) throws(StoreError) -> Creation {
        try checkRoom()
        return try base.create(session, within: room, by: deadline)
    }
}
