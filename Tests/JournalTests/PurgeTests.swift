import GRDB
import JournalKit
import Ledger
import SQLiteFiles
import StorageKit
import TestKit
import Testing
import Wire

@testable import Journal

/// What was forgotten: gone at once for everybody who asks, and from the disk in parts.
@Suite struct PurgeTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func open() throws -> SQLiteJournal { try SQLiteJournal(folder: directory.path) }

    private func rows(_ table: String, in journal: SQLiteJournal) throws -> Int {
        try journal.file.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? -1 }
    }

    /// A session with as many entries and as many prompts.
    private func fill(_ journal: SQLiteJournal, _ id: SessionID, key: String? = nil, entries: Seq) throws {
        _ = try journal.create(session(id, key: key))
        try journal.commit([
            commit(id, notes(1...entries), (1...entries).map { prompt(ClientMessageID("p\($0)"), seq: $0) })
        ])
    }

    @Test func itIsGoneAtOnceAndLeavesTheDiskInParts() throws {
        let journal = try open()
        try fill(journal, "s", key: "key", entries: 2_500)
        try fill(journal, "t", entries: 3)
        try journal.delete("s")
        #expect(try journal.load("s", of: nil) == nil)
        #expect(try journal.entries(of: "s", EntryPage(after: 0, through: .max)) == [])
        #expect(try journal.unfinishedSessions() == ["t"])
        #expect(try journal.sessions(of: Principal("user"), directory: nil, offset: 0, limit: 9).map(\.id) == ["t"])
        #expect(storeError { try journal.commit([commit("s", [note(2_501)])]) }?.isFailed == true)
        #expect(try rows("entries", in: journal) == 2_503, "nothing has left the disk yet")

        var (parts, left) = (0, 5_006)
        while try journal.purge() {
            let now = try rows("entries", in: journal) + rows("prompts", in: journal)
            #expect(left - now <= 2_000, "a part is bounded")
            (parts, left) = (parts + 1, now)
            // Whoever has something to store has it stored between two parts.
            try journal.commit([commit("t", [note(Seq(3 + parts))])])
            left += 1
            try #require(parts < 20)
        }
        #expect(parts >= 5)
        #expect(try rows("entries", in: journal) == 3 + parts)
        #expect(try rows("prompts", in: journal) == 3)
        #expect(try rows("sessions", in: journal) == 1)
        #expect(try !journal.purge())
    }

    /// A purge that a crash interrupted is continued, and none of its entries ends up in another session.
    @Test func theNameIsTakenUntilTheLastOfItIsGone() throws {
        do {
            let journal = try open()
            try fill(journal, "s", key: "key", entries: 1_500)
            try journal.delete("s")
            #expect(try journal.purge())
        }
        let journal = try open()
        #expect(storeError { _ = try journal.create(session("s")) }?.isFailed == true)
        #expect(try journal.create(session("fresh", key: "key")).id == "fresh", "the key is free at once")
        while try journal.purge() {}
        #expect(try journal.create(session("s")).headSeq == 0)
        #expect(try journal.entries(of: "s", EntryPage(after: 0, through: .max)) == [])
    }
}
