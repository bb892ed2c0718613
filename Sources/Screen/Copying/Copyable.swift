/// A part of a message that is copied as one: a block of code, or all of it.
struct Copyable: Hashable, Sendable {
    /// What it is, in words.
    var what: String
    /// The text as the agent wrote it, without the breaks of the screen's lines.
    var text: String

    /// The parts of a message, the last first: its blocks of code, then all of it.
    static func parts(of message: MessageBlock) -> [Copyable] {
        var parts: [Copyable] = []
        var open: (fence: Fence, lines: [String])? = message.fenceAbove.map { ($0, []) }
        for line in message.paragraphs {
            if let code = open {
                if code.fence.isClosed(by: line) {
                    parts.append(Copyable(code: code.lines, language: code.fence.language))
                    open = nil
                } else {
                    open?.lines.append(code.fence.content(of: line))
                }
            } else if message.speaker != .user, let fence = Fence(opening: line) {
                open = (fence, [])
            }
        }
        // A block that is still being written.
        if let code = open, !code.lines.isEmpty {
            parts.append(Copyable(code: code.lines, language: code.fence.language))
        }
        let last = message.paragraphs.lastIndex { !$0.isEmpty } ?? 0
        let whole = message.paragraphs[...last]
        let owner = message.speaker == .user ? "your message" : "the agent's message"
        return parts.reversed() + [Copyable(what: counted(owner, whole.count), text: whole.joined(separator: "\n"))]
    }

    /// A tool call: what it did, and what it has produced as far as it is kept.
    init(_ tool: ToolBlock) {
        let lines = tool.detail.outputs.flatMap { output -> [String] in
            switch output {
            case .text(let text): text.head + (text.omitted > 0 ? ["…"] : []) + text.tail
            case .change(let change):
                ["--- \(change.path)"]
                    + change.rows.map { row in
                        switch row.kind {
                        case .context: " " + row.text
                        case .added: "+" + row.text
                        case .removed: "-" + row.text
                        }
                    }
            }
        }
        what = Copyable.counted("the call", lines.count + 1)
        text = ([tool.title] + lines).joined(separator: "\n") + "\n"
    }

    private init(code lines: [String], language: String) {
        what = Copyable.counted(language.isEmpty ? "code" : "\(language) code", lines.count)
        text = lines.joined(separator: "\n") + "\n"
    }

    private init(what: String, text: String) { (self.what, self.text) = (what, text) }

    private static func counted(_ what: String, _ lines: Int) -> String {
        lines == 1 ? "\(what), 1 line" : "\(what), \(lines) lines"
    }
}
