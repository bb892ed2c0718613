import GRDB
import Glibc
import JournalKit
import Ledger
import SQLiteFiles
import StorageKit
import TestKit
import Testing
import Wire

@testable import Journal

/// Single damaged values in the journal: each is damage of its session alone, or is replaced by what the other rows
/// say; none of them is a crash, and none deletes a session.
@Suite struct DamagedRowTests {
    private static let hour: Int64 = 3_600_000_000_000
    private let directory: TemporaryDirectory
    private let journal: SQLiteJournal

    init() throws {
        directory = try TemporaryDirectory()
        journal = try SQLiteJournal(folder: directory.path)
        for id in ["bad", "good"] as [SessionID] {
            _ = try journal.create(session(id))
            try journal.commit([commit(id, notes(1...9), [prompt("a", seq: 1)])])
        }
        try journal.touch(["bad": Instant(nanoseconds: 50), "good": Instant(nanoseconds: 60)], served: seconds(100))
    }

    private func seconds(_ count: Int64) -> Instant { Instant(nanoseconds: count * 1_000_000_000) }

    private func damage(_ sql: String) throws {
        let queue = try DatabaseQueue(path: directory.path(SQLiteJournal.fileName))
        try queue.write { database in
            try database.execute(sql: "PRAGMA ignore_check_constraints = ON")
            try database.execute(sql: sql)
            try #require(database.changesCount > 0)
        }
        try queue.close()
    }

    @Test(arguments: [
        "DELETE FROM entries WHERE session = 1 AND seq = 1", "DELETE FROM entries WHERE session = 1 AND seq = 3",
        "DELETE FROM entries WHERE session = 1 AND seq = 9", "DELETE FROM entries WHERE session = 1",
        "UPDATE entries SET seq = 19 WHERE session = 1 AND seq = 9",
        "UPDATE entries SET seq = -1 WHERE session = 1 AND seq = 1",
        "UPDATE entries SET digest = NULL, ts = -9223372036854775808 WHERE session = 1",
        "UPDATE entries SET digest = NULL, ts = 9223372036854775807 WHERE session = 1",
        "UPDATE entries SET digest = NULL, client_message_id = 'a b' WHERE session = 1",
        "UPDATE entries SET digest = NULL, payload = x'ff' WHERE session = 1",
        "UPDATE sessions SET head_seq = head_seq - 3 WHERE key = 1",
        "UPDATE sessions SET head_seq = head_seq + 3 WHERE key = 1",
        "UPDATE sessions SET head_seq = 0 WHERE key = 1", "UPDATE sessions SET head_seq = -1 WHERE key = 1",
        "UPDATE sessions SET head_seq = 9223372036854775807 WHERE key = 1",
        "UPDATE sessions SET epoch = '' WHERE key = 1", "UPDATE sessions SET epoch = 'a b' WHERE key = 1",
        "UPDATE sessions SET directory = '' WHERE key = 1",
        "UPDATE sessions SET expired_at = 7, successor = '' WHERE key = 1",
        "UPDATE prompts SET turn = '' WHERE session = 1", "UPDATE prompts SET id = 'a b' WHERE session = 1",
        "UPDATE prompts SET message = '' WHERE session = 1", "UPDATE prompts SET seq = 10 WHERE session = 1",
        "UPDATE prompts SET seq = -1 WHERE session = 1", "UPDATE prompts SET content = x'ff' WHERE session = 1",
    ])
    func isDamageOfItsSessionAlone(_ sql: String) throws {
        try damage(sql)
        let error = storeError { _ = try journal.load("bad", of: nil) }
        guard case .damaged("bad", _) = error else {
            Issue.record("\(error.map { "\($0)" } ?? "no error")")
            return
        }
        #expect(error?.description.contains("session bad is damaged") == true)
        #expect(error?.description.contains("move it away") == false)
        #expect(try journal.load("good", of: nil)?.state.seq == 9)
        let listed = try journal.sessions(of: Principal("user"), directory: nil, offset: 0, limit: 9)
        #expect(Set(listed.map(\.id)) == ["bad", "good"])
        #expect(listed.allSatisfy { Name.isValid($0.epoch.rawValue) && $0.headSeq >= 0 })
        _ = try journal.usage(of: Principal("user"))
        _ = try journal.unfinishedSessions()
    }

    /// A prompt that has ended is read when its key comes again.
    @Test(arguments: ["end_seq = 10", "end_seq = 0", "end_seq = 9, turn = ''", "end_seq = 9, seq = -1"])
    func aPromptThatHasEndedIsDamageWhereItIsRead(_ change: String) throws {
        try damage("UPDATE prompts SET \(change) WHERE session = 1")
        guard case .damaged("bad", _)? = storeError({ _ = try journal.prompt("a", of: "bad") }) else {
            Issue.record("no error")
            return
        }
        #expect(try journal.prompt("a", of: "good")?.seq == 1)
    }

    /// A checkpoint only repeats what the entries say: without it they are folded from the first.
    @Test(arguments: [
        "UPDATE checkpoints SET state = x'ff'", "UPDATE checkpoints SET state = x''", "UPDATE checkpoints SET seq = 8",
        "UPDATE checkpoints SET seq = 900", "UPDATE checkpoints SET seq = -1", "UPDATE checkpoints SET digest = 7",
        "DELETE FROM checkpoints",
    ]) func aDamagedCheckpointIsPassedOver(_ sql: String) throws {
        var next = commit("bad", [Entry(seq: 10, timestamp: 1, body: .event(.memory(key: "a", value: 1)))])
        // One that is not what the entries say, so that it shows whether it is used.
        next.checkpoint = SessionState(folding: notes(1...10)).checkpoint
        try journal.commit([next, commit("good", notes(10...10))])
        #expect(try journal.load("bad", of: nil)?.state.memory == [:])
        #expect(try journal.load("bad", of: nil)?.checkpoint == 10)
        try damage(sql)
        #expect(try journal.load("bad", of: nil)?.state.memory == ["a": 1])
        #expect(try journal.load("bad", of: nil)?.checkpoint == 0)
    }

    /// A long session without a checkpoint, as earlier versions left them all, gets one when it is loaded; where none can
    /// be stored it is loaded all the same.
    @Test func aLongSessionGetsItsCheckpointWhenItIsLoaded() throws {
        // A state of several pages, for which there is no room.
        let long = JSON.string(String(repeating: "x", count: 20_000))
        let entries = notes(1...9) + [Entry(seq: 10, timestamp: 1, body: .event(.memory(key: "k", value: long)))]
        try journal.commit([commit("bad", Array(entries.suffix(1)) + notes(11...1_500))])
        try journal.file.pool.writeWithoutTransaction { database in
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            try database.execute(sql: "PRAGMA max_page_count = \(pages)")
        }
        let folded = try #require(try journal.load("bad", of: nil))
        #expect(folded.state.seq == 1_500 && folded.checkpoint == 0)
        try journal.file.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = 100000") }
        let first = try #require(try journal.load("bad", of: nil))
        #expect(first.checkpoint == 1_500 && first.state == SessionState(folding: entries + notes(11...1_500)))
        #expect(try journal.load("bad", of: nil) == first)
        #expect(try journal.load("good", of: nil)?.checkpoint == 0, "a short one needs none")
    }

    @Test func anIdentifierThatNobodyCanSendIsNotListed() throws {
        try damage("UPDATE sessions SET id = '' WHERE key = 1")
        let listed = try journal.sessions(of: Principal("user"), directory: nil, offset: 0, limit: 9)
        #expect(listed.map(\.id) == ["good"])
        #expect(storeError { _ = try journal.load("", of: nil) }?.isDamage == true)
    }

    @Test func aGapOnAPageIsDamageFromEitherEnd() throws {
        try damage("DELETE FROM entries WHERE session = 1 AND seq = 5")
        for end in [EntryPage.End.first, .last] {
            for (after, through) in [(0, 9), (4, 9), (0, 5), (4, 5)] as [(Seq, Seq)] {
                let page = EntryPage(after: after, through: through, end: end)
                #expect(storeError { _ = try journal.entries(of: "bad", page) }?.isDamage == true)
            }
        }
        #expect(try journal.entries(of: "bad", EntryPage(after: 5, through: 9)).count == 4)
        #expect(try journal.entries(of: "bad", EntryPage(after: 0, through: 4)).count == 4)
    }

    @Test(arguments: [Int64.min, -1, 1 << 30, 1 << 50, 1 << 62, .max]) func bytesThatNoFileHoldsAreCounted(
        _ bytes: Int64
    ) throws {
        let user = Principal("user")
        let before = try (journal.usage(of: user), journal.load("bad", of: nil)?.record.bytes)
        try damage("UPDATE sessions SET bytes = \(bytes) WHERE key = 1")
        #expect(try journal.usage(of: user) == before.0)
        #expect(try journal.load("bad", of: nil)?.record.bytes == before.1)
        let more = commit("bad", [note(10)])
        try journal.commit([more])
        #expect(try journal.usage(of: user) == before.0 + more.bytes)
        // And the commit has stored what it counted, so that it stays right when the file has grown.
        let queue = try DatabaseQueue(path: directory.path(SQLiteJournal.fileName))
        let stored = try queue.read { try Int64.fetchOne($0, sql: "SELECT bytes FROM sessions WHERE key = 1") }
        #expect(stored == before.1.map { $0 + more.bytes })
        try queue.close()
    }

    @Test(arguments: [Int64.min, -1, 1 << 61, .max]) func aServedTimeThatIsNoneIsTheNewestSignOfLife(_ time: Int64)
        throws
    {
        try damage("UPDATE served SET nanoseconds = \(time)")
        #expect(try journal.served() == Instant(nanoseconds: 60))
        try journal.touch([:], served: seconds(200))
        #expect(try journal.served() == seconds(200))
    }

    @Test func aServedTimeThatIsMissingIsStoredAgain() throws {
        try damage("DELETE FROM served")
        #expect(try journal.served() == Instant(nanoseconds: 60))
        try journal.touch([:], served: seconds(200))
        #expect(try journal.served() == seconds(200))
    }

    @Test(arguments: [Int64.min, -1, 1 << 61, .max, 2 * hour]) func aSignOfLifeThatIsNoneCountsAsGivenNow(
        _ time: Int64
    ) throws {
        try damage("UPDATE sessions SET seen_at = \(time) WHERE key = 1")
        #expect(try journal.abandonedSessions(seenBefore: .zero, isExpired: false, limit: 9) == [])
        let seen = try #require(try journal.load("bad", of: nil)?.record.seenAt)
        #expect(min(seen, seconds(100)) == seconds(100), "the ledger takes the future for now")
        try journal.touch([:], served: seconds(100))
        #expect(try journal.load("bad", of: nil)?.record.seenAt == seconds(100))
        try damage("UPDATE prompts SET end_seq = 9")
        #expect(try journal.abandonedSessions(seenBefore: seconds(99), isExpired: false, limit: 9) == ["good"])
    }

    @Test(arguments: [Int64.min, -1, .max]) func timesOfASessionAreBroughtIntoTheirRange(_ time: Int64) throws {
        try damage(
            "UPDATE sessions SET created_at = \(time), updated_at = \(time), expired_at = \(time), successor = 's'")
        let record = try #require(try journal.load("bad", of: nil)?.record)
        for time in [record.createdAt, record.updatedAt, record.expiry?.at ?? -1] {
            #expect(NumberRange.time.bounds.contains(time))
        }
    }

    /// A byte that changes inside a value, which SQLite does not see.
    @Test func anEntryThatDoesNotMatchItsDigestIsNeverGivenOut() throws {
        try damage(
            """
            UPDATE entries SET payload = CAST(replace(CAST(payload AS TEXT), 'note', 'nope') AS BLOB)
            WHERE session = 1 AND seq = 2
            """)
        let damaged = StoreError.damaged("bad", "entry 2 does not match its digest")
        #expect(throws: damaged) { try journal.entries(of: "bad", EntryPage(after: 0, through: 3, limit: 9)) }
        #expect(throws: damaged) { try journal.load("bad", of: nil) }
        #expect(try journal.entries(of: "bad", EntryPage(after: 2, through: 3, limit: 9)).count == 1)
    }

    @Test func aJournalOfANewerVersionIsRefused() throws {
        try damage("INSERT INTO grdb_migrations VALUES ('v999')")
        let error = storeError { _ = try SQLiteJournal(folder: directory.path) }
        guard case .newer(_, "v999", _) = error else {
            Issue.record("\(error.map { "\($0)" } ?? "no error")")
            return
        }
    }

    @Test func aJournalThatIsMissingOrEmptyIsNoticed() throws {
        #expect(!SQLiteJournal.isMissing(folder: directory.path), "it is there")
        let new = try TemporaryDirectory()
        #expect(!SQLiteJournal.isMissing(folder: new.path), "there never was one")
        do { _ = try SQLiteJournal(folder: new.path) }
        truncate(new.path(SQLiteJournal.fileName), 0)
        #expect(SQLiteJournal.isMissing(folder: new.path))
        unlink(new.path(SQLiteJournal.fileName))
        #expect(SQLiteJournal.isMissing(folder: new.path))
    }

    /// What the server does when the row changes while the session is in memory.
    @Test func aCommitBehindAnotherHeadIsDamageOfTheSession() throws {
        let lease = try journal.lease(of: "bad")
        try damage("UPDATE sessions SET head_seq = 12 WHERE key = 1")
        guard case .refused(.damaged("bad", _)) = journal.commit(commit("bad", [note(10)]), under: lease) else {
            Issue.record("not refused")
            return
        }
        try journal.commit([commit("good", [note(10)])])
    }
}
