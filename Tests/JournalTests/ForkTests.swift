import GRDB
import JournalKit
import Ledger
import SQLiteFiles
import StorageKit
import TestKit
import Testing
import Wire

@testable import Journal

/// Forks in SQLite: in parts, and nothing of one that was interrupted.
@Suite struct ForkTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func open() throws -> SQLiteJournal { try SQLiteJournal(folder: directory.path) }

    private func plan(through: Seq) -> ForkPlan {
        ForkPlan(
            source: "s", through: through, omitted: [],
            origin: ForkOrigin(session: "s", seq: through, title: nil, leavesTurnsOut: false))
    }

    private func rows(_ table: String, in journal: SQLiteJournal) throws -> Int {
        try journal.file.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? -1 }
    }

    @Test func aLongSessionIsCopiedInParts() throws {
        let journal = try open()
        let count = Seq(SQLiteJournal.forkPart.entries) * 2 + 10
        _ = try journal.create(session("s"))
        // The last one is longer than a part may be.
        let long = note(count + 1, String(repeating: "x", count: SQLiteJournal.forkPart.bytes + 1))
        try journal.commit([commit("s", notes(1...count) + [long])])
        let clock = ContinuousClock()
        let took = try clock.measure {
            _ = try journal.fork(session("f"), plan(through: count + 1), within: nil, by: .never)
        }
        print("figure: a fork of \(count + 1) entries took \(took)")
        #expect(try journal.load("f", of: nil)?.record.headSeq == count + 2)
        let page = EntryPage(after: count - 1, through: count + 1, bytes: .max)
        #expect(try journal.entries(of: "f", page) == journal.entries(of: "s", page))
        #expect(try rows("entries", in: journal) == Int(count) * 2 + 3)
    }

    @Test func theCheckpointIsCopiedIfItIsBeforeTheEnd() throws {
        let journal = try open()
        _ = try journal.create(session("s"))
        let entries = notes(1...5)
        var written = commit("s", entries)
        written.checkpoint = SessionState(folding: entries).checkpoint
        try journal.commit([written])
        _ = try journal.fork(session("f"), plan(through: 5), within: nil, by: .never)
        _ = try journal.fork(session("g"), plan(through: 4), within: nil, by: .never)
        #expect(try journal.load("f", of: nil)?.checkpoint == 5)
        #expect(try journal.load("g", of: nil)?.checkpoint == 0)
        #expect(try journal.load("f", of: nil)?.state.seq == 6)
    }

    @Test func anInterruptedForkIsNoSessionAndIsPurgedByTheNextProcess() throws {
        do {
            let journal = try open()
            _ = try journal.create(session("s", key: "key"))
            try journal.commit([commit("s", notes(1...3))])
            let key = try #require(try journal.beginFork(session("f", key: "fork"), by: .never))
            try journal.file.write { database in
                try database.execute(
                    sql: """
                        INSERT INTO entries (session, seq, ts, kind, payload)
                        SELECT ?, seq, ts, kind, payload FROM entries
                        """, arguments: [key])
            }
            #expect(try journal.load("f", of: nil) == nil)
            #expect(try journal.entries(of: "f", EntryPage(after: 0, through: 9)) == [])
            #expect(try journal.sessions(of: Principal("user"), directory: nil, offset: 0, limit: 9).count == 1)
            #expect(try journal.usage(of: Principal("user")) < 2 * SessionRecord.overheadBytes + 100)
            #expect(try !journal.purge(), "it may still be under way")
        }
        let journal = try open()
        while try journal.purge() {}
        #expect(try rows("sessions", in: journal) == 1)
        #expect(try rows("entries", in: journal) == 3)
        let again = try journal.fork(session("g", key: "fork"), plan(through: 3), within: nil, by: .never)
        #expect(again?.record?.id == "g")
    }
}
