import Glibc

/// Keeps a second server out of a data folder: a lock on a file in it, which the system releases when its holder
/// dies, however it dies.
public struct FolderLock: ~Copyable, Sendable {
    /// The name of the file.
    public static let fileName = "belayd.lock"

    private let descriptor: Int32

    /// Takes the lock.
    ///
    /// - Returns: `nil` when another server has it.
    /// - Throws: ``ConfigurationError`` when the folder cannot be written.
    public init?(folder: String) throws(ConfigurationError) {
        let path = "\(folder)/\(FolderLock.fileName)"
        descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ConfigurationError("cannot write to \(folder): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
    }

    deinit { close(descriptor) }
}
