import Wire

/// What a tool call has produced, as much as may be shown: an excerpt of each text, and the hunks of each edit.
struct ToolDetail: Hashable, Sendable {
    enum Output: Hashable, Sendable {
        case text(TextExcerpt)
        case change(FileChange)
    }

    /// The most outputs of a call that are kept.
    static let outputsMaximum = 16

    private(set) var outputs: [Output] = []
    /// How many lines of text there are in all.
    private(set) var lineCount = 0
    /// How many lines edits added and removed.
    private(set) var added = 0
    private(set) var removed = 0

    init() {}

    /// - Parameter content: ACP's `ToolCallContent`.
    init(_ content: [JSON]) {
        for item in content {
            var output: Output?
            switch item["type"]?.string {
            case "content":
                guard let text = item["content"]?["text"]?.string else { break }
                let excerpt = TextExcerpt(text)
                lineCount += excerpt.count
                output = excerpt.count > 0 ? .text(excerpt) : nil
            case "diff":
                let change = FileChange(
                    path: item["path"]?.string ?? "", from: item["oldText"]?.string ?? "",
                    to: item["newText"]?.string ?? "")
                added += change.added
                removed += change.removed
                output = .change(change)
            default: break
            }
            if let output, outputs.count < ToolDetail.outputsMaximum { outputs.append(output) }
        }
    }

    /// The first lines of its texts that are not empty.
    func firstLines(_ count: Int) -> [String] {
        Array(texts.lazy.flatMap { $0.head + $0.tail }.filter { !$0.isBlank }.prefix(count))
    }

    /// The last lines of its last text, for a call that runs.
    func lastLines(_ count: Int) -> [String] {
        guard let last = texts.last else { return [] }
        return Array((last.head + last.tail).filter { !$0.isBlank }.suffix(count))
    }

    private var texts: [TextExcerpt] {
        outputs.compactMap { output in
            guard case .text(let text) = output else { return nil }
            return text
        }
    }

    /// The edits.
    var changes: [FileChange] {
        outputs.compactMap { output in
            guard case .change(let change) = output else { return nil }
            return change
        }
    }

    /// The approximate memory, in bytes.
    var bytes: Int {
        outputs.reduce(0) { sum, output in
            switch output {
            case .text(let text): sum + text.bytes
            case .change(let change): sum + change.bytes
            }
        }
    }
}

/// The beginning and the end of a text.
struct TextExcerpt: Hashable, Sendable {
    /// How many lines of the beginning are kept.
    static let headMaximum = 200
    /// How many lines of the end are kept.
    static let tailMaximum = 50

    /// The first lines, sanitized.
    private(set) var head: [String] = []
    /// The last lines, sanitized; empty when all are among the first.
    private(set) var tail: [String] = []
    /// How many lines the whole text has.
    private(set) var count = 0

    init(_ text: String) {
        var lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { Substring($0) }[...]
        // What a terminal has shown comes as a block of code.
        if let first = lines.first, let fence = Fence(opening: String(first)) {
            lines.removeFirst()
            while let last = lines.last, last.isBlank { lines.removeLast() }
            if let last = lines.last, fence.isClosed(by: String(last)) { lines.removeLast() }
        }
        while let last = lines.last, last.isBlank { lines.removeLast() }
        count = lines.count
        head = lines.prefix(TextExcerpt.headMaximum).map { String($0).label }
        tail = lines.dropFirst(TextExcerpt.headMaximum).suffix(TextExcerpt.tailMaximum).map { String($0).label }
    }

    /// How many lines between the two are left out.
    var omitted: Int { count - head.count - tail.count }

    var bytes: Int { (head + tail).reduce(64) { $0 + 16 + $1.utf8.count } }
}
