import CProcess
import Glibc

/// The identity of a folder: its inode number and the time of its creation. It stays the same when the folder is
/// renamed or moved within its file system. The inode number alone does not identify it, since a new folder gets that of a
/// deleted one; the device number is not a part, since it changes when the machine is started again.
public struct FolderIdentity: Hashable, Sendable, CustomStringConvertible {
    /// Inode number and time as text, as they are stored.
    public let description: String

    /// The identity of the folder at a path, symbolic links followed; `nil` when it does not exist, is no folder, or is
    /// on a file system that does not keep the time of creation.
    public init?(at path: String) {
        var (inode, seconds, nanoseconds) = (UInt64(0), Int64(0), UInt32(0))
        guard system_folder_birth(path, &inode, &seconds, &nanoseconds), seconds > 0 else { return nil }
        description = "\(inode)@\(seconds).\(nanoseconds)"
    }

    /// Whether two paths lead to one folder now, as by a symbolic link. A snapshot of a file system has the same
    /// identities as its origin, and is told apart by its device.
    public static func isOneFolder(_ path: String, _ other: String) -> Bool {
        guard let first = FileIdentity(at: path, isFollowing: true) else { return false }
        return first == FileIdentity(at: other, isFollowing: true)
    }
}
