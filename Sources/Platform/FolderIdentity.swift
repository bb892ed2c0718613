import Glibc

/// What a folder is, whatever it is called: the device that it is on and its number there. It stays the same when the
/// folder is moved within its file system.
public struct FolderIdentity: Hashable, Sendable, CustomStringConvertible {
    /// The device and the number, as they are kept.
    public let description: String

    /// The folder at a path, links followed; `nil` when there is none.
    public init?(at path: String) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
        description = "\(status.st_dev):\(status.st_ino)"
    }
}
