/// What the tokenizer knows of a language: data, so that a language is a few lines of ``Grammars``.
struct Grammar: Sendable {
    /// A comment that may span lines.
    struct Comment: Sendable {
        var open: [UInt8]
        var close: [UInt8]
        /// Whether one may stand within another.
        var nests = false

        init(_ open: String, _ close: String, nests: Bool = false) {
            (self.open, self.close, self.nests) = (Array(open.utf8), Array(close.utf8), nests)
        }
    }

    /// A string, by its quotes.
    struct Quote: Sendable {
        var open: [UInt8]
        var close: [UInt8]
        /// Whether a backslash takes the meaning of the character behind it.
        var hasEscapes = true
        /// Whether it goes on with the next line.
        var spansLines = false

        init(_ open: String, _ close: String? = nil, hasEscapes: Bool = true, spansLines: Bool = false) {
            self.open = Array(open.utf8)
            self.close = Array((close ?? open).utf8)
            (self.hasEscapes, self.spansLines) = (hasEscapes, spansLines)
        }

        static let double = Quote("\"")
        static let single = Quote("'")
        static let tripleDouble = Quote("\"\"\"", spansLines: true)
        static let tripleSingle = Quote("'''", spansLines: true)
        static let backtick = Quote("`", spansLines: true)
    }

    /// What else may be found.
    struct Features: OptionSet, Sendable {
        let rawValue: Int

        static let ignoresCase = Features(rawValue: 1 << 0)
        /// A word that begins with a capital is a type.
        static let capitalTypes = Features(rawValue: 1 << 1)
        /// `$name` and `${name}`.
        static let dollarNames = Features(rawValue: 1 << 2)
        /// `@name`.
        static let atNames = Features(rawValue: 1 << 3)
        /// `#name` at the beginning of a line.
        static let directives = Features(rawValue: 1 << 4)
        /// A word or a string before a colon is a name.
        static let colonNames = Features(rawValue: 1 << 5)
        /// A word at the beginning of a line before an equals sign is a name.
        static let equalsNames = Features(rawValue: 1 << 6)
        /// `[section]` at the beginning of a line.
        static let sections = Features(rawValue: 1 << 7)
        /// `<tag name="…">`.
        static let tags = Features(rawValue: 1 << 8)
        /// Words may contain hyphens.
        static let hyphens = Features(rawValue: 1 << 9)
        /// A `#` within a word begins no comment.
        static let spacedComments = Features(rawValue: 1 << 10)
        /// An apostrophe begins a string only when it closes soon.
        static let shortCharacters = Features(rawValue: 1 << 11)
        /// `\name`.
        static let backslashNames = Features(rawValue: 1 << 12)
    }

    /// How its lines are read.
    enum Form: Sendable {
        case code, diff, markdown, text

        /// Whether its lines are prose, which is wrapped at words rather than cut.
        var isProse: Bool {
            switch self {
            case .markdown, .text: true
            case .code, .diff: false
            }
        }
    }

    /// Its name and what else it is called, in lower case.
    let names: [String]
    var form = Form.code
    /// What begins a comment that ends with the line.
    var lineComments: [[UInt8]]
    var comments: [Comment]
    var quotes: [Quote]
    let keywords: Set<String>
    let types: Set<String>
    let features: Features

    init(
        _ names: String, form: Form = .code, line: String = "", comments: [Comment] = [], quotes: [Quote] = [.double],
        keywords: String = "", types: String = "", _ features: Features = []
    ) {
        self.names = Grammar.words(names)
        self.form = form
        lineComments = Grammar.words(line).map { Array($0.utf8) }
        self.comments = comments
        // The longest first: three quotes are not an empty string and the beginning of another.
        self.quotes = quotes.sorted { $0.open.count > $1.open.count }
        self.keywords = Set(Grammar.words(keywords))
        self.types = Set(Grammar.words(types))
        self.features = features
    }

    private static func words(_ text: String) -> [String] {
        text.utf8.split { $0 == 0x20 || $0 == 0x0A }.map { String(Substring($0)) }
    }
}
