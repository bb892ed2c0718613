/// A question about files: the search terms, and the kind of passage that answers it best.
struct Question: Hashable, Sendable {
    /// The most search terms; further words are ignored.
    static let termsMaximum = 32
    /// The longest search term, in bytes; longer words are ignored.
    static let wordBytesMaximum = 80

    /// A search term.
    struct Term: Hashable, Sendable {
        /// As it was written.
        var word: String
        /// How much it counts: less when it comes from the question before.
        var weight: Double
        /// The stem, by which it is compared with the words of a passage.
        var stem: String { Words.stem(word.lowercased()) }
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
        let identifiers = Words.identifiers(in: text).prefix(256).flatMap { Unspaced.terms(in: $0.prefix(1_000)) }
            .filter { $0.utf8.count <= Question.wordBytesMaximum }
        let lowered = identifiers.map { $0.lowercased() }
        focus = Question.focus(of: lowered)
        var own = identifiers.filter { Question.isContent($0.lowercased()) }
        if own.isEmpty { own = identifiers.filter { Vocabulary.weak.contains($0.lowercased()) } }
        let refersBack = Question.refersBack(lowered, contentCount: own.count)
        var terms = own.map { Term(word: $0, weight: 1) }
        if let previous, refersBack {
            self.previous = previous.text
            terms += previous.terms.map { Term(word: $0.word, weight: 0.7 * $0.weight) }
            let stem = source?.split(separator: "/").last?.prefix { $0 != "." } ?? ""
            terms += Words.parts(of: stem).map { Term(word: $0, weight: 0.4) }
        }
        if terms.isEmpty {
            terms = identifiers.map { Term(word: $0, weight: 1) }
        }
        let subjects = terms.filter { !Vocabulary.weak.contains($0.word.lowercased()) }
        isOverview = subjects.isEmpty
        if isOverview { terms.append(Term(word: "readme", weight: 1)) }
        var seen: Set<String> = []
        self.terms = Array(terms.filter { seen.insert($0.stem).inserted }.prefix(Question.termsMaximum))
    }

    /// The words as a person would list them.
    var subject: String { terms.map(\.word).joined(separator: " ") }

    /// The FTS5 expression that finds passages with any of the words; they hold nothing but letters, digits and
    /// underscores, and the quotes make them words even if they read like operators.
    var expression: String {
        terms.map { term in
            let parts = Words.parts(of: term.word).map { "\"\($0)\"" }
            return "\"\(term.word)\"" + (parts.count > 1 ? " OR (\(parts.joined(separator: " AND ")))" : "")
        }
        .joined(separator: " OR ")
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
