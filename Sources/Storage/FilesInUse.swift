import Glibc

/// The identities of a database's files as they were opened. SQLite goes on writing to a file that was moved, deleted
/// or replaced, and commits that were acknowledged then are gone at the next start; this detects it.
///
/// A check costs one lstat(2) for each file.
public struct FilesInUse: Sendable {
    private struct Identity: Hashable, Sendable {
        var device: UInt64
        var inode: UInt64

        /// The identity of the file at the path; a symbolic link is not followed, since no link was opened.
        init?(at path: String) {
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
        }
    }

    private let files: [(path: String, identity: Identity)]

    /// Records the database at the path and its write-ahead log, if it exists: SQLite creates that with the first
    /// commit and keeps it while the database is open.
    ///
    /// - Returns: `nil` when there is no file at the path.
    public init?(database path: String) {
        guard let main = Identity(at: path) else { return nil }
        let log = path + "-wal"
        files = [(path, main)] + (Identity(at: log).map { [(log, $0)] } ?? [])
    }

    /// Whether each path still is the file that was opened.
    public var isIntact: Bool { files.allSatisfy { Identity(at: $0.path) == $0.identity } }
}
