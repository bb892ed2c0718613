/// Intents other than questions, recognized by the first words of a prompt.
extension Understanding {
    /// The longest recorded subject, in characters.
    private static let subjectLengthMaximum = 200

    /// The intent; `nil` for a question.
    static func plainIntent(of said: [Substring]) -> Intent? {
        var phrase = Phrase(said)
        guard !phrase.isEmpty else { return .help }
        while phrase.begins("please") || phrase.begins("ok") || phrase.begins("okay") { phrase.removeFirst() }
        return smallTalk[phrase.bare] ?? memory(phrase) ?? listing(phrase.words)
    }

    /// `what do you remember?`, `remember that …`, `forget …`.
    private static func memory(_ phrase: Phrase) -> Intent? {
        for beginning in ["what do you remember", "do you remember", "what do you know about me", "recall"] {
            guard var about = phrase.rest(after: beginning) else { continue }
            if about.hasSuffix("?") { about.removeLast() }
            for filler in ["about ", "that "] where about.lowercased().hasPrefix(filler) {
                about = String(about.dropFirst(filler.count))
            }
            about = String(about.prefix(subjectLengthMaximum))
            return .recall(about: about.isEmpty || about.lowercased() == "me" ? nil : about)
        }
        for beginning in ["remember that", "remember", "keep in mind that", "note that"] {
            guard let statement = phrase.rest(after: beginning) else { continue }
            return statement.isEmpty ? .help : .remember(statement)
        }
        if phrase.begins("my name is") || phrase.begins("call me") {
            return phrase.rest(after: "").map(Intent.remember)
        }
        for beginning in ["forget what i said about", "forget that", "forget about", "forget"] {
            guard let target = phrase.rest(after: beginning) else { continue }
            return target.isEmpty ? .help : .forget(target)
        }
        return nil
    }

    /// `list the files in Sources`, `which files are there?`, `ls Tests`.
    private static func listing(_ words: [String]) -> Intent? {
        let fillers: Set<String> = ["the", "all", "me", "of", "are", "there", "do", "you", "see", "here"]
        let plain = words.filter { !fillers.contains($0.lowercased()) }
        guard let first = plain.first?.lowercased(), ["ls", "list", "show", "which", "what"].contains(first) else {
            return nil
        }
        var rest = plain.dropFirst()
        if first != "ls" {
            guard rest.first == "files" || rest.first == "file" else { return nil }
            rest = rest.dropFirst()
        }
        let isUnder = ["in", "under", "below"].contains(rest.first)
        if isUnder { rest = rest.dropFirst().filter { !["this", "folder", "directory"].contains($0) }[...] }
        guard rest.isEmpty || rest.count == 1 && (isUnder || first == "ls") else { return nil }
        return .list(under: rest.first.map { String($0.prefix(subjectLengthMaximum)) })
    }

    private static let smallTalk: [String: Intent] = [
        "hi": .greeting, "hello": .greeting, "hey": .greeting, "hi there": .greeting, "hello there": .greeting,
        "good morning": .greeting, "good evening": .greeting, "good afternoon": .greeting, "greetings": .greeting,
        "thanks": .thanks, "thank you": .thanks, "thanks a lot": .thanks, "thank you very much": .thanks,
        "help": .help, "what can you do": .help, "who are you": .help, "what are you": .help,
    ]
}

/// The words of a prompt, as they were written and as they are compared.
private struct Phrase {
    private var said: ArraySlice<Substring>

    init(_ said: [Substring]) { self.said = said[...] }

    /// Whether nothing was said but punctuation.
    var isEmpty: Bool { !said.contains { $0.contains { $0.isLetter || $0.isNumber } } }

    /// As they were said, without punctuation around them.
    var words: [String] { said.map(Phrase.withoutPunctuation).filter { !$0.isEmpty } }

    /// The whole in lower case.
    var bare: String { words.joined(separator: " ").lowercased() }

    mutating func removeFirst() { said.removeFirst() }

    func begins(_ beginning: String) -> Bool { rest(after: beginning) != nil }

    /// What follows a beginning, without the stop at its end; `nil` when the phrase begins otherwise.
    func rest(after beginning: String) -> String? {
        let beginning = beginning.split(separator: " ")
        guard said.count >= beginning.count,
            zip(said, beginning).allSatisfy({ Phrase.withoutPunctuation($0).lowercased() == $1 })
        else { return nil }
        var rest = said.dropFirst(beginning.count).joined(separator: " ")
        while let last = rest.last, ".!".contains(last) { rest.removeLast() }
        return rest
    }

    private static func withoutPunctuation(_ word: Substring) -> String {
        var word = word
        while let last = word.last, ",;:.!?".contains(last) { word.removeLast() }
        while let first = word.first, "¿¡".contains(first) { word.removeFirst() }
        return String(word)
    }
}
