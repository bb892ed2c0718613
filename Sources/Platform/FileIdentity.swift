import Glibc

/// The identity of a file of any type: its device and inode numbers. A file that is open keeps its inode number from
/// being given to another one.
public struct FileIdentity: Hashable, Sendable {
    private let device: UInt64
    private let inode: UInt64
    /// Whether it is a regular file.
    public let isRegular: Bool

    private init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        isRegular = status.st_mode & S_IFMT == S_IFREG
    }

    /// The identity of what is at a path; `nil` when nothing is, or when it cannot be looked at.
    ///
    /// - Parameter isFollowing: Whether a symbolic link stands for its target.
    public init?(at path: String, isFollowing: Bool = false) {
        var status = stat()
        guard (isFollowing ? stat(path, &status) : lstat(path, &status)) == 0 else { return nil }
        self.init(status)
    }

    /// The identity of an open file; `nil` when the descriptor is closed.
    public init?(of descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Whether the path certainly does not lead to this file any more: it was removed, moved or replaced. A path that
    /// cannot be looked at just now, as on a network file system without its server, is not taken for that.
    public func isGone(from path: String) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { return errno == ENOENT || errno == ENOTDIR }
        return FileIdentity(status) != self
    }
}
