/// Divides lines of code into tokens, one line after another: what a line leaves open is carried to the next, so that
/// each line is read once however long the code grows.
///
/// One tokenizer serves all languages. It knows words, quotes and comments and no syntax, which is what a reader of a
/// few lines needs; it cannot fail, and the tokens of a line are always the whole line.
struct Tokenizer: Hashable, Sendable {
    /// What the line before has left open.
    enum State: Hashable, Sendable {
        case code
        /// Within a comment, by its index in the grammar and how deep it is nested.
        case comment(Int, depth: Int)
        /// Within a string, by its index in the grammar.
        case string(Int)
        /// Within a tag.
        case tag
    }

    /// Of a longer line the rest is plain.
    static let lineMaximum = 4_096

    private let language: Int?
    private(set) var state = State.code

    /// Creates a tokenizer for a language; a name that is not known has plain lines.
    init(language name: String) { language = Grammars.index(of: name) }

    /// Whether the lines are prose. They have one token each.
    var isProse: Bool { language.map { Grammars.all[$0].form.isProse } ?? false }

    /// The tokens of the next line.
    mutating func next(_ line: String) -> [Token] {
        guard let language, !line.isEmpty else { return line.isEmpty ? [] : [Token(text: line, kind: .plain)] }
        let grammar = Grammars.all[language]
        switch grammar.form {
        case .diff: return [Token(text: line, kind: DiffForm.kind(of: line))]
        case .text: return [Token(text: line, kind: .plain)]
        case .markdown: return [Token(text: line, kind: MarkdownForm.kind(of: line))]
        case .code:
            var scan = LineScan(line, grammar, state)
            scan.run()
            state = scan.state
            return scan.tokens
        }
    }
}

/// The lines of a diff, by what they begin with.
private enum DiffForm {
    static func kind(of line: String) -> Token.Kind {
        if ["+++", "---", "diff ", "index ", "new file", "deleted file", "rename ", "similarity "].contains(
            where: line.hasPrefix)
        {
            return .comment
        }
        switch line.utf8.first {
        case UInt8(ascii: "+"): return .added
        case UInt8(ascii: "-"): return .removed
        case UInt8(ascii: "@"): return .hunk
        default: return .plain
        }
    }
}

/// The lines of a text in Markdown.
private enum MarkdownForm {
    static func kind(of line: String) -> Token.Kind {
        switch line.utf8.first {
        case UInt8(ascii: "#"): .heading
        case UInt8(ascii: ">"): .comment
        case UInt8(ascii: "`"), UInt8(ascii: "~"): .string
        default: .plain
        }
    }
}
