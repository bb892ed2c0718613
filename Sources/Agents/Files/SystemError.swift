import Glibc

/// What the system answered.
struct SystemError: Error, Hashable, CustomStringConvertible {
    var code: Int32

    /// The system's own words.
    var description: String { String(cString: strerror(code)) }

    /// Whether the thing is simply not there; a link where none may be counts as that.
    var isAbsence: Bool { [ENOENT, ENOTDIR, ELOOP, ENXIO].contains(code) }
}
