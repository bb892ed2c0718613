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

    /// The most lines of a change that are kept.
    static let changesMaximum = 100

    /// The most choices that have a digit of their own.
    static let choicesMaximum = 9

    var key: RequestKey
    /// What kind of tool asks, or that input is wanted.
    var kind: String
    /// What the agent asks.
    var text: String
    /// What would be changed, line by line.
    var changes: [Change] = []
    /// How many lines would be changed besides.
    var moreChanges = 0
    var choices: [Choice]
    /// When it was asked, by the server's clock; `nil` when its entry is not known.
    var askedAt: Timestamp?
    /// The label of the answer that was given, until the server has it.
    var given: String?

    init(_ question: Question, askedAt: Timestamp?) {
        key = question.key
        self.askedAt = askedAt
        let call = question.params["toolCall"]
        guard question.method == Method.requestPermission else {
            kind = "input"
            text = (question.params["message"]?.string ?? "The agent asks for input.").label
            // A form takes more than a key: it can be refused here, and filled in by a client that shows it.
            choices = [
                Choice(label: "decline", answer: ["action": "decline"]),
                Choice(label: "cancel", answer: ["action": "cancel"]),
            ]
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
        for item in call?["content"]?.array ?? [] where item["type"] == "diff" {
            let change = LineChange(from: item["oldText"]?.string ?? "", to: item["newText"]?.string ?? "")
            // Of both sides as much as there is room for: what would be written is never hidden by what is removed.
            let room = max(0, Self.changesMaximum - changes.count)
            let removed = change.removed.prefix(max(room / 2, room - change.added.count))
            let added = change.added.prefix(room - removed.count)
            changes += removed.map { Change(isAdded: false, text: String($0).label) }
            changes += added.map { Change(isAdded: true, text: String($0).label) }
            moreChanges += change.removed.count + change.added.count - removed.count - added.count
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

/// The questions that are open, oldest first, and whether keys go to the first that has no answer yet.
struct QuestionBox: Hashable, Sendable {
    private(set) var questions: [OpenQuestion] = []
    var isFocused = false

    /// The one that is shown: the oldest without an answer, else the oldest.
    var shown: OpenQuestion? { questions.first { $0.given == nil } ?? questions.first }

    /// Whether a question waits for the user.
    var isWaiting: Bool { questions.contains { $0.given == nil } }

    /// How many questions wait for an answer.
    var waiting: Int { questions.count { $0.given == nil } }

    /// How many others wait.
    var othersCount: Int { max(0, questions.count { $0.given == nil } - 1) }

    mutating func replace(with open: [SessionState.OpenQuestion]) {
        let before = shown?.key
        let given = questions.filter { $0.given != nil }
        questions = open.map { open in
            given.first { $0.key == open.question.key } ?? OpenQuestion(open.question, askedAt: nil)
        }
        keepFocus(on: before)
    }

    mutating func ask(_ question: Question, at timestamp: Timestamp) {
        guard !questions.contains(where: { $0.key == question.key }) else { return }
        questions.append(OpenQuestion(question, askedAt: timestamp))
    }

    mutating func resolve(_ key: RequestKey) {
        let before = shown?.key
        questions.removeAll { $0.key == key }
        keepFocus(on: before)
    }

    /// Answers the question that is shown.
    ///
    /// - Parameter number: The number of the choice, from 1.
    mutating func choose(_ number: Int) -> (RequestKey, OpenQuestion.Choice)? {
        guard isFocused, let shown, shown.given == nil, shown.choices.indices.contains(number - 1),
            let index = questions.firstIndex(of: shown)
        else { return nil }
        let choice = shown.choices[number - 1]
        questions[index].given = choice.label
        // One key answers one question: the next is focused anew.
        isFocused = false
        return (shown.key, choice)
    }

    /// A digit that was meant for one question must not answer the next.
    private mutating func keepFocus(on key: RequestKey?) {
        if shown?.key != key || shown?.given != nil { isFocused = false }
    }
}

extension Model {
    /// Handles a key while the box has the focus; no other key than Tab gives it the focus, so that typing answers
    /// nothing.
    mutating func answer(_ key: Key, now: Instant) -> [Command] {
        switch key {
        case .tab, .backTab, .escape, .control("c"), .control("g"): box.isFocused = false
        case .character(let digit):
            guard let number = digit.wholeNumberValue, digit.isASCII, let (key, choice) = box.choose(number) else {
                return []
            }
            if choice.asksWhy {
                flash("Rejected. Type why, and press Enter: the agent reads it next.", now: now, for: .seconds(10))
            }
            return [.answer(key, choice.answer)]
        default: break
        }
        return []
    }
}
