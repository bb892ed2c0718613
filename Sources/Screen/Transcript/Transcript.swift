import Wire

/// The part of the session's history that is held in memory, and the part of that which is looked at.
///
/// It holds a window: at most ``blocksMaximum`` blocks and ``bytesMaximum`` bytes of a history of any length. What
/// lies beyond an edge is fetched from the mirror page by page as the user comes near, and then the other edge gives
/// way. Blocks are only ever added and dropped at the ends, so a block's name is its place plus a constant.
struct Transcript: Hashable, Sendable {
    /// The most blocks that are held.
    static let blocksMaximum = 5_000
    /// The most bytes of text that are held, roughly.
    static let bytesMaximum = 16 << 20
    /// The share of the window that gives way at once, so that dropping is rare.
    static let shareDropped = 5
    /// How many changes to tool calls outside of the window are remembered.
    static let orphansMaximum = 256
    /// How many lines of our own wait while the newest blocks are not held.
    static let linesWaitingMaximum = 20

    /// What lies beyond an edge of the window.
    enum Edge: Hashable, Sendable {
        /// Nothing: the beginning of the session, or the present.
        case end
        /// More, which can be asked for.
        case more
        /// More, which the mirror does not hold yet; a line says so at the edge.
        case lacking
        /// More, which has been asked for with this number.
        case loading(Seq)
        /// The newest page has been asked for, when entries up to this one were known.
        case loadingNewest(seen: Seq)
    }

    /// A change to a tool call, with the entry that told it.
    struct Change: Hashable, Sendable {
        var call: ToolCall
        var seq: Seq
        var timestamp: Timestamp

        /// Both changes as one.
        func followed(by next: Change) -> Change {
            var joint = next
            joint.call = call
            joint.call.apply(next.call)
            return joint
        }
    }

    /// Where a message goes on when its next piece comes.
    struct Stream: Hashable, Sendable {
        var speaker: MessageBlock.Speaker
        var id: MessageID?
        /// The prompt it echoes: two prompts are two messages, whatever their names.
        var prompt: ClientMessageID?
        var sanitizer = Sanitizer()
    }

    /// The blocks held, in order.
    var blocks: [Block] = []
    /// The name of the first block; may be negative.
    var firstID = 0
    /// Their bytes.
    var bytes = 0
    /// The block of each tool call held, by its name.
    var tools: [ToolCallID: Int] = [:]
    /// Changes to tool calls that are not held.
    var orphans: [ToolCallID: Change] = [:]
    /// The message that the newest block shows, while it can go on.
    var stream: Stream?
    /// The first entry held; 0 when none is. It may come before the first block, for not every entry is shown.
    var oldestHeld: Seq = 0
    /// The last entry held.
    var newestHeld: Seq = 0
    /// What came of the newest message, for entries that repeat a part of it.
    var held = HeldText()
    /// The last entry there is, as far as is known.
    var newestSeen: Seq = 0
    /// What lies before the window.
    var older = Edge.end
    /// What lies behind the window.
    var newer = Edge.end
    /// The name of the line that stands for entries which are lacking between others.
    var hole: Int?
    /// Lines of our own that wait for the newest blocks.
    var linesWaiting: [Block] = []
    /// The prompts of the outbox, after the last block.
    var tail: [Block] = [] {
        didSet { if tail != oldValue { tailLayouts = [:] } }
    }

    /// What is looked at.
    var scroll = Scroll.following
    /// How many blocks have come since the user began to read further up.
    var unread = 0

    /// Laid out blocks by their names, and those of ``tail`` by their place.
    var layouts: [Int: BlockLayout] = [:]
    var tailLayouts: [Int: BlockLayout] = [:]

    /// How many blocks there are to look at. What waits in the outbox comes after the newest entry, and is shown only
    /// when that is held.
    var itemCount: Int { blocks.count + (newer == .end ? tail.count : 0) }

    /// The block at a place, those of the outbox last.
    func item(_ index: Int) -> Block { index < blocks.count ? blocks[index] : tail[index - blocks.count] }

    /// Forgets everything that is held, but not where the present is.
    mutating func clear() {
        firstID = 0
        (blocks, bytes, tools, orphans, layouts, tailLayouts) = ([], 0, [:], [:], [:], [:])
        (stream, oldestHeld, newestHeld, hole) = (nil, 0, 0, nil)
    }
}

/// What part of the transcript is looked at.
enum Scroll: Hashable, Sendable {
    /// Its end, whatever comes.
    case following
    /// A place: the top row of the view shows this line of this block, whatever comes before or after it.
    case reading(block: Int, line: Int)
}
