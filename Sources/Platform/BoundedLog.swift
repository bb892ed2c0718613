import Glibc
import SystemPackage

/// A log file behind the standard output and error of a long-running process, with a bound on its length. It receives
/// what libraries and the crash handler print too, since they write to the same descriptors.
///
/// A symbolic link of this user or of root is followed, as `/dev/stderr` in a container is. What such a link leads to,
/// a terminal and a device are not rotated.
public final class BoundedLog: Sendable {
    /// The length at which the file is rotated, in bytes. Two files are kept: the current one and the one before.
    public static let bytesMaximum: Int64 = 4 << 20

    private let path: String

    /// Opens or creates the file with mode 0600, and redirects both descriptors to it.
    ///
    /// - Parameter path: An absolute path.
    /// - Throws: ``SystemError``.
    public init(_ path: String) throws(SystemError) {
        self.path = path
        try reopen()
    }

    /// Reopens the file by its path, after logrotate(8) or an operator has moved it; called on SIGHUP.
    ///
    /// - Throws: ``SystemError``; the old file then stays in use.
    public func reopen() throws(SystemError) {
        let file = try BoundedLog.open(path)
        defer { close(file) }
        for descriptor in [STDOUT_FILENO, STDERR_FILENO] where dup2(file, descriptor) < 0 {
            throw SystemError("write to \(path)")
        }
    }

    /// Opens or creates a log file for appending, with mode 0600. Does not block.
    ///
    /// - Returns: A descriptor that is closed on exec; the caller closes it.
    /// - Throws: ``SystemError``: `.invalidArgument` for a pipe, unless it is this process's own output, and
    ///   `.notPermitted` for a link of another user.
    public static func open(_ path: String) throws(SystemError) -> Int32 {
        var status = stat()
        let isLink = lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
        guard !isLink || status.st_uid == geteuid() || status.st_uid == 0 else {
            throw SystemError("write to \(path), which is a link of another user", .notPermitted)
        }
        // A pipe or a socket that is the own output, such as the journal's, is used as it is: it may not be possible to
        // open it again.
        if let file = FileIdentity(at: path, isFollowing: true), !file.isRegular {
            for output in [STDERR_FILENO, STDOUT_FILENO] where FileIdentity(of: output) == file {
                let copy = fcntl(output, F_DUPFD_CLOEXEC, 3)
                guard copy >= 0 else { throw SystemError("write to \(path)") }
                return copy
            }
        }
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_NONBLOCK | O_CLOEXEC | (isLink ? 0 : O_NOFOLLOW)
        let file = Glibc.open(path, flags, 0o600)
        guard file >= 0 else {
            // A pipe without a reader, or a socket.
            guard errno == ENXIO else { throw SystemError("write to \(path)") }
            throw SystemError("write to \(path), which is no file", .invalidArgument)
        }
        guard fstat(file, &status) == 0, [S_IFREG, S_IFCHR].contains(status.st_mode & S_IFMT) else {
            close(file)
            throw SystemError("write to \(path), which is no file", .invalidArgument)
        }
        // Only opening must not block: a terminal may.
        _ = fcntl(file, F_SETFL, O_APPEND)
        return file
    }

    /// Rotates the file to `PATH.1`, replacing an earlier one, when it is longer than ``bytesMaximum``, and opens it
    /// again when it was removed. A file that cannot be renamed is emptied: the bound goes before the history.
    ///
    /// - Throws: ``SystemError``; the file then stays in use.
    public func tidy() throws(SystemError) {
        var status = stat()
        guard fstat(STDERR_FILENO, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
        let file = FileIdentity(of: STDERR_FILENO)
        guard FileIdentity(at: path, isFollowing: true) == file else {
            do { return try reopen() } catch {
                if status.st_size >= BoundedLog.bytesMaximum { ftruncate(STDERR_FILENO, 0) }
                throw error
            }
        }
        guard status.st_size >= BoundedLog.bytesMaximum, FileIdentity(at: path) == file else { return }
        guard rename(path, path + ".1") == 0 else {
            let code = SystemError("rename \(path): it was emptied")
            guard ftruncate(STDERR_FILENO, 0) == 0 else { throw SystemError("empty \(path)") }
            throw code
        }
        try reopen()
    }
}
