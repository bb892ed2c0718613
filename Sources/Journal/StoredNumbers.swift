import GRDB
import Ledger
import Synchronization
import Wire

/// The ranges of the numbers that a journal computes with. One that is out of its range was damaged; it is replaced by
/// what the other rows say, so that one wrong number does not stop the service or delete a session.
enum StoredNumbers {
    /// The longest served time, in nanoseconds: 36 years.
    static let servedMaximum: Int64 = 1 << 60

    /// How far a last sign of life may lie ahead of the stored served time, which a killed server has not stored: an
    /// hour, in nanoseconds. One that is further ahead, or negative, counts as a sign of life given now.
    static let seenAheadMaximum: Int64 = 3_600_000_000_000

    /// SQL: the size of the file, in bytes.
    static let fileBytes = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"

    /// SQL: whether the bytes of a session are possible. No session holds more than the whole file. SQLite
    /// takes 13 µs to say how large that is, so commits ask ``JournalSize``.
    static let areBytesPlausible = "sessions.bytes BETWEEN 0 AND (\(fileBytes))"

    /// SQL: the bytes of a session, counted.
    static let countedBytes = """
        ((SELECT coalesce(sum(length(payload)), 0) FROM entries WHERE session = sessions.key)
            + (SELECT coalesce(sum(length(content)), 0) FROM prompts WHERE session = sessions.key))
        """

    /// SQL: the stored bytes of a session, or the counted ones when those are out of their range.
    static let bytes = "CASE WHEN \(areBytesPlausible) THEN sessions.bytes ELSE \(countedBytes) END"

    /// Stores the served time, unless a later one is stored already.
    static func advanceServed(in database: Database, to served: Instant) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO served VALUES (1, ?1) ON CONFLICT (key) DO UPDATE SET nanoseconds =
                    CASE WHEN nanoseconds BETWEEN 0 AND ?2 THEN max(nanoseconds, ?1) ELSE ?1 END
                """
        ).execute(arguments: [served.nanoseconds, servedMaximum])
    }

    /// Replaces signs of life that are out of their range, so that their sessions expire at all, and not at once.
    ///
    /// Two statements: for the two ranges in one, SQLite reads the whole index instead of its two ends.
    static func repairSeen(in database: Database, served: Instant) throws {
        try database.cachedStatement(sql: "UPDATE sessions SET seen_at = ?1 WHERE deleted_at IS NULL AND seen_at < 0")
            .execute(arguments: [served.nanoseconds])
        try database.cachedStatement(sql: "UPDATE sessions SET seen_at = ?1 WHERE deleted_at IS NULL AND seen_at > ?2")
            .execute(arguments: [served.nanoseconds, served.nanoseconds.adding(seenAheadMaximum)])
    }
}

/// How large a journal's file is at least. A commit compares the bytes of its session with that, and asks SQLite only
/// when they are more: the file has grown since, or they are damaged.
final class JournalSize: Sendable {
    /// What SQLite said last, in bytes. The server never shrinks the file; a transaction that is rolled back leaves
    /// this too large by no more than what it had added.
    private let known = Atomic<Int64>(0)

    /// Whether a session can hold so many bytes.
    func canHold(_ bytes: Int64, in database: Database) throws -> Bool {
        if 0...known.load(ordering: .relaxed) ~= bytes { return true }
        let size = try Int64.fetchOne(database.cachedStatement(sql: StoredNumbers.fileBytes)) ?? 0
        known.store(size, ordering: .relaxed)
        return 0...size ~= bytes
    }
}
