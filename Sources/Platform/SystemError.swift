import Glibc
public import SystemPackage

/// What the operating system refused: what was tried, and why it was refused, in one sentence.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was tried, behind "cannot": `read /etc/x`.
    public var action: String
    /// What the system answered.
    public var code: Errno

    /// An error with what the system said last, unless told.
    public init(_ action: String, _ code: Errno = .last) {
        self.action = action
        self.code = code
    }

    /// The sentence: "cannot read /etc/x: Permission denied".
    public var description: String { "cannot \(action): \(code)" }

    /// Whether what was named is simply not there.
    public var isAbsence: Bool { code == .noSuchFileOrDirectory || code == .notDirectory }

    /// Whether the disk, or this user's share of it, is full.
    public var isFull: Bool { code == .noSpace || code == .diskQuotaExceeded }
}

extension Errno {
    /// What the system said last on this thread.
    public static var last: Errno { Errno(rawValue: errno) }
}
