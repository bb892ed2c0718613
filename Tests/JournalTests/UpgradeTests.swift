import Foundation
import GRDB
import JournalKit
import Ledger
import NIOCore
import SQLiteFiles
import TestKit
import Testing
import Wire

@testable import Journal

/// The data folder of a release, recorded from the release itself (`Tests/Upgrade/record.py`), opened by this version.
/// `Tests/Upgrade/upgrade.py` asks a server about it; here the store is compared row by row.
@Suite struct UpgradeTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.path(SQLiteJournal.fileName) }

    init() throws {
        directory = try TemporaryDirectory()
        let recorded = Repository.root.appendingPathComponent("Tests/Upgrade/0.1.0.sql")
        let sql = try String(contentsOf: recorded, encoding: .utf8)
        // GRDB is in a transaction already.
        let statements = sql.replacing(#/^(BEGIN|COMMIT);$/#.anchorsMatchLineEndings(), with: "")
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: statements) }
        try queue.close()
    }

    /// All rows of the tables, by table; of these columns alone.
    private func rows(_ columns: [String: [String]]) throws -> [String: [[DatabaseValue]]] {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        return try queue.read { database in
            try Dictionary(
                uniqueKeysWithValues: columns.map { table, names in
                    let order = (1...names.count).map(String.init).joined(separator: ", ")
                    let sql = "SELECT \(names.joined(separator: ", ")) FROM \(table) ORDER BY \(order)"
                    return (table, try Row.fetchAll(database, sql: sql).map { Array($0.databaseValues) })
                })
        }
    }

    /// The tables and their columns.
    private func columns() throws -> [String: [String]] {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        return try queue.read { database in
            let tables = try String.fetchAll(
                database, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
            return try Dictionary(
                uniqueKeysWithValues: tables.map { ($0, try database.columns(in: $0).map { "\"\($0.name)\"" }) })
        }
    }

    @Test func everyRowIsThere() throws {
        var columns = try columns()
        let names = columns.removeValue(forKey: "grdb_migrations")
        let migrations = try #require(names)
        let before = try rows(columns)
        #expect(before["entries"]?.count == 130 && before["sessions"]?.count == 6)
        let applied = try #require(try rows(["grdb_migrations": migrations])["grdb_migrations"])
        #expect(applied.count == 4, "0.1.0 had four migrations")

        _ = try SQLiteJournal(folder: directory.path)
        #expect(try rows(columns) == before)
        let newer = try #require(try rows(["grdb_migrations": migrations])["grdb_migrations"])
        #expect(Array(newer.prefix(applied.count)) == applied && newer.count > applied.count)

        // A second time there is nothing to do.
        let everything = try self.columns()
        let migrated = try rows(everything)
        _ = try SQLiteJournal(folder: directory.path)
        #expect(try rows(everything) == migrated)
    }

    @Test func everySessionGoesOnWithItsState() throws {
        let journal = try SQLiteJournal(folder: directory.path)
        var folded: [SessionState] = []
        for principal in [Principal("alice"), Principal("bob")] {
            for record in try journal.sessions(of: principal, directory: nil, offset: 0, limit: 100, by: .never) {
                let page = EntryPage(after: 0, through: .max, limit: .max, bytes: .max)
                let entries = try journal.entries(of: record.id, page)
                #expect(entries.map(\.seq) == Array(1..<record.headSeq + 1))
                let stored = try #require(try journal.load(record.id, of: principal))
                #expect(stored.state == SessionState(folding: try entries.map { try $0.decoded() }))
                #expect(stored.record.headSeq == stored.state.seq)
                folded.append(stored.state)
            }
        }
        #expect(folded.count == 6)
        #expect(folded.contains { !$0.memory.isEmpty } && folded.contains { !$0.plan.isEmpty })
        #expect(folded.contains { $0.toolCallCount > 1 })
        #expect(folded.contains { $0.requests.count == 1 }, "the open question is open")
        #expect(folded.contains { $0.answers.count == 1 }, "the answer is kept for the turn that resumes")
        #expect(folded.count { $0.runningTurn != nil } == 1)
    }

    @Test func everyPromptIsKnownByItsKey() throws {
        let before = try rows(["sessions": ["key", "id"], "prompts": ["session", "id", "end_seq", "content"]])
        let names = Dictionary(
            uniqueKeysWithValues: (before["sessions"] ?? []).map { ($0[0], String.fromDatabaseValue($0[1]) ?? "") })
        let journal = try SQLiteJournal(folder: directory.path)
        var outcomes: [TurnOutcome?] = []
        for row in before["prompts"] ?? [] {
            let session = SessionID(try #require(names[row[0]]))
            let id = ClientMessageID(try #require(String.fromDatabaseValue(row[1])))
            let prompt = try #require(try journal.prompt(id, of: session))
            #expect(prompt.end?.seq == Seq.fromDatabaseValue(row[2]))
            let content = try #require(Data.fromDatabaseValue(row[3]))
            #expect(prompt.digest == PromptRecord.digest(of: ByteBuffer(bytes: content)))
            outcomes.append(prompt.end?.outcome)
        }
        #expect(outcomes.count == 11)
        #expect(outcomes.count { $0 == nil } == 2, "one runs, and one waits behind it")
        #expect(outcomes.count { $0 == .stopped(.cancelled) } == 1)
        #expect(outcomes.count { if case .failed = $0 { true } else { false } } == 1)
        #expect(outcomes.count { $0 == .stopped(.endTurn) } == 7)
        #expect(try journal.unfinishedSessions().count == 1)
    }

    @Test func everyTokenIsInItsState() throws {
        let journal = try SQLiteJournal(folder: directory.path)
        let tokens = try journal.tokens(nil, by: .never)
        #expect(tokens.count == 4)
        #expect(tokens.count { $0.revokedAt != nil } == 1 && tokens.count { $0.expiresAt != nil } == 1)
        #expect(tokens.count { $0.principal == Principal("bob") } == 1)
    }
}
