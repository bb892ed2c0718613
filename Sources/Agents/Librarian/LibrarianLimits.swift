/// The bounds of the librarian. What reaches one is left out and said so, or refused with a sentence.
public struct LibrarianLimits: Hashable, Sendable {
    /// A file of more bytes is skipped.
    public var fileBytes = 1 << 20
    /// The list of a folder ends after so many files.
    public var files = 20_000
    /// The list of a folder ends before the files have more bytes than this together.
    public var totalBytes: Int64 = 256 << 20
    /// The walk through a folder ends after so many names, ignored ones included.
    public var entries = 200_000
    /// Folders nested deeper are skipped.
    public var depth = 64
    /// So many passages are read for an answer.
    public var passages = 6
    /// So many memory variables are kept in a session.
    public var memoryVariables = 200
    /// A memory variable of more bytes is refused.
    public var memoryBytes = 2 << 10
    /// So many folders keep an index; the one that was used least recently gives way.
    public var indexes = 64

    /// The bounds that suit a server.
    public init() {}
}
