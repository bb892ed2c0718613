import Wire

/// What the agent asked in this chat, and what was answered, for `/permissions`.
struct Decisions: Hashable, Sendable {
    /// The most answers that are kept.
    static let kept = 64

    /// An answer.
    struct Decision: Hashable, Sendable {
        var at: Timestamp
        /// What was asked, in one line; empty when that is not held.
        var subject: String
        /// What was answered, in the words of its option; `nil` when the turn was stopped.
        var answer: String?
        /// Who answered, and from where; empty when that is not known.
        var by: String
    }

    private var asked = AskedOptions()
    /// The answers, the last one last.
    private(set) var made: [Decision] = []

    mutating func fold(_ entry: Entry) {
        switch entry.body {
        case .event(.request(let question)): asked.ask(question)
        case .event(.requestResolved(let resolution)):
            let place = resolution.address.map { " from \($0.label)" } ?? ""
            let decision = Decision(
                at: entry.timestamp, subject: asked.subject(of: resolution.key) ?? "",
                answer: asked.resolve(resolution), by: (resolution.user?.label ?? "") + place)
            made = made.suffix(Decisions.kept - 1) + [decision]
        case .update, .event: break
        }
    }
}
