import Glibc

/// A failed system call, as errno.
struct SystemError: Error, Hashable, CustomStringConvertible {
    var code: Int32

    /// The text of strerror(3), for use within a sentence.
    var description: String { String(cString: strerror(code)) }

    /// Whether the file does not exist; a symbolic link that is not followed counts as that.
    var isAbsence: Bool { [ENOENT, ENOTDIR, ELOOP, ENXIO].contains(code) }
}
