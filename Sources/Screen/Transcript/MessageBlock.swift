import Wire

/// A message as it is shown.
struct MessageBlock: Hashable, Sendable {
    /// Who speaks.
    enum Speaker: Hashable, Sendable {
        case user, agent, thought

        /// The word in the gutter.
        var word: String {
            switch self {
            case .user: "you"
            case .agent: "agent"
            case .thought: "thought"
            }
        }
    }

    /// A block that has reached this takes no more than the rest of its line.
    static let bytesWanted = 16 << 10
    /// A block never grows beyond this: what is laid out again while text streams in stays small.
    static let bytesMaximum = 64 << 10

    let speaker: Speaker
    let id: MessageID?
    /// Whether it goes on with the message of an earlier block, so that nobody is named again.
    var isContinued = false
    /// The painted text, cut at its line ends; never empty.
    private(set) var paragraphs: [String]
    /// The length of the text.
    private(set) var bytes: Int

    init(speaker: Speaker, id: MessageID?, isContinued: Bool = false, text: String) {
        self.speaker = speaker
        self.id = id
        self.isContinued = isContinued
        paragraphs = [""]
        bytes = 0
        append(text)
    }

    /// A message that is there as a whole: a prompt in the outbox, whose length has a bound of its own.
    init(speaker: Speaker, id: MessageID?, whole text: String) {
        self.speaker = speaker
        self.id = id
        paragraphs = text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
        bytes = text.utf8.count
    }

    /// Whether the block takes no more.
    var isFull: Bool {
        bytes >= MessageBlock.bytesMaximum || bytes >= MessageBlock.bytesWanted && paragraphs.last == ""
    }

    /// Whether anything can be seen of it.
    var isBlank: Bool { paragraphs.allSatisfy { $0.utf8.allSatisfy { $0 == 0x20 } } }

    /// Adds painted text and returns what no longer fits.
    @discardableResult
    mutating func append(_ text: String) -> Substring {
        var rest = text[...]
        if bytes == 0, !isContinued { rest = rest.drop { $0 == "\n" } }
        while !rest.isEmpty, !isFull {
            let end = rest.utf8.firstIndex(of: 0x0A)
            var line = rest[..<(end ?? rest.endIndex)]
            let room = MessageBlock.bytesMaximum - bytes
            if line.utf8.count > room {
                // Back to where the cluster in the way begins; if that is the first, it is the last that goes in.
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

    /// Puts the earlier part of the same message before this one.
    mutating func prepend(_ earlier: MessageBlock) {
        isContinued = earlier.isContinued
        paragraphs[0] = (earlier.paragraphs.last ?? "") + paragraphs[0]
        paragraphs.insert(contentsOf: earlier.paragraphs.dropLast(), at: 0)
        bytes += earlier.bytes
    }
}
