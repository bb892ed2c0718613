import Wire

/// The part of the session's history that is held in memory, and the scroll position in it.
///
/// It is a window: at most ``blocksMaximum`` blocks and ``bytesMaximum`` bytes of a history of any length. More is read
/// from the mirror page by page as the user approaches an edge, and blocks at the other edge are dropped. Blocks are
/// added and dropped at the ends only, so a block's ID is its index plus a constant.
struct Transcript: Hashable, Sendable {
    /// The most blocks that are held.
    static let blocksMaximum = 5_000
    /// The most bytes of text that are held, approximately: some thousand screens full. What is near the view is held
    /// even if it has more.
    static let bytesMaximum = 2 << 20
    /// The same of a chat that nobody looks at.
    static let bytesLeft = 64 << 10
    /// At a bound, one part in so many is dropped at once, so that dropping is rare.
    static let shareDropped = 5
    /// The most updates to tool calls outside of the window that are remembered.
    static let orphansMaximum = 256
    /// The most notices that wait while the newest blocks are not held.
    static let linesWaitingMaximum = 20

    /// What is beyond an edge of the window.
    enum Edge: Hashable, Sendable {
        /// Nothing: the beginning of the session, or its present end.
        case end
        /// More entries, which can be requested.
        case more
        /// A gap of the mirror; a line marks it at the edge.
        case lacking
        /// More entries, requested with this sequence number.
        case loading(Seq)
        /// The newest page was requested, when entries up to this one were known.
        case loadingNewest(seen: Seq)
    }

    /// An update to a tool call, with its entry.
    struct Change: Hashable, Sendable {
        var call: ToolCall
        var seq: Seq
        var timestamp: Timestamp
        /// What the call had produced, when it is known from a block and not from the update.
        var detail: ToolDetail?

        /// This update followed by another, as one.
        func followed(by next: Change) -> Change {
            var joint = next
            joint.call = call
            joint.call.apply(next.call)
            if next.call.content == nil { joint.detail = next.detail ?? detail }
            return joint
        }
    }

    /// The message that the next chunk continues.
    struct Stream: Hashable, Sendable {
        var speaker: MessageBlock.Speaker
        var id: MessageID?
        /// The idempotency key of the echoed prompt: two prompts are two messages, even with the same message ID.
        var prompt: ClientMessageID?
        var sanitizer = Sanitizer()
    }

    /// The blocks held, in order.
    var blocks: [Block] = []
    /// The ID of the first block; it may be negative.
    var firstID = 0
    /// The bytes of all blocks, for the bound.
    var bytes = 0
    /// The IDs of the blocks of tool calls.
    var tools: [ToolCallID: Int] = [:]
    /// Updates to tool calls that are not held.
    var orphans: [ToolCallID: Change] = [:]
    /// The questions that may still be answered.
    var asked = AskedOptions()
    /// The message of the newest block, while it can continue.
    var stream: Stream?
    /// The first entry held; 0 when there is none. It may precede the first block, since not every entry is shown.
    var oldestHeld: Seq = 0
    /// The last entry held; 0 when there is none.
    var newestHeld: Seq = 0
    /// The text of the newest message, to recognise entries that repeat a part of it.
    var held = HeldText()
    /// The last entry of the journal, as far as is known.
    var newestSeen: Seq = 0
    /// What is before the window.
    var older = Edge.end
    /// What is after the window.
    var newer = Edge.end
    /// The ID of the line that marks a gap between blocks; `nil` when there is none.
    var gap: Int?
    /// Notices that wait for the newest blocks.
    var linesWaiting: [Block] = []
    /// The prompts of the outbox, after the last block.
    var tail: [Block] = [] {
        didSet { if tail != oldValue { tailLayouts = [:] } }
    }

    /// The scroll position: at the end, or anchored to a line.
    var scroll = Scroll.following
    /// How many blocks have been added since the user scrolled up.
    var unread = 0

    /// The ID of the block that a line marks as the first unread one.
    var unreadMark: Int?
    /// How far code and output are scrolled to the right, in columns.
    var codeShift = 0
    /// Whether tool calls and finished thoughts are open.
    var isUnfolded = false
    /// The ID of the block that the user has chosen; `nil` when none is.
    var selected: Int?
    /// The IDs of the blocks in the view and just beside it, which stay held: otherwise they would be asked for again.
    var near = 0..<0
    /// Cached layouts by block ID, and those of ``tail`` by index.
    var layouts = LayoutCache()
    var tailLayouts: [Int: BlockLayout] = [:]

    /// The number of blocks to show. The outbox follows the newest entry, so it is shown only when that is held.
    var itemCount: Int { blocks.count + (newer == .end ? tail.count : 0) }

    /// The block at an index; those of the outbox are last.
    func item(_ index: Int) -> Block { index < blocks.count ? blocks[index] : tail[index - blocks.count] }

    /// Drops everything that is held; what is known of the journal's end stays.
    mutating func clear() {
        (firstID, near) = (0, 0..<0)
        (blocks, bytes, tools, orphans, layouts, tailLayouts) = ([], 0, [:], [:], LayoutCache(), [:])
        (stream, oldestHeld, newestHeld, gap, unreadMark, selected) = (nil, 0, 0, nil, nil, nil)
    }
}

/// The scroll position of the view in the transcript.
enum Scroll: Hashable, Sendable {
    /// At the end, following new entries.
    case following
    /// Anchored: the top row shows this line of this block, whatever is added before or after it.
    case reading(block: Int, line: Int)
}
