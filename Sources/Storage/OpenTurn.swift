import Glibc
import Wire

/// A turn to open or make a database: a lock that the system releases when its holder dies. It is on a file of its own,
/// for SQLite has locks of its own on its files.
final class OpenTurn {
    private let descriptor: Int32

    /// Waits for the turn.
    ///
    /// - Throws: ``StoreError`` when the folder cannot be written.
    init(beside path: String) throws(StoreError) {
        let lock = path + ".lock"
        descriptor = open(lock, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            throw errno == ENOSPC ? .full(path) : .failed("cannot write \(lock): \(reason)")
        }
        while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
    }

    deinit { close(descriptor) }
}
