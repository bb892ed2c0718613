import Wire

/// The intent of a prompt, as far as the librarian understands it.
///
/// It is a function of the prompt and the conversation before it only, so a resumed turn comes to the same intent.
struct Understanding: Hashable, Sendable {
    /// What is to be done.
    enum Intent: Hashable, Sendable {
        case question(Question)
        case list(under: String?)
        case remember(String)
        case forget(String)
        case recall(about: String?)
        case greeting
        case thanks
        case help
    }

    var intent: Intent

    init(_ prompt: [ContentBlock], history: [HistoryMessage]) {
        let said = Understanding.words(of: prompt)
        if let intent = Understanding.plainIntent(of: said) {
            self.intent = intent
            return
        }
        let context = Understanding.context(of: history)
        intent = .question(
            Question(said.joined(separator: " "), after: context.question, source: context.source))
    }

    /// The words of a prompt, with the names of attached resources; the end of a very long prompt is ignored.
    private static func words(of prompt: [ContentBlock]) -> [Substring] {
        var words: [Substring] = []
        for block in prompt {
            switch block {
            case .text(let text): words += text.split(maxSplits: wordsMaximum) { $0.isWhitespace }.prefix(wordsMaximum)
            case .resourceLink(let name, _): words.append(name[...])
            case .other: break
            }
        }
        return words
    }

    /// The question that was asked last, follow-ups resolved, and the file that its answer named first.
    private static func context(of history: [HistoryMessage]) -> (question: Question?, source: String?) {
        var question: Question?
        var source: String?
        for message in history {
            switch message.role {
            case .user:
                let said = words(of: message.content)
                guard plainIntent(of: said) == nil else { continue }
                question = Question(said.joined(separator: " "), after: question, source: source)
                source = nil
            case .assistant:
                let text = message.content.compactMap(\.text).joined()
                source = Answer.firstSource(in: text) ?? source
            }
        }
        return (question, source)
    }

    /// How many words of a prompt are read. A note to remember is refused long before it has as many.
    private static let wordsMaximum = 4096
}
