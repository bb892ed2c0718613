import Glibc
public import SystemPackage

/// A failed system call: what was tried, and the error code.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was tried, as it follows "cannot": `read /etc/x`.
    public var action: String
    /// The error code of the system call.
    public var code: Errno

    /// Creates an error with the given code, by default this thread's errno.
    public init(_ action: String, _ code: Errno = .last) {
        self.action = action
        self.code = code
    }

    /// The sentence: "cannot read /etc/x: Permission denied".
    public var description: String { "cannot \(action): \(code)" }

    /// The number of the error code (errno(3)).
    public var number: Int32 { code.rawValue }

    /// Whether the path does not exist.
    public var isAbsence: Bool { code == .noSuchFileOrDirectory || code == .notDirectory }

    /// Whether the disk, or this user's share of it, is full.
    public var isFull: Bool { code == .noSpace || code == .diskQuotaExceeded }
}

extension Errno {
    /// The errno of this thread.
    public static var last: Errno { Errno(rawValue: errno) }
}
