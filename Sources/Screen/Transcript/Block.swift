import Wire

/// An item of the transcript: a message, a tool call, or a notice of the client.
struct Block: Hashable, Sendable {
    /// The content of the block.
    enum Body: Hashable, Sendable {
        case message(MessageBlock)
        case tool(ToolBlock)
        case line(LineKind, String)
    }

    /// The kinds of notices.
    enum LineKind: Hashable, Sendable {
        /// An event of the connection or the mirror; drawn between dashes.
        case gap
        /// What follows arrived while the user did not look.
        case unread
        /// Information that needs no reaction.
        case note
        /// Something that went wrong.
        case failure
        /// The delivery state of the prompt above.
        case delivery
        /// The prompt above it was refused.
        case refusal
    }

    /// The first entry that the block shows; for a notice, the entry that follows it.
    var firstSeq: Seq
    /// The time of that entry, in milliseconds since 1970.
    var timestamp: Timestamp
    /// The content, which the painter lays out.
    var body: Body
    /// Whether it continues an entry of the block before; the two are dropped together.
    var sharesEntry = false
    /// Whether a line above it tells that what follows is new.
    var isFirstUnread = false
    /// Whether it is folded where others are open, or open where they are folded.
    var isFoldedOtherwise = false
    /// Incremented with every change of the content.
    var version = 0
    /// Incremented with every change other than appending text.
    var base = 0

    /// The approximate memory of the block, in bytes.
    var bytes: Int {
        switch body {
        case .message(let message): 128 + message.bytes
        case .tool(let tool): 256 + tool.bytes
        case .line(_, let text): 128 + text.utf8.count
        }
    }
}
