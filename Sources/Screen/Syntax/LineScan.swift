/// The scan of one line of code.
struct LineScan {
    private let bytes: [UInt8]
    private let grammar: Grammar
    private var index = 0
    private(set) var state: Tokenizer.State
    private(set) var tokens: [Token] = []

    init(_ line: String, _ grammar: Grammar, _ state: Tokenizer.State) {
        bytes = Array(line.utf8)
        self.grammar = grammar
        self.state = state
    }

    mutating func run() {
        while index < bytes.count {
            if index >= Tokenizer.lineMaximum { return add(bytes.count, .plain) }
            switch state {
            case .comment(let number, let depth): comment(number, depth: depth)
            case .string(let number): string(number, from: index)
            case .tag: tag()
            case .code: code()
            }
        }
    }

    /// Adds a token up to an index.
    private mutating func add(_ end: Int, _ kind: Token.Kind) {
        guard end > index else { return }
        let text = String(decoding: bytes[index..<end], as: UTF8.self)
        index = end
        if let last = tokens.indices.last, tokens[last].kind == kind {
            tokens[last].text += text
        } else {
            tokens.append(Token(text: text, kind: kind))
        }
    }

    private func starts(with mark: [UInt8], at place: Int) -> Bool {
        place + mark.count <= bytes.count && bytes[place..<place + mark.count].elementsEqual(mark)
    }

    private func has(_ feature: Grammar.Features) -> Bool { grammar.features.contains(feature) }

    // MARK: What spans lines

    private mutating func comment(_ number: Int, depth: Int) {
        let comment = grammar.comments[number]
        var (at, depth) = (index, depth)
        while at < bytes.count {
            if starts(with: comment.close, at: at) {
                at += comment.close.count
                depth -= 1
                if depth == 0 { break }
            } else if comment.nests, starts(with: comment.open, at: at) {
                at += comment.open.count
                depth += 1
            } else {
                at += 1
            }
        }
        state = depth == 0 ? .code : .comment(number, depth: depth)
        add(at, .comment)
    }

    /// Reads a string to its end, or to that of the line.
    ///
    /// - Parameter start: Where its text begins, behind the quote that opens it.
    private mutating func string(_ number: Int, from start: Int) {
        let quote = grammar.quotes[number]
        var at = start
        var isClosed = false
        while at < bytes.count, !isClosed {
            if quote.hasEscapes, bytes[at] == UInt8(ascii: "\\") {
                at += 2
            } else if starts(with: quote.close, at: at) {
                at += quote.close.count
                isClosed = true
            } else {
                at += 1
            }
        }
        at = min(at, bytes.count)
        state = isClosed || !quote.spansLines ? .code : .string(number)
        add(at, isClosed && isName(before: at) ? .name : .string)
    }

    // MARK: Code

    private mutating func code() {
        let byte = bytes[index]
        if grammar.lineComments.contains(where: { starts(with: $0, at: index) }), !has(.spacedComments) || isSpaced {
            return add(bytes.count, .comment)
        }
        if let number = grammar.comments.firstIndex(where: { starts(with: $0.open, at: index) }) {
            let start = index
            state = .comment(number, depth: 1)
            index += grammar.comments[number].open.count
            let begun = index
            index = start
            add(begun, .comment)
            return
        }
        if let number = grammar.quotes.firstIndex(where: { starts(with: $0.open, at: index) }), !isApostrophe {
            return string(number, from: index + grammar.quotes[number].open.count)
        }
        if byte.isDigit { return number() }
        if byte.isWord || byte == UInt8(ascii: "-") && has(.hyphens) && startsWord { return word() }
        if let end = sigil() { return add(end, .name) }
        if byte == UInt8(ascii: "#"), has(.directives), isFirst { return add(wordEnd(from: index + 1), .keyword) }
        if byte == UInt8(ascii: "["), has(.sections), isFirst { return add(bytes.count, .type) }
        if byte == UInt8(ascii: "<"), has(.tags) { return openTag() }
        add(index + 1, .plain)
    }

    private mutating func number() {
        var end = index + 1
        while end < bytes.count {
            let byte = bytes[end]
            let isPoint = byte == UInt8(ascii: ".") && end + 1 < bytes.count && bytes[end + 1].isDigit
            if !byte.isWord, !byte.isDigit, !isPoint { break }
            end += 1
        }
        add(end, .number)
    }

    private mutating func word() {
        let end = wordEnd(from: index)
        let text = String(decoding: bytes[index..<end], as: UTF8.self)
        let known = has(.ignoresCase) ? text.lowercased() : text
        let kind: Token.Kind =
            if isName(before: end) {
                .name
            } else if grammar.keywords.contains(known) {
                .keyword
            } else if grammar.types.contains(known) || has(.capitalTypes) && bytes[index].isCapital {
                .type
            } else {
                .plain
            }
        add(end, kind)
    }

    private func wordEnd(from start: Int) -> Int {
        var end = start
        while end < bytes.count,
            bytes[end].isWord || bytes[end].isDigit || bytes[end] == UInt8(ascii: "-") && has(.hyphens)
        {
            end += 1
        }
        return end
    }

    /// Where a name with a sigil ends; `nil` when none begins here.
    private func sigil() -> Int? {
        let byte = bytes[index]
        let isSigil =
            byte == UInt8(ascii: "$") && has(.dollarNames) || byte == UInt8(ascii: "@") && has(.atNames)
            || byte == UInt8(ascii: "\\") && has(.backslashNames)
        guard isSigil, index + 1 < bytes.count else { return nil }
        if byte == UInt8(ascii: "$"), bytes[index + 1] == UInt8(ascii: "{") {
            return bytes[index...].firstIndex(of: UInt8(ascii: "}")).map { $0 + 1 }
        }
        let end = wordEnd(from: index + 1)
        return end > index + 1 ? end : nil
    }

    // MARK: Tags

    private mutating func openTag() {
        var at = index + 1
        while at < bytes.count, "/?!".utf8.contains(bytes[at]) { at += 1 }
        guard at < bytes.count, bytes[at].isWord else { return add(index + 1, .plain) }
        while at < bytes.count, bytes[at].isWord || bytes[at].isDigit || "-:.".utf8.contains(bytes[at]) { at += 1 }
        state = .tag
        add(at, .type)
    }

    private mutating func tag() {
        let byte = bytes[index]
        if byte == UInt8(ascii: ">") {
            state = .code
            return add(index + 1, .type)
        }
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
            let end = bytes[(index + 1)...].firstIndex(of: byte).map { $0 + 1 } ?? bytes.count
            return add(end, .string)
        }
        if byte.isWord {
            var end = index
            while end < bytes.count, bytes[end].isWord || bytes[end].isDigit || "-:.".utf8.contains(bytes[end]) {
                end += 1
            }
            return add(end, .name)
        }
        add(index + 1, "/?".utf8.contains(byte) ? .type : .plain)
    }

    // MARK: Around a place

    /// Whether only spaces are before it.
    private var isFirst: Bool { bytes[..<index].allSatisfy { $0 == 0x20 } }

    private var isSpaced: Bool { index == 0 || bytes[index - 1] == 0x20 }

    private var startsWord: Bool {
        index + 1 < bytes.count && (bytes[index + 1].isWord || bytes[index + 1] == UInt8(ascii: "-")) && isSpaced
    }

    /// Whether an apostrophe is not the quote of a character: it closes after one, or after an escape.
    private var isApostrophe: Bool {
        guard has(.shortCharacters), bytes[index] == UInt8(ascii: "'") else { return false }
        if index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "\\") { return false }
        let window = bytes[(index + 1)...].dropFirst().prefix(4)
        guard let end = window.firstIndex(of: UInt8(ascii: "'")) else { return true }
        return bytes[(index + 1)..<end].dropFirst().contains { $0 < 0x80 }
    }

    /// Whether what ends here is the name of a value.
    private func isName(before end: Int) -> Bool {
        guard has(.colonNames) || has(.equalsNames) else { return false }
        guard let next = bytes[end...].firstIndex(where: { $0 != 0x20 }) else { return false }
        if bytes[next] == UInt8(ascii: ":"), has(.colonNames) {
            return next + 1 >= bytes.count || bytes[next + 1] != UInt8(ascii: ":")
        }
        guard bytes[next] == UInt8(ascii: "="), has(.equalsNames), isFirst else { return false }
        return next + 1 >= bytes.count || bytes[next + 1] != UInt8(ascii: "=")
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { self >= 0x30 && self <= 0x39 }
    fileprivate var isCapital: Bool { self >= 0x41 && self <= 0x5A }
    /// A letter or an underscore; what is not ASCII counts as a letter, so that no character is cut.
    fileprivate var isWord: Bool {
        isCapital || self >= 0x61 && self <= 0x7A || self == UInt8(ascii: "_") || self >= 0x80
    }
}
