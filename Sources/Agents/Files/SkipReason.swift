/// Why a file's text cannot be used.
enum SkipReason: String, Hashable, Sendable {
    case binary
    case notUTF8 = "not UTF-8"
    case tooLarge = "too large"
    case unreadable
    case nameNotUTF8 = "its name is not UTF-8"
    case tooDeep = "in too many folders"
    case hidden = "it is the server's own"

    /// Whether the file itself says it: then it need not be asked again before it changes. A permission can change
    /// without a trace in size and time, and so can what the server keeps to itself.
    var isLasting: Bool { self != .unreadable && self != .hidden }
}
