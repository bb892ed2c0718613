import Wire

/// The memory of a session: variables that the user asks the librarian to remember.
enum Memory {
    /// The variable that makes answers shorter or longer.
    static let answersKey = "preference.answers"
    /// The variable that holds the user's name.
    static let nameKey = "name"
    /// The longest key, in bytes; longer ones are truncated.
    static let keyBytesMaximum = 48

    /// The variable that a statement sets.
    ///
    /// - Parameter existing: The existing variables: a new note never replaces another one whose key begins like it.
    static func variable(for statement: String, existing: [String: JSON]) -> (key: String, value: String) {
        if let length = answerLength(statement) { return (answersKey, length) }
        for phrase in ["my name is ", "i am called ", "call me "] {
            if let name = statement.rest(after: phrase) { return (nameKey, name) }
        }
        if let preference = statement.rest(after: "i prefer ") {
            return ("preference." + slug(preference), preference)
        }
        if let (key, value) = assignment(statement) { return (key, value) }
        return (noteKey(statement, existing: existing), statement)
    }

    /// The variables that a target names: everything, one by its key or by the statement that set it, or all that
    /// hold its words.
    static func keys(toForget target: String, in memory: [String: JSON]) -> [String] {
        let lowered = target.lowercased()
        if ["everything", "all", "it all", "all of it"].contains(lowered) { return memory.keys.sorted() }
        for key in [lowered, variable(for: target, existing: [:]).key, slug(target)] where memory[key] != nil {
            return [key]
        }
        return matching(target, in: memory)
    }

    /// The keys of the variables that hold all the content words of a text.
    static func matching(_ text: String, in memory: [String: JSON]) -> [String] {
        let stems = contentWords(of: text).map(Words.stem)
        guard !stems.isEmpty else { return [] }
        return memory.keys.sorted().filter { key in
            let words = Words.vocabulary(of: key + " " + (memory[key]?.string ?? ""))
            return stems.allSatisfy { stem in words.contains { Words.isForm($0, ofStem: stem) } }
        }
    }

    /// A value as text.
    static func text(of value: JSON) -> String { value.string ?? value.text }

    private static func contentWords(of text: String) -> [String] {
        let words = Words.folded(in: text)
        let content = words.filter { !Vocabulary.functionWords.contains($0) }
        return content.isEmpty ? words : content
    }

    /// `short` or `long`, if the statement is about how answers should be.
    private static func answerLength(_ statement: String) -> String? {
        let words = Set(Words.folded(in: statement))
        guard !words.isDisjoint(with: ["answer", "answers", "reply", "replies"]) else { return nil }
        if !words.isDisjoint(with: ["short", "shorter", "brief", "briefly", "concise", "terse"]) { return "short" }
        if !words.isDisjoint(with: ["long", "longer", "detailed", "full", "thorough"]) { return "long" }
        return nil
    }

    /// `KEY is VALUE`, `KEY are VALUE`, `KEY = VALUE` or `KEY: VALUE` with a short key.
    private static func assignment(_ statement: String) -> (String, String)? {
        for separator in [" is ", " are ", " = ", ": "] {
            guard let range = statement.firstRange(of: separator) else { continue }
            let value = statement[range.upperBound...].trimmed
            var words = statement[..<range.lowerBound].split { $0.isWhitespace }
            if words.count > 1, let first = words.first, ["my", "the", "our", "a", "an"].contains(first.lowercased()) {
                words.removeFirst()
            }
            guard (1...5).contains(words.count), !value.isEmpty else { continue }
            let key = slug(words.joined(separator: " "))
            if !key.isEmpty { return (key, value) }
        }
        return nil
    }

    private static func noteKey(_ statement: String, existing: [String: JSON]) -> String {
        let base = "note." + slug(statement)
        var key = base
        var number = 2
        while let value = existing[key], value != .string(statement) {
            key = base + "-\(number)"
            number += 1
        }
        return key
    }

    /// A text as a key: letters and digits in lower case, joined by dashes; dots and underscores stay.
    static func slug(_ text: String) -> String {
        var slug = ""
        for character in text.lowercased() {
            if character.isLetter || character.isNumber || character == "_" || character == "." {
                slug.append(character)
            } else if !slug.isEmpty, slug.last != "-" {
                slug.append("-")
            }
            guard slug.utf8.count < keyBytesMaximum else { break }
        }
        while slug.last == "-" { slug.removeLast() }
        return slug
    }
}

extension String {
    /// What follows a beginning, whatever its case.
    fileprivate func rest(after beginning: String) -> String? {
        guard lowercased().hasPrefix(beginning) else { return nil }
        let rest = dropFirst(beginning.count).trimmed
        return rest.isEmpty ? nil : rest
    }
}
