import Platform

/// The identities of a database's files as they were opened. SQLite goes on writing to a file that was moved, deleted
/// or replaced, and commits that were acknowledged then are gone at the next start; this detects it.
///
/// A check costs one lstat(2) for each file.
public struct FilesInUse: Sendable {
    private let files: [(path: String, identity: FileIdentity)]

    /// Records the database at the path and its write-ahead log, if it exists: SQLite creates that with the first
    /// commit and keeps it while the database is open.
    ///
    /// - Returns: `nil` when there is no file at the path.
    public init?(database path: String) {
        guard let main = FileIdentity(at: path), main.isRegular else { return nil }
        let log = path + "-wal"
        files = [(path, main)] + (FileIdentity(at: log).map { [(log, $0)] } ?? [])
    }

    /// Whether each path still is the file that was opened.
    public var isIntact: Bool { files.allSatisfy { FileIdentity(at: $0.path) == $0.identity } }

    /// Whether a file certainly was moved, deleted or replaced; `false` while that cannot be found out.
    public var isLost: Bool { files.contains { $0.identity.isGone(from: $0.path) } }
}
