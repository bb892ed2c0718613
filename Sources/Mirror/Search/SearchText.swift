/// How text is cut into words for the index, and searched for.
///
/// Chinese, Japanese and Thai are written without spaces, and FTS5 would take a whole sentence for one word: each of
/// their characters is one, and what is looked for is a phrase of them.
enum SearchText {
    /// A word that is looked for.
    struct Term: Hashable {
        var word: String
        /// The word in the language of FTS5: quoted, so that nothing in it is an operator.
        var query: String
    }

    /// The longest snippet, in characters.
    private static let snippetMaximum = 160
    /// How much of it stands in front of what was found.
    private static let snippetBefore = 40

    /// The words of what a user looks for.
    static func terms(of text: String) -> [Term] {
        text.split(whereSeparator: \.isWhitespace).compactMap { part in
            let word = String(part)
            guard
                word.unicodeScalars.contains(where: { $0.properties.isAlphabetic || $0.properties.numericType != nil })
            else { return nil }
            let quoted = "\"" + spaced(word).replacing("\"", with: "\"\"") + "\""
            // What is typed may be the beginning of a word, but not of a character.
            return Term(word: word, query: hasUnspaced(word) ? quoted : quoted + " *")
        }
    }

    /// The text with spaces around each character of a script without them.
    static func spaced(_ text: String) -> String {
        guard hasUnspaced(text) else { return text }
        var spaced = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isUnspaced(scalar) { spaced.append(" ") }
            spaced.append(scalar)
            if isUnspaced(scalar) { spaced.append(" ") }
        }
        return String(spaced)
    }

    static func hasUnspaced(_ text: String) -> Bool {
        text.utf8.contains { $0 >= 0xE0 } && text.unicodeScalars.contains(where: isUnspaced)
    }

    private static func isUnspaced(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3040...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
            0xF900...0xFAFF, 0x20000...0x3FFFF:
            true
        default: false
        }
    }

    /// The text around the first place of a word, in one line.
    static func snippet(of text: String, around word: String) -> String {
        let flat = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let place = flat.lowercased().firstRange(of: word.lowercased())?.lowerBound
        // The same distance in the text as in its lower case, whose length may differ: near enough for what is read.
        let distance = place.map { flat.lowercased().distance(from: flat.lowercased().startIndex, to: $0) } ?? 0
        let start =
            flat.index(
                flat.startIndex, offsetBy: max(0, distance - snippetBefore), limitedBy: flat.endIndex)
            ?? flat.startIndex
        let piece = flat[start...].prefix(snippetMaximum)
        return (start > flat.startIndex ? "…" : "") + piece + (piece.endIndex < flat.endIndex ? "…" : "")
    }
}
