/// Splits text into words and identifiers, and compares them by stem.
enum Words {
    /// The runs of letters, digits and underscores, as they are written.
    ///
    /// Works on bytes: everything beyond ASCII counts as a letter, much as in the index's tokenizer. The text is folded
    /// before.
    static func identifiers(in text: String) -> [Substring] {
        let bytes = text.utf8
        return bytes.split { !isWordByte($0) }.map(Substring.init)
    }

    /// The parts of an identifier: `resumePosition`, `resume_position` and `JSONParser` have two each.
    static func parts(of identifier: some StringProtocol) -> [String] {
        let letters = Array(identifier.unicodeScalars)
        var parts: [String] = []
        var start = 0
        func cut(at end: Int) {
            guard start < end else { return }
            var part = String.UnicodeScalarView()
            part.append(contentsOf: letters[start..<end])
            parts.append(String(part))
        }
        for index in letters.indices {
            if letters[index] == "_" {
                cut(at: index)
                start = index + 1
            } else if index > start, isUpper(letters[index]),
                !isUpper(letters[index - 1]) || index + 1 < letters.count && isLower(letters[index + 1])
            {
                cut(at: index)
                start = index
            }
        }
        cut(at: letters.count)
        return parts
    }

    /// The parts of compound identifiers, each once, and the bigrams of scripts without spaces: what the index's
    /// tokenizer does not find by itself.
    static func hiddenParts(in text: String) -> String {
        var seen: Set<String> = []
        var parts: [String] = []
        let identifiers = identifiers(in: text)
        for identifier in identifiers where identifier.unicodeScalars.dropFirst().contains(where: isUpper) {
            let found = Words.parts(of: identifier)
            guard found.count > 1 else { continue }
            for part in found where seen.insert(part).inserted { parts.append(part) }
        }
        guard Unspaced.isIn(text) else { return parts.joined(separator: " ") }
        for word in identifiers.flatMap(Unspaced.spaced) where seen.insert(word).inserted {
            parts.append(word)
        }
        return (parts + Unspaced.pairs(in: text)).joined(separator: " ")
    }

    /// The words of a text, folded.
    static func folded(in text: String) -> [String] { identifiers(in: Folding.text(text)).map { Folding.lowered($0) } }

    /// All words of a text, the parts of its identifiers and the pairs of scripts without spaces, folded.
    static func vocabulary(of text: String) -> Set<String> {
        var words: Set<String> = []
        let text = Folding.text(text)
        for identifier in identifiers(in: text) {
            words.insert(Folding.lowered(identifier))
            for part in parts(of: identifier) { words.insert(Folding.lowered(part)) }
            guard Unspaced.isIn(identifier) else { continue }
            words.formUnion(Unspaced.spaced(in: identifier).map { Folding.lowered($0) })
            words.formUnion(Unspaced.pairs(in: identifier))
        }
        return words
    }

    /// The stem of a lower-case English word, at least three letters.
    ///
    /// The index uses the Porter stemmer; this one only has to agree with it on which passages contain a word, so that
    /// the words that were found can be shown.
    static func stem(_ word: String) -> String {
        var stem = word[...]
        for ending in ["ations", "ation", "ings", "ing", "ies", "ied", "ers", "es", "ed", "er", "ly", "s", "e", "y"]
        where stem.hasSuffix(ending) && stem.utf8.count - ending.utf8.count >= 3 {
            stem = stem.dropLast(ending.count)
            break
        }
        let end = stem.utf8.suffix(2)
        if stem.utf8.count > 3, end.first == end.last, let last = end.last, !"lsz".utf8.contains(last) {
            stem = stem.dropLast()
        }
        return String(stem)
    }

    /// Whether two lower-case words are forms of one, by the stem of the one.
    static func isForm(_ word: String, ofStem stem: String) -> Bool {
        word.hasPrefix(stem) && word.utf8.count <= stem.utf8.count + 6
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        byte >= 0x80 || (0x41...0x5A).contains(byte & 0xDF) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
    }

    private static func isUpper(_ letter: Unicode.Scalar) -> Bool {
        letter.isASCII ? ("A"..."Z").contains(letter) : letter.properties.isUppercase
    }

    private static func isLower(_ letter: Unicode.Scalar) -> Bool {
        letter.isASCII ? ("a"..."z").contains(letter) : letter.properties.isLowercase
    }
}

extension String {
    /// The lines, without their ends; a last empty one does not count.
    var lines: [String] {
        var pieces = utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if pieces.last?.isEmpty == true { pieces.removeLast() }
        return pieces.map { piece in
            String(Substring(piece.last == UInt8(ascii: "\r") ? piece.dropLast() : piece))
        }
    }
}
