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

    /// At this size the block takes only the rest of its line; the next line begins another block.
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

    init(speaker: Speaker, id: MessageID?, isContinued: Bool = false, text: String) {
        self.speaker = speaker
        self.id = id
        self.isContinued = isContinued
        paragraphs = [""]
        bytes = 0
        append(text)
    }

    /// Creates a block with a whole message: a prompt of the outbox, which is bounded elsewhere.
    init(speaker: Speaker, id: MessageID?, whole text: String) {
        self.speaker = speaker
        self.id = id
        paragraphs = text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
        bytes = text.utf8.count
    }

    /// Whether the block takes no more text.
    var isFull: Bool {
        bytes >= MessageBlock.bytesMaximum || bytes >= MessageBlock.bytesWanted && paragraphs.last == ""
    }

    /// Whether it has only spaces.
    var isBlank: Bool { paragraphs.allSatisfy { $0.utf8.allSatisfy { $0 == 0x20 } } }

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
        paragraphs[0] = (earlier.paragraphs.last ?? "") + paragraphs[0]
        paragraphs.insert(contentsOf: earlier.paragraphs.dropLast(), at: 0)
        bytes += earlier.bytes
    }
}
