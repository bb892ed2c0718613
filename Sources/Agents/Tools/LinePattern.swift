import Glibc

/// What a line is searched for: a text, or a POSIX extended regular expression (regex(7)).
final class LinePattern {
    private let text: [UInt8]
    private let ignoresCase: Bool
    private var expression: regex_t?

    init(_ query: String, isExpression: Bool) throws(ToolFailure) {
        ignoresCase = query == query.lowercased()
        text = Array((ignoresCase ? query.lowercased() : query).utf8)
        guard isExpression else { return }
        guard !query.utf8.contains(0) else { throw ToolFailure("the expression holds U+0000") }
        // What is left takes regcomp(3) and regexec(3) bounded time and memory: repetitions of repetitions take them
        // gigabytes, references back take minutes, and very many parentheses the stack.
        guard query.utf8.count <= Self.bytesMaximum else {
            throw ToolFailure("the expression is longer than \(Self.bytesMaximum) bytes")
        }
        guard !query.utf8.contains(UInt8(ascii: "{")), !Self.refersBack(query) else {
            throw ToolFailure("'{' and references such as \\1 are not taken: write the expression without them")
        }
        var compiled = regex_t()
        let code = regcomp(&compiled, query, REG_EXTENDED | REG_NOSUB | (ignoresCase ? REG_ICASE : 0))
        guard code == 0 else {
            var reason = [CChar](repeating: 0, count: 200)
            regerror(code, &compiled, &reason, reason.count)
            let said = String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            throw ToolFailure("'\(query)' is no regular expression: \(said)")
        }
        expression = compiled
    }

    /// The longest expression, in bytes.
    private static let bytesMaximum = 256

    private static func refersBack(_ query: String) -> Bool {
        zip(query.utf8, query.utf8.dropFirst()).contains { $0 == UInt8(ascii: "\\") && (0x30...0x39).contains($1) }
    }

    deinit { if expression != nil { regfree(&expression!) } }

    func matches(_ line: Substring) -> Bool {
        if expression != nil {
            // A long line of a generated file could keep an expression busy for minutes.
            return regexec(&expression!, line.cut(to: SearchTool.lineBytesMaximum), 0, nil, 0) == 0
        }
        let line = ignoresCase ? line.lowercased()[...] : line
        return line.utf8.count >= text.count && line.utf8.holds(text)
    }
}

extension Substring {
    /// The beginning of so many bytes at most.
    func cut(to maximum: Int) -> String {
        guard utf8.count > maximum else { return String(self) }
        return String(self[..<utf8.index(startIndex, offsetBy: maximum)])
    }
}

extension Substring.UTF8View {
    /// Whether the bytes are somewhere in it.
    fileprivate func holds(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first else { return true }
        var start = startIndex
        while let index = self[start...].firstIndex(of: first) {
            if self[index...].starts(with: bytes) { return true }
            start = self.index(after: index)
        }
        return false
    }
}
