/// Why a file's text cannot be used.
enum SkipReason: String, Hashable, Sendable {
    case binary
    case notUTF8 = "not UTF-8"
    case tooLarge = "too large"
    case unreadable
    case nameNotUTF8 = "its name is not UTF-8"
    case tooDeep = "in too many folders"
    case gitRules = "git's rules for it cannot be read or are too large"
    case hidden = "it is the server's own"

    /// Whether the reason holds until the file changes. A permission can change without a change of size and time, and
    /// so can the set of the server's own files.
    var isLasting: Bool { self != .unreadable && self != .hidden }
}
