import Wire

/// What open questions ask and what their options are called, so that an answer is told in the words that were chosen: the
/// journal has only the identifier of an option.
struct AskedOptions: Hashable, Sendable {
    /// How many questions are remembered; an agent asks few at a time. Of one that was asked before them the identifier
    /// is told.
    static let questionsMaximum = 16

    private struct Asked: Hashable, Sendable {
        var key: RequestKey
        var subject: String
        /// The names by their identifiers.
        var names: [String: String]
    }

    private var asked: [Asked] = []

    /// A question was asked.
    mutating func ask(_ question: Question) {
        let options = (question.params["options"]?.array ?? []).compactMap { option -> (String, String)? in
            guard let id = option["optionId"]?.string, let name = option["name"]?.string else { return nil }
            return (id, name.label)
        }
        let names = Dictionary(options) { first, _ in first }
        let next = Asked(key: question.key, subject: question.subject.label, names: names)
        asked = asked.suffix(AskedOptions.questionsMaximum - 1) + [next]
    }

    /// What an open question asks, in one line; `nil` for one that is not remembered.
    func subject(of key: RequestKey) -> String? { asked.first { $0.key == key }?.subject }

    /// A question has its answer.
    ///
    /// - Returns: What it is called; `nil` when there was none, because the turn was stopped.
    mutating func resolve(_ resolution: Question.Resolution) -> String? {
        let names = asked.first { $0.key == resolution.key }?.names
        asked.removeAll { $0.key == resolution.key }
        let answer = resolution.answer
        let chosen = answer["outcome"]?["optionId"]?.string ?? answer["action"]?.string
        return chosen.map { names?[$0] ?? $0.label }
    }

    /// The line about an answer.
    static func line(_ answer: String?) -> String {
        answer.map { "answered: \($0)" } ?? "not answered: the turn was stopped"
    }
}
