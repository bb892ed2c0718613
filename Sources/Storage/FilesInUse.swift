import Glibc

/// The files of a database as they were when it was opened: a database goes on writing to a file that somebody has
/// moved away, deleted or replaced, and what was acknowledged then is gone at the next start.
///
/// To look costs one lstat(2) for each file.
public struct FilesInUse: Sendable {
    private struct Identity: Hashable, Sendable {
        var device: UInt64
        var inode: UInt64

        /// What lies at the path itself; a link is not followed, for it is not what was opened.
        init?(at path: String) {
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
        }
    }

    private let files: [(path: String, identity: Identity)]

    /// The database at the path and its log, as they are now. The log is looked at if it is there: SQLite makes it with
    /// the first commit and keeps it for as long as somebody has the database open.
    ///
    /// - Returns: `nil` when there is no file at the path.
    public init?(database path: String) {
        guard let main = Identity(at: path) else { return nil }
        let log = path + "-wal"
        files = [(path, main)] + (Identity(at: log).map { [(log, $0)] } ?? [])
    }

    /// Whether each path still leads to the file that was opened.
    public var isIntact: Bool { files.allSatisfy { Identity(at: $0.path) == $0.identity } }
}
