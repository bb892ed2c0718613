import Glibc

/// A file under the standard output and error of a process that runs for weeks: what it says, what libraries say and
/// what a crash says are in one place, and that place does not grow without end.
public final class BoundedLog: Sendable {
    /// When the file is set aside, in bytes. Two of them are kept: the present one and the one before.
    public static let bytesMaximum: Int64 = 4 << 20

    private let path: String

    /// Opens or makes the file, for this user alone, and puts it under both descriptors.
    ///
    /// - Parameter path: An absolute path; a link is not followed.
    /// - Throws: ``SystemError``.
    public init(_ path: String) throws(SystemError) {
        self.path = path
        try reopen()
    }

    /// Opens the file anew: somebody has moved it away, or is about to delete it.
    ///
    /// - Throws: ``SystemError``; then the old file goes on being written to.
    public func reopen() throws(SystemError) {
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SystemError("write to \(path)") }
        defer { close(file) }
        for descriptor in [STDOUT_FILENO, STDERR_FILENO] where dup2(file, descriptor) < 0 {
            throw SystemError("write to \(path)")
        }
    }

    /// Sets the file aside as `PATH.1`, in the place of an earlier one, when it is too long.
    ///
    /// - Throws: ``SystemError``; then the file goes on being written to.
    public func tidy() throws(SystemError) {
        var status = stat()
        guard fstat(STDERR_FILENO, &status) == 0, status.st_size >= BoundedLog.bytesMaximum else { return }
        guard rename(path, path + ".1") == 0 else { throw SystemError("rename \(path)") }
        try reopen()
    }
}
