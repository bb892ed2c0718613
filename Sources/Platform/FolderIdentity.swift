import Glibc

/// The identity of a folder: its device and inode numbers. It stays the same when the folder is renamed or moved within
/// its file system.
public struct FolderIdentity: Hashable, Sendable, CustomStringConvertible {
    /// Device and inode number as text, as they are stored.
    public let description: String

    /// The identity of the folder at a path, symbolic links followed; `nil` when it does not exist or is no folder.
    public init?(at path: String) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
        description = "\(status.st_dev):\(status.st_ino)"
    }
}
