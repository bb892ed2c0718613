import Wire

/// One piece of the transcript: a message, a tool call, or a line of our own.
struct Block: Hashable, Sendable {
    /// What it shows.
    enum Body: Hashable, Sendable {
        case message(MessageBlock)
        case tool(ToolBlock)
        case line(LineKind, String)
    }

    /// What a line of our own is about.
    enum LineKind: Hashable, Sendable {
        /// What happened to the connection or the mirror; drawn between dashes.
        case gap
        /// Something to know.
        case note
        /// Something that went wrong.
        case failure
        /// How far the prompt above it is.
        case delivery
        /// The prompt above it was refused.
        case refusal
    }

    /// The first entry it shows; of a line of our own the entry that follows it.
    var firstSeq: Seq
    /// When that was.
    var timestamp: Timestamp
    /// What it shows.
    var body: Body
    /// Whether it shows a later part of an entry that begins in the block before; the two are never parted.
    var sharesEntry = false
    /// Changes whenever what is shown changes.
    var version = 0
    /// Changes whenever more changes than text being added at the end.
    var base = 0

    /// About how much memory the block takes.
    var bytes: Int {
        switch body {
        case .message(let message): 128 + message.bytes
        case .tool(let tool): 256 + tool.bytes
        case .line(_, let text): 128 + text.utf8.count
        }
    }
}
