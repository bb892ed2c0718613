import GRDB
import Journal
import JournalKit
import Ledger
import StorageKit
import TestKit
import Testing
import Wire

/// A journal whose lock another process holds: what waits for it is refused when its deadline passes, and not written
/// when the lock is free again.
@Suite struct LockedJournalTests {
    @Test func whatWaitsForTheLockIsRefusedAtItsDeadline() throws {
        let directory = try TemporaryDirectory()
        let journal = try SQLiteJournal(folder: directory.path)
        try journal.create(session("s"))
        let lease = try journal.lease(of: "s")
        let next = LeasedCommit(commit("s", [note(1)]), under: lease)
        let other = try DatabaseQueue(path: directory.path(SQLiteJournal.fileName))
        try other.inDatabase { database in
            try database.execute(sql: "BEGIN IMMEDIATE")
            #expect(
                journal.commit([next], by: journal.deadline(in: .milliseconds(30)))
                    == [.unavailable(retryAfter: StoreError.Obstacle.retryDefault)])
            #expect(
                storeError {
                    _ = try journal.create(session("t"), within: nil, by: journal.deadline(in: .milliseconds(30)))
                } == .late)
            #expect(try journal.entries(of: "s", EntryPage(after: 0, through: 9)) == [], "whoever reads does not wait")
            try database.execute(sql: "ROLLBACK")
        }
        try other.close()
        #expect(try journal.sessions(of: Principal("user"), directory: nil, offset: 0, limit: 9).map(\.id) == ["s"])
        #expect(journal.commit([next], by: .never) == [.stored])
    }
}
