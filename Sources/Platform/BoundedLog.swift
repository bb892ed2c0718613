import Glibc

/// A log file behind the standard output and error of a long-running process, with a bound on its length. It receives
/// what libraries and the crash handler print too, since they write to the same descriptors.
public final class BoundedLog: Sendable {
    /// The length at which the file is rotated, in bytes. Two files are kept: the current one and the one before.
    public static let bytesMaximum: Int64 = 4 << 20

    private let path: String

    /// Opens or creates the file with mode 0600, and redirects both descriptors to it.
    ///
    /// - Parameter path: An absolute path; a symbolic link is refused.
    /// - Throws: ``SystemError``.
    public init(_ path: String) throws(SystemError) {
        self.path = path
        try reopen()
    }

    /// Reopens the file by its path, after logrotate(8) or an operator has moved it; called on SIGHUP.
    ///
    /// - Throws: ``SystemError``; the old file then stays in use.
    public func reopen() throws(SystemError) {
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SystemError("write to \(path)") }
        defer { close(file) }
        for descriptor in [STDOUT_FILENO, STDERR_FILENO] where dup2(file, descriptor) < 0 {
            throw SystemError("write to \(path)")
        }
    }

    /// Rotates the file to `PATH.1`, replacing an earlier one, when it is longer than ``bytesMaximum``.
    ///
    /// - Throws: ``SystemError``; the file then stays in use.
    public func tidy() throws(SystemError) {
        var status = stat()
        guard fstat(STDERR_FILENO, &status) == 0, status.st_size >= BoundedLog.bytesMaximum else { return }
        guard rename(path, path + ".1") == 0 else { throw SystemError("rename \(path)") }
        try reopen()
    }
}
