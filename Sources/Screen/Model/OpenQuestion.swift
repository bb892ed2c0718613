import Wire

/// A question of an agent as the user can answer it.
struct OpenQuestion: Hashable, Sendable {
    /// One of the answers, chosen by its number from 1.
    struct Choice: Hashable, Sendable {
        var label: String
        /// The result of the question's method.
        var answer: JSON
        /// Whether the user goes on to say why.
        var asksWhy = false
    }

    /// A line that would be added or removed.
    struct Change: Hashable, Sendable {
        var isAdded: Bool
        var text: String
    }

    /// The most lines of changes that are kept.
    static let changesMaximum = 100

    /// The most choices that have a digit of their own.
    static let choicesMaximum = 9

    var key: RequestKey
    /// What kind of tool asks, or that input is wanted.
    var kind: String
    /// What the agent asks.
    var text: String
    /// The address that the user is to open; empty when there is none.
    var address = ""
    /// What would be changed, line by line.
    var changes: [Change] = []
    /// How many lines would be changed besides.
    var moreChanges = 0
    var choices: [Choice]
    /// The form to fill in; `nil` when the answer is one of ``choices``.
    var form: Form?
    /// Whether the agent reads the reason of a rejection in the answer.
    let readsReason: Bool
    /// When it was asked, by the server's clock; `nil` when its entry is not known.
    var askedAt: Timestamp?
    /// The label of the answer that was given, until the server has it.
    var given: String?

    init(_ question: Question, askedAt: Timestamp?) {
        key = question.key
        self.askedAt = askedAt
        readsReason = question.readsReason
        let call = question.params["toolCall"]
        guard question.method == Method.requestPermission else {
            kind = "input"
            text = (question.params["message"]?.string ?? "The agent asks for input.").label
            let answers = Form.Action.allCases.map { action in
                Choice(label: action.rawValue, answer: ["action": .string(action.rawValue)])
            }
            switch question.params["mode"]?.string {
            case "form", nil:
                form = question.params["requestedSchema"].flatMap { Form(schema: $0) }
                // A form of another kind can be refused here, and filled in by a client that shows it.
                choices = Array(answers.dropFirst())
            case "url":
                address = (question.params["url"]?.string ?? "").label
                choices = answers
            default: choices = Array(answers.dropFirst())
            }
            return
        }
        kind = call?["kind"]?.string?.label ?? "tool"
        // The command as it will run: a title may be shortened.
        let command = kind == "execute" ? question.command : nil
        text = (command ?? call?["title"]?.string ?? "The agent asks for permission.").label
        // Of a tool that is not known here, what it is given says what it does.
        if kind == "other", let input = call?["rawInput"], input.members?.isEmpty == false {
            text += ": " + input.text.label
        }
        for (_, script) in question.edits {
            let kept = Change.fitting(script.changes, rows: Self.changesMaximum - changes.count, isAdded: \.isAdded)
            changes += kept.map { Change(isAdded: $0.isAdded, text: String($0.text).label) }
            moreChanges += script.added + script.removed - kept.count
        }
        let options = (question.params["options"]?.array ?? []).compactMap { option -> (Choice, kind: String?)? in
            guard let id = option["optionId"] else { return nil }
            let label = option["name"]?.string ?? id.string ?? "an option without a name"
            return (
                Choice(label: label.label, answer: ["outcome": ["outcome": "selected", "optionId": id]]),
                option["kind"]?.string
            )
        }
        choices = options.prefix(Self.choicesMaximum - 1).map(\.0)
        if var reject = options.first(where: { $0.kind == "reject_once" })?.0 {
            (reject.label, reject.asksWhy) = ("reject and say why", true)
            choices.append(reject)
        }
    }
}

extension OpenQuestion.Change {
    /// As many lines as there is room for, in their order: of both sides some, so that what would be written is never
    /// hidden by what is removed.
    static func fitting<Line>(_ changes: [Line], rows: Int, isAdded: (Line) -> Bool) -> [Line] {
        let added = changes.count(where: isAdded)
        var room = (removed: min(changes.count - added, max(rows / 2, rows - added)), added: 0)
        room.added = max(0, rows - room.removed)
        return changes.filter { change in
            if isAdded(change) {
                room.added -= 1
                return room.added >= 0
            }
            room.removed -= 1
            return room.removed >= 0
        }
    }
}

extension OpenQuestion {
    /// The label of an answer; `nil` when it is none of those that can be given, as that of a turn that was stopped.
    func label(of answer: JSON) -> String? {
        if form != nil { return answer["action"]?.string.flatMap(Form.Action.init(rawValue:))?.rawValue }
        // The reason that an answer may give is beside what it chooses.
        let fitting = choices.filter { $0.answer.members?.allSatisfy { answer[$0.key] == $0.value } ?? false }
        return fitting.first { $0.label == given }?.label ?? fitting.first?.label
    }
}
