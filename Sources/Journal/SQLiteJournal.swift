import GRDB
public import Ledger
import NIOCore
import Platform
import SQLiteFiles
public import Wire

/// The server's store: one SQLite file; every commit is synchronized to the disk before it is acknowledged.
///
/// One process serves a data folder, which its lock ensures. So leases are kept in memory: none outlives the process, and
/// to grant one writes nothing. Should two servers open one file all the same, each commit is still refused behind a head
/// that is not the one that its ledger expects.
public final class SQLiteJournal: JournalStore, Sendable {
    /// The name of the file in the data folder.
    public static let fileName = "journal.db"

    let file: DatabaseFile
    /// The identities of the opened files: writes are refused once the path leads to another file, since they would be
    /// lost.
    private let files: FilesInUse?
    let size = JournalSize()
    let leases = Locked(LeaseTable(.oneProcess))
    let generations = GenerationCounter()
    let notices = NoticeBoard()
    /// The rows of sessions that are being copied: they count as deleted until all of it is there, and are not purged.
    let forking = Locked<Set<Int64>>([])

    /// Opens or creates the store.
    ///
    /// - Parameter folder: The data folder; created with mode 0700 if it does not exist.
    /// - Throws: ``StoreError``. A damaged file is an error: the server never renames or repairs its journal.
    public init(folder: String) throws(StoreError) {
        file = try DatabaseFile(
            path: "\(folder)/\(SQLiteJournal.fileName)", durability: .full, migrator: JournalSchema.migrator)
        files = FilesInUse(database: file.path)
    }

    /// The clock of deadlines: that of the machine, with the time in suspend.
    public var now: Instant { DatabaseFile.now }

    /// Whether the files were moved, deleted or replaced since they were opened, so that nothing can be written.
    public var isLost: Bool { files?.isLost ?? true }

    /// Runs a write transaction, provided that the path still leads to the opened file.
    func change<Value>(by deadline: Deadline, _ body: (Database) throws -> Value) throws(StoreError) -> Value {
        guard files?.isIntact ?? false else {
            throw .failed("\(file.path) was moved or replaced while the server ran: put it back, or restart the server")
        }
        return try file.write(by: deadline, body)
    }

    /// The sessions of a user, the one used last first.
    public func sessions(
        of principal: Principal, directory: String?, offset: Int, limit: Int, by deadline: Deadline
    ) throws(StoreError) -> [SessionRecord] {
        try file.read(by: deadline) { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM sessions WHERE principal = ? AND deleted_at IS NULL AND (?2 IS NULL OR directory = ?2)
                        AND length(id) BETWEEN 1 AND \(Name.bytesMaximum) AND id NOT GLOB '*[^!-~]*'
                    ORDER BY updated_at DESC, key DESC LIMIT ?4 OFFSET ?3
                    """, arguments: [principal.rawValue, directory, offset, limit]
            ).map { try SessionRecord(row: $0).listed }
        }
    }

    /// Marks a session as expired; an earlier mark stays.
    public func expire(
        _ lease: Lease, at: Timestamp, successor: SessionID, by deadline: Deadline
    ) throws(StoreError) {
        try change(by: deadline) { database in
            try check(lease)
            try database.execute(
                sql: "UPDATE sessions SET expired_at = ?, successor = ? WHERE id = ? AND expired_at IS NULL",
                arguments: [at, successor.rawValue, lease.session.rawValue])
        }
        notices.tell(.expired(lease.session, .init(at: at, successor: successor)), except: lease.node)
    }

    /// The served time that was last stored; when that is out of its range, the newest sign of life that is not.
    public func served(by deadline: Deadline) throws(StoreError) -> Instant {
        try file.read(by: deadline) { database in
            let stored = try Int64.fetchOne(
                database,
                sql: """
                    SELECT nanoseconds FROM served WHERE nanoseconds BETWEEN 0 AND ?1
                    UNION ALL SELECT max(seen_at) FROM sessions WHERE seen_at BETWEEN 0 AND ?1 LIMIT 1
                    """, arguments: [StoredNumbers.servedMaximum])
            return Instant(nanoseconds: stored ?? 0)
        }
    }

    /// Stores last signs of life and the served time; neither ever moves back, unless what is stored is damaged.
    public func touch(
        _ sessions: [SessionID: Instant], served: Instant, by deadline: Deadline
    ) throws(StoreError) {
        try change(by: deadline) { database in
            try StoredNumbers.advanceServed(in: database, to: served)
            try StoredNumbers.repairSeen(in: database, served: served)
            let update = try database.cachedStatement(
                sql: "UPDATE sessions SET seen_at = max(seen_at, ?) WHERE id = ? AND expired_at IS NULL")
            for (session, seenAt) in sessions {
                try update.execute(arguments: [seenAt.nanoseconds, session.rawValue])
            }
        }
    }
}
