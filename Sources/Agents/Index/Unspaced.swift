/// Character bigrams for scripts without spaces between words: Chinese, Japanese, Thai, Lao, Khmer, Burmese, Tibetan;
/// and for Korean, which joins words to compounds and adds particles to them.
///
/// A tokenizer that splits at spaces takes a whole sentence for one word. Finding word boundaries needs a dictionary,
/// so index and questions use pairs of neighbouring characters instead: a word matches where its pairs are together (as
/// in Lucene's CJKAnalyzer).
enum Unspaced {
    /// Whether a text has any such character. Most texts have no byte that can begin one, and need no scan by
    /// character.
    static func isIn(_ text: some StringProtocol) -> Bool {
        text.utf8.contains { $0 >= 0xE0 } && text.unicodeScalars.contains(where: holds)
    }

    /// Whether a character is of such a script.
    private static func holds(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0E00...0x0FFF, 0x1000...0x109F, 0x1780...0x17FF, 0x19E0...0x19FF, 0xA9E0...0xA9FF, 0xAA60...0xAA7F:
            true
        // Kana without punctuation, and ideographs of all planes.
        case 0x3005...0x3007, 0x3041...0x309F, 0x30A1...0x30FA, 0x30FC...0x30FF, 0x31F0...0x31FF, 0x3400...0x4DBF,
            0x4E00...0x9FFF, 0xF900...0xFAFF, 0xFF66...0xFF9F, 0x20000...0x3FFFD:
            true
        // Syllables of Hangul, and their letters.
        case 0x1100...0x11FF, 0x3131...0x318E, 0xA960...0xA97C, 0xAC00...0xD7FB: true
        default: false
        }
    }

    /// The pairs of a text, in order, and the last character of each run alone: it begins no pair, and a word of one
    /// character is searched as a prefix.
    static func pairs(in text: some StringProtocol) -> [String] {
        runs(in: text).flatMap { pairs(of: $0) + [String($0[$0.count - 1])] }
    }

    /// The search terms for a word: its parts in other scripts, and its pairs.
    static func terms(in word: some StringProtocol) -> [String] {
        guard isIn(word) else { return [String(word)] }
        return spaced(in: word) + runs(in: word).flatMap { $0.count == 1 ? [String($0[0])] : pairs(of: $0) }
    }

    /// The parts of a word in other scripts, if it mixes scripts: without a space between them, a tokenizer would take
    /// the whole for one word.
    static func spaced(in word: some StringProtocol) -> [String] {
        guard isIn(word) else { return [] }
        return word.unicodeScalars.split { holds($0) || !$0.properties.isAlphabetic && $0.value > 0x7F }
            .map { String(String.UnicodeScalarView($0)) }
    }

    private static func pairs(of run: [Unicode.Scalar]) -> [String] {
        zip(run, run.dropFirst()).map { first, second in
            var pair = String.UnicodeScalarView()
            pair.append(first)
            pair.append(second)
            return String(pair)
        }
    }

    private static func runs(in text: some StringProtocol) -> [[Unicode.Scalar]] {
        text.unicodeScalars.split { !holds($0) }.map { Array($0) }
    }
}
