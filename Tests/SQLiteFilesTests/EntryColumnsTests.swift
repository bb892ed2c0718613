import GRDB
import NIOCore
import SQLiteFiles
import StorageKit
import Testing
import Wire

/// Columns of entries are decoded by their places, so what is selected and what decodes it have to agree.
@Suite struct EntryColumnsTests {
    /// Every column with a value of its own, and without a digest, which would find those that are exchanged.
    @Test(arguments: [false, true]) func eachValueIsDecodedFromItsColumn(isJournal: Bool) throws {
        let queue = try DatabaseQueue()
        let entry = try queue.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE entries (payload, digest, kind, last_ts, ts, client_message_id, from_seq, seq);
                    INSERT INTO entries VALUES (x'7b7d', NULL, 'kind', 14, 13, 'a', 11, 12);
                    """)
            let columns = isJournal ? EncodedEntry.columnsOfJournal : EncodedEntry.columns
            let row = try #require(try Row.fetchOne(database, sql: "SELECT \(columns) FROM entries"))
            return try EncodedEntry(row: row)
        }
        let expected = EncodedEntry(
            from: isJournal ? 12 : 11, seq: 12, timestamp: 13, lastTimestamp: isJournal ? 13 : 14,
            clientMessageID: "a", kind: "kind", payload: ByteBuffer(string: "{}"))
        #expect(entry == expected)
    }

    @Test func theDigestIsComparedFromItsColumn() throws {
        let entry = EncodedEntry(note(3))
        for digest in [entry.digest, entry.digest &+ 1] {
            let row: Row = [
                "seq": entry.seq, "from_seq": nil, "ts": entry.timestamp, "last_ts": nil, "client_message_id": nil,
                "kind": entry.kind, "payload": entry.payload.data, "digest": digest,
            ]
            if digest == entry.digest {
                #expect(try EncodedEntry(row: row) == entry)
            } else {
                #expect(throws: DamagedRow.self) { try EncodedEntry(row: row) }
            }
        }
    }

    /// What is wrong is said by its column, although that is not looked up by its name.
    @Test func aNameThatIsNoneIsSaidWithItsColumn() throws {
        let row: Row = [
            "seq": 3, "from_seq": nil, "ts": 1, "last_ts": nil, "client_message_id": "a b", "kind": "kind",
            "payload": ByteBuffer(string: "{}").data, "digest": nil,
        ]
        let error = #expect(throws: DamagedRow.self) { try EncodedEntry(row: row) }
        #expect(error?.what.hasPrefix("client_message_id of entry 3 is not 1 to") == true)
    }
}
