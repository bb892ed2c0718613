import GRDB
import JournalKit
import Ledger
import NIOCore
import SQLiteFiles
import StorageKit
import TestKit
import Testing
import Wire

@testable import Journal

/// A journal of an earlier release, opened by this one.
@Suite struct JournalMigrationTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private static let content = JSON.string("a?").encoded

    /// A journal as the release before wrote it: two sessions, one with entries and prompts.
    private func makeOld(_ entries: [Entry]) throws {
        let queue = try DatabaseQueue(path: directory.path(SQLiteJournal.fileName))
        try JournalSchema.migrator.migrate(queue, upTo: "2: sums of entries")
        try queue.write { database in
            for (key, id) in [(1, "full"), (2, "empty")] {
                try database.execute(
                    sql: """
                        INSERT INTO sessions (key, id, epoch, principal, directory, agent, created_at, updated_at, seen_at,
                            head_seq)
                        VALUES (?, ?, 'epoch', 'user', '/folder', 'agent', 1, 1, 1, ?)
                        """, arguments: [key, id, key == 1 ? entries.count : 0])
            }
            for entry in entries.map(EncodedEntry.init) {
                try database.execute(
                    sql: """
                        INSERT INTO entries (session, seq, ts, client_message_id, kind, payload, digest)
                        VALUES (1, ?, ?, ?, ?, ?, ?)
                        """,
                    arguments: [
                        entry.seq, entry.timestamp, entry.clientMessageID?.rawValue, entry.kind, entry.payload.data,
                        entry.digest,
                    ])
            }
            for (id, end) in [("done", 2), ("open", nil)] as [(String, Seq?)] {
                try database.execute(
                    sql: """
                        INSERT INTO prompts (session, id, content, turn, message, seq, stop_reason, end_seq)
                        VALUES (1, ?, ?, ?, 'message', 1, ?, ?)
                        """,
                    arguments: [id, Self.content.data, "turn-\(id)", end == nil ? nil : "end_turn", end])
            }
        }
        try queue.close()
    }

    @Test func whatItHoldsIsCountedAndItsPromptsAreKnown() throws {
        let entries = [echo(1, of: "done"), note(2), note(3)]
        try makeOld(entries)
        let journal = try SQLiteJournal(folder: directory.path)
        let payloads = entries.map { EncodedEntry($0).payload.readableBytes }.reduce(0, +)
        let bytes = Int64(payloads + 2 * Self.content.readableBytes)
        let stored = try #require(try journal.load("full", of: Principal("user")))
        #expect(stored.record.bytes == bytes)
        #expect(try journal.load("empty", of: nil)?.record.bytes == 0)
        #expect(try journal.usage(of: Principal("user")) == bytes + 2_048)
        #expect(stored.tail == entries.map(EncodedEntry.init))

        let digest = PromptRecord.digest(of: Self.content)
        #expect(stored.prompts.map(\.id) == ["open"] && stored.hasEndedPrompts)
        let prompts = try ["open", "done"].map { try #require(try journal.prompt($0, of: "full")) }
        #expect(prompts.allSatisfy { $0.digest == digest }, "what was asked is compared as before")
        #expect(prompts[0] == stored.prompts[0] && prompts[0].content == Self.content)
        #expect(prompts[1].content.readableBytes == 0)
        #expect(try journal.unfinishedSessions() == ["full"])

        // And it goes on.
        try journal.commit([commit("full", [note(4)])])
        #expect(try journal.load("full", of: nil)?.record.headSeq == 4)
        try journal.delete("full")
        while try journal.purge() {}
        #expect(try journal.load("full", of: nil) == nil)
    }
}
