/// The bounds of the librarian. What exceeds one is skipped, which the answer mentions, or refused with a sentence.
public struct LibrarianLimits: Hashable, Sendable {
    /// The largest file that is indexed, in bytes; larger ones are skipped.
    public var fileBytes = 1 << 20
    /// The most files of a folder.
    public var files = 20_000
    /// The most bytes of a folder's files together.
    public var totalBytes: Int64 = 256 << 20
    /// The most names that are read in a folder, ignored ones included.
    public var entries = 200_000
    /// The depth to which folders are read; deeper ones are skipped.
    public var depth = 64
    /// The most passages that are read for an answer.
    public var passages = 6
    /// The most memory variables of a session.
    public var memoryVariables = 200
    /// The largest memory variable, in bytes.
    public var memoryBytes = 2 << 10
    /// The most indexes that are kept; the least recently used one is deleted.
    public var indexes = 64

    /// The default bounds, as `belayd(8)` has them.
    public init() {}
}
