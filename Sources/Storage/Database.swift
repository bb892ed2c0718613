import GRDB
import Glibc
import Platform
import Wire

/// How our databases are opened: write-ahead logging, foreign keys, and a durability that is read back, since GRDB
/// sets its own when it turns the log on.
struct DatabaseFile {
    /// What a commit survives.
    enum Durability: Int64 {
        /// The death of the process; after a power cut the last commits may be gone, but nothing is torn.
        case normal = 1
        /// A power cut as well.
        case full = 2
    }

    let path: String
    let pool: DatabasePool

    /// How long others may take to open or make the file, in milliseconds.
    private static let openingMilliseconds: Int64 = 10_000

    /// Opens or makes the file; it and its folder are for this user alone.
    ///
    /// - Throws: ``StoreError``.
    init(path: String, durability: Durability, migrator: DatabaseMigrator) throws(StoreError) {
        self.path = path
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.foreignKeysEnabled = true
        configuration.label = "belay"
        do {
            try PrivateFolder.make(PrivateFolder.parent(of: path))
            // SQLite does not wait for others when it turns the log on: ten programs that make one file take turns.
            // The lock is on a file of its own, for SQLite has locks of its own on its files.
            guard let turn = try FileLock.take(path + ".lock", waiting: DatabaseFile.openingMilliseconds) else {
                throw StoreError.failed("another program has been opening \(path) for ten seconds: end it")
            }
            defer { withExtendedLifetime(turn) {} }
            try DatabaseFile.makeFile(path)
            pool = try DatabasePool(path: path, configuration: configuration)
            try pool.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = \(durability.rawValue)")
                let set = try Int64.fetchOne(database, sql: "PRAGMA synchronous")
                guard set == durability.rawValue else {
                    throw StoreError.failed("SQLite does not take synchronous = \(durability.rawValue)")
                }
            }
            try migrator.migrate(pool)
        } catch {
            throw StoreError(error, path: path)
        }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        do { return try pool.read(body) } catch { throw StoreError(error, path: path) }
    }

    func write<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        do { return try pool.write(body) } catch { throw StoreError(error, path: path) }
    }

    /// Makes the file before SQLite does: its log gets the mode that the file has at that moment.
    ///
    /// A file that is there is not opened: closing it would take away the locks of whoever in this process uses it.
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

    /// SQLite follows links and asks nobody whose a file is; what stands in the place of a database has to be this
    /// user's own file, or nothing.
    private static func checkFile(_ path: String) throws(StoreError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid() else {
            throw .failed("\(path) is a link, no file, or another user's: move it away")
        }
    }
}

extension StoreError {
    /// What an error of the database means.
    init(_ error: any Error, path: String) {
        if let error = error as? StoreError {
            self = error
            return
        }
        if let error = error as? SystemError {
            self = error.isFull ? .full(path) : .failed("\(error)")
            return
        }
        if error is DamagedRow {
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
