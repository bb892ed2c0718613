import Wire

/// A message, or a part of a long one.
struct MessageBlock: Hashable, Sendable {
    /// The sender of the message.
    enum Speaker: Hashable, Sendable {
        case user, agent, thought

        /// The label in the gutter.
        var word: String {
            switch self {
            case .user: "you"
            case .agent: "agent"
            case .thought: "thought"
            }
        }
    }

    /// At this size the block ends at the next empty line, or with the next line of a block of code; at twice this size
    /// with any line.
    static let bytesWanted = 16 << 10
    /// The largest block: only this much is laid out again while text streams in.
    static let bytesMaximum = 64 << 10

    let speaker: Speaker
    let id: MessageID?
    /// Whether it continues the message of an earlier block, so that the speaker is not repeated.
    var isContinued = false
    /// The sanitized text, split at its newlines; never empty.
    private(set) var paragraphs: [String]
    /// The length of the text, in bytes.
    private(set) var bytes: Int
    /// The block of code in whose middle it begins, when it continues a message.
    private(set) var fenceAbove: Fence?
    /// The block of code that its last line is in.
    private(set) var fence: Fence?
    /// Whether more text may come, so that what is half written is not taken for what it says.
    var isOpen = true

    /// Creates an empty block.
    ///
    /// - Parameters:
    ///   - isContinued: Whether it continues the message of an earlier block.
    ///   - above: The block just above, if that is the one.
    init(speaker: Speaker, id: MessageID?, isContinued: Bool = false, after above: MessageBlock? = nil) {
        self.speaker = speaker
        self.id = id
        self.isContinued = isContinued
        fenceAbove = above?.fence
        fence = fenceAbove
        paragraphs = [""]
        bytes = 0
    }

    /// Creates a block with a whole message: a prompt of the outbox, which is bounded elsewhere.
    init(speaker: Speaker, id: MessageID?, whole text: String) {
        self.speaker = speaker
        self.id = id
        paragraphs = text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
        bytes = text.utf8.count
        isOpen = false
    }

    /// Whether it is shown as it was written: what users type is no markup.
    var isLiteral: Bool { speaker == .user }

    /// Whether it is shown as one line: a thought that is finished.
    var isFolded: Bool { speaker == .thought && !isOpen }

    /// Whether it ends with an empty line, which separates it from the block that continues it.
    var endsApart: Bool { fence == nil && paragraphs.count > 1 && paragraphs.suffix(2).allSatisfy(\.isBlank) }

    /// Whether the block takes no more text.
    var isFull: Bool {
        if bytes >= MessageBlock.bytesMaximum { return true }
        guard bytes >= MessageBlock.bytesWanted, paragraphs.last == "" else { return false }
        return isLiteral || fence != nil || endsApart || bytes >= 2 * MessageBlock.bytesWanted
    }

    /// Whether it has only spaces.
    var isBlank: Bool { paragraphs.allSatisfy(\.isBlank) }

    /// Whether a file is named in it, as `@path` or `@"path"`.
    func mentions(_ file: String) -> Bool {
        let file = file.label
        return paragraphs.contains { $0.contains("@" + file) || $0.contains("@\"" + file) }
    }

    /// Appends sanitized text, and returns what did not fit.
    @discardableResult
    mutating func append(_ text: String) -> Substring {
        var rest = text[...]
        if bytes == 0, !isContinued { rest = rest.drop { $0 == "\n" } }
        while !rest.isEmpty, !isFull {
            let end = rest.utf8.firstIndex(of: 0x0A)
            var line = rest[..<(end ?? rest.endIndex)]
            let room = MessageBlock.bytesMaximum - bytes
            if line.utf8.count > room {
                // Back to the start of the cluster in the way; if that is the first, it is added whole.
                let place = line.utf8.index(line.startIndex, offsetBy: room)
                let cut = line.index(before: line.index(after: place))
                line = line[..<(cut == line.startIndex ? line.index(after: cut) : cut)]
                paragraphs[paragraphs.count - 1] += line
                bytes = MessageBlock.bytesMaximum
                rest = rest[line.endIndex...]
                break
            }
            paragraphs[paragraphs.count - 1] += line
            bytes += line.utf8.count
            rest = rest[line.endIndex...]
            if end != nil {
                noteFence(in: paragraphs[paragraphs.count - 1])
                paragraphs.append("")
                bytes += 1
                rest = rest.dropFirst()
            }
        }
        return rest
    }

    /// Puts the earlier part of the same message before this one, after a page was loaded.
    mutating func prepend(_ earlier: MessageBlock) {
        isContinued = earlier.isContinued
        fenceAbove = earlier.fenceAbove
        paragraphs[0] = (earlier.paragraphs.last ?? "") + paragraphs[0]
        paragraphs.insert(contentsOf: earlier.paragraphs.dropLast(), at: 0)
        bytes += earlier.bytes
        findFence()
    }

    /// Follows another block of the same message that has changed.
    ///
    /// - Returns: Whether that makes a difference.
    mutating func follow(_ above: MessageBlock) -> Bool {
        if fenceAbove == above.fence { return false }
        fenceAbove = above.fence
        findFence()
        return true
    }

    private mutating func findFence() {
        fence = fenceAbove
        for line in paragraphs.dropLast() { noteFence(in: line) }
    }

    /// A line is complete: it may open or close a block of code.
    private mutating func noteFence(in line: String) {
        if isLiteral { return }
        if let open = fence {
            if open.isClosed(by: line) { fence = nil }
        } else {
            fence = Fence(opening: line)
        }
    }
}

extension StringProtocol {
    /// Whether a line has only spaces.
    var isBlank: Bool { utf8.allSatisfy { $0 == 0x20 } }
}
