/// A question about files: the search terms, and the kind of passage that answers it best.
struct Question: Hashable, Sendable {
    /// The most search terms; further words are ignored.
    static let termsMaximum = 32
    /// The longest search term, in bytes; longer words are ignored.
    static let wordBytesMaximum = 80

    /// A search term.
    struct Term: Hashable, Sendable {
        /// What is searched: a folded word, or a pair of characters of one.
        let word: String
        /// The whole word as the user wrote it.
        var written: String
        /// How much it counts: less when it comes from the question before.
        var weight: Double
        /// The word without its case.
        let folded: String
        /// The stem, by which it is compared with the words of a passage.
        let stem: String
        /// Other words for the same, which count half, and their stems.
        let alternatives: [String]
        let alternativeStems: [String]
        /// The parts of a compound, folded.
        let parts: [String]
        /// The FTS5 expression that finds passages with the word, or with all parts of it.
        var expression: String {
            let parts = Words.parts(of: word).map { "\"\($0)\"" }
            return "\"\(word)\"" + (parts.count > 1 ? " OR (\(parts.joined(separator: " AND ")))" : "")
        }

        init(word: String, written: String? = nil, weight: Double) {
            (self.word, self.written, self.weight) = (word, written ?? word, weight)
            folded = Folding.lowered(word)
            stem = Words.stem(folded)
            alternatives = Vocabulary.alternatives(to: folded)
            alternativeStems = alternatives.map(Words.stem)
            parts = Words.parts(of: word).map { Folding.lowered($0) }
        }
    }

    /// What kind of passage is preferred.
    enum Focus: String, Hashable, Sendable {
        case explanation, definition, usage, tests
    }

    /// As it was asked.
    var text: String
    var terms: [Term]
    var focus: Focus
    /// The question that this one follows up on.
    var previous: String?
    /// Whether it asks about the folder as a whole.
    var isOverview: Bool

    /// Understands a question.
    ///
    /// - Parameters:
    ///   - previous: The question before, for `and where is that tested?`.
    ///   - source: The file that its answer named first: that is what "that" means more often than not.
    init(_ text: String, after previous: Question?, source: String?) {
        self.text = text
        let words = Question.words(of: text)
        let lowered = words.map(\.folded)
        focus = Question.focus(of: lowered)
        var own = words.filter { Question.isContent($0.folded) }
        if own.isEmpty { own = words.filter { Vocabulary.weak.contains($0.folded) } }
        let refersBack = Question.refersBack(lowered, contentCount: own.count)
        var terms = own
        if let previous, refersBack {
            self.previous = previous.text
            terms += previous.terms.map { Term(word: $0.word, written: $0.written, weight: 0.7 * $0.weight) }
            let stem = source?.split(separator: "/").last?.prefix { $0 != "." } ?? ""
            terms += Words.parts(of: Folding.text(stem)).map { Term(word: $0, weight: 0.4) }
        }
        if terms.isEmpty {
            terms = words
        }
        let subjects = terms.filter { !Vocabulary.weak.contains($0.folded) }
        isOverview = subjects.isEmpty
        if isOverview { terms.append(Term(word: "readme", weight: 1)) }
        var seen: Set<String> = []
        self.terms = Array(terms.filter { seen.insert($0.stem).inserted }.prefix(Question.termsMaximum))
    }

    /// The words as a person would list them.
    var subject: String { Question.written(terms).joined(separator: " ") }

    /// The words of terms as the user wrote them, each once.
    static func written(_ terms: [Term]) -> [String] {
        var seen: Set<String> = []
        return terms.map(\.written).filter { seen.insert($0).inserted }
    }

    /// The most words of a question that are read; what follows is not even looked at.
    private static let wordsMaximum = 256

    /// The words of a text as search terms.
    private static func words(of text: String) -> [Term] {
        let words = text.unicodeScalars.split(maxSplits: wordsMaximum) { !isOfWord($0) }.prefix(wordsMaximum)
            .map { String($0.prefix(1_000)) }
        return words.flatMap { written in
            Words.identifiers(in: Folding.text(written)).flatMap { Unspaced.terms(in: $0) }
                .filter { $0.utf8.count <= wordBytesMaximum }
                .map { word in
                    let isVerb = Vocabulary.verbs.contains(Folding.lowered(word))
                    return Term(word: word, written: written, weight: isVerb ? Vocabulary.verbWeight : 1)
                }
        }
    }

    /// Whether a character belongs to a word: letters, digits, their marks, and what is invisible within words.
    private static func isOfWord(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return scalar == "_" || ("0"..."9").contains(scalar) || ("A"..."Z").contains(scalar)
                || ("a"..."z").contains(scalar)
        }
        if scalar.properties.isDefaultIgnorableCodePoint { return true }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
            .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
            return true
        default: return scalar.properties.isAlphabetic
        }
    }

    /// The FTS5 expression that finds passages with any of the words; they hold no ASCII but letters, digits and
    /// underscores, and the quotes make them words even if they read like operators.
    var expression: String {
        (terms.map(\.expression) + terms.flatMap(\.alternatives).map { "\"\($0)\"" }).joined(separator: " OR ")
    }

    /// As ``expression``, but every word stands for all that begin like it.
    var prefixExpression: String { terms.map { "\"\($0.stem)\" *" }.joined(separator: " OR ") }

    private static func isContent(_ word: String) -> Bool {
        word.utf8.count > 1 && !Vocabulary.functionWords.contains(word) && !Vocabulary.weak.contains(word)
            && !Vocabulary.focus.keys.contains(word)
    }

    private static func focus(of words: [String]) -> Focus {
        for word in words {
            if let focus = Vocabulary.focus[word] { return focus }
        }
        return words.first == "where" || words.first == "which" ? .definition : .explanation
    }

    private static func refersBack(_ words: [String], contentCount: Int) -> Bool {
        guard let first = words.first else { return false }
        if Vocabulary.connectives.contains(first) { return true }
        if words.count > 1, words[1] == "about", first == "what" || first == "how" { return true }
        // "this project" points at the folder and not back.
        for (word, next) in zip(words, words.dropFirst()) where word == "this" && Vocabulary.weak.contains(next) {
            return false
        }
        return contentCount <= 1 && words.contains(where: Vocabulary.pronouns.contains)
    }
}
