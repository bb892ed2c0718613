public import GRDB
import Glibc
import Platform
public import Wire

/// Opens a database with write-ahead logging, foreign keys and the given durability. The durability is read back, since
/// GRDB sets its own when it turns on the write-ahead log.
public struct DatabaseFile: Sendable {
    /// What a commit survives: the values of PRAGMA synchronous.
    public enum Durability: Int64, Sendable {
        /// A crash of the process; a power cut may lose the last commits, but leaves the file consistent.
        case normal = 1
        /// A power cut as well.
        case full = 2
    }

    /// The path of the database; its write-ahead log and its lock are beside it.
    public let path: String
    /// The connections: one that writes, and some that read beside it.
    public let pool: DatabasePool

    /// How long to wait for another process that opens the file, in milliseconds.
    private static let openingMilliseconds: Int64 = 10_000

    /// Opens or creates the file; file and folder are accessible to this user only.
    ///
    /// - Parameters:
    ///   - path: Where the file is; its folder is created with mode 0700 if it does not exist.
    ///   - durability: What every commit survives.
    ///   - migrator: The migrations of its tables, of which those that are missing are run.
    /// - Throws: ``StoreError``: `newer` for a file with a migration that is unknown, `corrupt` for a damaged one,
    ///   `full` when there is no room, and `failed` when the path is not this user's own file, when another process
    ///   opens it for longer than ten seconds, or when SQLite does not accept the durability.
    public init(path: String, durability: Durability, migrator: DatabaseMigrator) throws(StoreError) {
        self.path = path
        var configuration = Configuration()
        configuration.busyMode = .callback { BusyWait.goOn(after: $0) }
        configuration.foreignKeysEnabled = true
        configuration.label = "belay"
        do {
            try PrivateFolder.make(PrivateFolder.parent(of: path))
            // SQLite does not wait for others while it turns on the write-ahead log, so processes that open one file at
            // the same time take turns. The lock is on a separate file, since SQLite has its own locks on the database.
            guard let turn = try FileLock.take(path + ".lock", waiting: DatabaseFile.openingMilliseconds) else {
                throw StoreError.failed("another program has locked \(path) for ten seconds: end it and try again")
            }
            defer { withExtendedLifetime(turn) {} }
            try DatabaseFile.makeFile(path)
            pool = try DatabasePool(path: path, configuration: configuration)
            try pool.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = \(durability.rawValue)")
                let set = try Int64.fetchOne(database, sql: "PRAGMA synchronous")
                guard set == durability.rawValue else {
                    throw StoreError.failed("SQLite refused PRAGMA synchronous = \(durability.rawValue) for \(path)")
                }
            }
            try DatabaseFile.refuseNewer(path, pool, migrator)
            try migrator.migrate(pool)
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// Refuses a file of a newer version: its rows may mean what this version does not know.
    private static func refuseNewer(_ path: String, _ pool: DatabasePool, _ migrator: DatabaseMigrator) throws {
        let unknown = try pool.read { try migrator.appliedIdentifiers($0) }.subtracting(migrator.migrations)
        guard let change = unknown.max() else { return }
        throw StoreError.newer(
            path, change: String(change.withoutControls.prefix(changeMaximum)), known: migrator.migrations.last ?? "")
    }

    /// The most characters of an unknown change that are named.
    private static let changeMaximum = 80

    /// The clock of deadlines, which includes the time in suspend: callers have gone away meanwhile.
    public static var now: Instant { BusyWait.now }

    /// Reads in one transaction: what other connections commit meanwhile is not seen.
    ///
    /// - Throws: ``StoreError``; a ``DamagedRow``, or a column of another type, is `corrupt`, and work whose deadline
    ///   has passed before it began is `notNow`.
    public func read<Value>(
        by deadline: Deadline = .never, _ body: (Database) throws -> Value
    ) throws(StoreError) -> Value {
        try run(by: deadline) { try pool.read { try DatabaseFile.within(deadline, $0, body) } }
    }

    /// Writes in one transaction, which is rolled back when an error is thrown, and on the disk when this returns as
    /// far as the ``Durability`` says.
    ///
    /// Writers take turns. One whose deadline passes while it waits for its turn, or for another process that holds the
    /// lock of the file, is refused and has written nothing. Since those in front of it were asked earlier and have
    /// their deadlines too, it waits for its turn no longer than about its own.
    ///
    /// - Throws: ``StoreError``; a ``DamagedRow``, or a column of another type, is `corrupt`, and work whose deadline
    ///   has passed before it began is `notNow`.
    public func write<Value>(
        by deadline: Deadline = .never, _ body: (Database) throws -> Value
    ) throws(StoreError) -> Value {
        try run(by: deadline) {
            try pool.writeWithoutTransaction { database in
                try DatabaseFile.within(deadline, database) { database in
                    var value: Value?
                    try database.inTransaction {
                        value = try body(database)
                        return .commit
                    }
                    guard let value else { preconditionFailure("a transaction on \(path) ended without a result") }
                    return value
                }
            }
        }
    }

    private func run<Value>(by deadline: Deadline, _ work: () throws -> Value) throws(StoreError) -> Value {
        guard !deadline.hasPassed(at: BusyWait.now) else { throw .late }
        do { return try work() } catch {
            // The lock of another process was waited for until the deadline.
            if let error = error as? DatabaseError, error.resultCode == .SQLITE_BUSY,
                deadline.hasPassed(at: BusyWait.now)
            {
                throw .late
            }
            throw StoreError(error, path: path)
        }
    }

    /// Runs what has its turn now, unless the deadline passed while it waited; it waits for other processes until then.
    private static func within<Value>(
        _ deadline: Deadline, _ database: Database, _ body: (Database) throws -> Value
    ) throws -> Value {
        let now = BusyWait.now
        guard !deadline.hasPassed(at: now) else { throw StoreError.late }
        return try BusyWait.$end.withValue(min(deadline.instant, now + BusyWait.timeout)) { try body(database) }
    }

    /// Creates the file before SQLite does, since the write-ahead log gets the mode that the file has at that moment.
    ///
    /// An existing file is not opened: closing any descriptor of it would release this process's POSIX locks on it.
    private static func makeFile(_ path: String) throws(StoreError) {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            close(descriptor)
        } else if errno != EEXIST {
            let reason = String(cString: strerror(errno))
            throw errno == ENOSPC ? .full(path) : .failed("cannot make \(path): \(reason)")
        }
        for file in [path, path + "-wal", path + "-shm"] { try checkFile(file) }
        chmod(path, 0o600)
    }

    /// Refuses a path that is neither free nor a regular file of this user: SQLite itself follows symbolic links and
    /// does not check owners.
    private static func checkFile(_ path: String) throws(StoreError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid() else {
            throw .failed("\(path) is a symbolic link, no regular file, or owned by another user: move it away")
        }
    }
}

extension StoreError {
    /// Translates an error of GRDB or SQLite.
    init(_ error: any Error, path: String) {
        if let error = error as? StoreError {
            self = error
            return
        }
        if let error = error as? SystemError {
            self = error.isFull ? .full(path) : .failed("\(error)")
            return
        }
        if error is DamagedRow || error is RowDecodingError {
            self = .corrupt(path)
            return
        }
        guard let error = error as? DatabaseError else {
            self = .failed("\(path): \(error)")
            return
        }
        switch error.resultCode {
        case .SQLITE_FULL: self = .full(path)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .corrupt(path)
        case .SQLITE_IOERR where errno == ENOSPC: self = .full(path)
        default: self = .failed("\(path): \(error.message ?? "SQLite error \(error.resultCode.rawValue)")")
        }
    }
}
