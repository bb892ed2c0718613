import Wire

/// The questions that are open, oldest first, and whether keys go to the first that has no answer yet.
struct QuestionBox: Hashable, Sendable {
    /// Keys that come within this time after the focus were meant for what had it before.
    static let guardTime = Duration.milliseconds(200)

    private(set) var questions: [OpenQuestion] = []
    private(set) var isFocused = false
    /// Until when keys are ignored.
    private var guardedUntil = Instant(nanoseconds: 0)
    /// Why the user rejects, while it is typed.
    private(set) var reason: LineText?

    /// The one that is shown: the oldest without an answer, else the oldest.
    var shown: OpenQuestion? { questions.first { $0.given == nil } ?? questions.first }

    /// Whether a question waits for the user.
    var isWaiting: Bool { questions.contains { $0.given == nil } }

    /// How many questions wait for an answer.
    var waiting: Int { questions.count { $0.given == nil } }

    /// How many others wait.
    var othersCount: Int { max(0, questions.count { $0.given == nil } - 1) }

    /// - Parameter answers: What the user has answered, in this run or an earlier one, and the server does not have yet.
    mutating func replace(with open: [SessionState.OpenQuestion], answers: [RequestKey: JSON]) {
        let before = shown?.key
        let given = questions.filter { $0.given != nil }
        questions = open.map { open in
            if let question = given.first(where: { $0.key == open.question.key }) { return question }
            var question = OpenQuestion(open.question, askedAt: nil)
            question.given = answers[question.key].map { question.label(of: $0) ?? "as you did" }
            return question
        }
        keepFocus(on: before)
    }

    mutating func ask(_ question: Question, at timestamp: Timestamp) {
        guard !questions.contains(where: { $0.key == question.key }) else { return }
        questions.append(OpenQuestion(question, askedAt: timestamp))
    }

    /// A question has its answer.
    ///
    /// - Returns: The question, if it was open here.
    @discardableResult
    mutating func resolve(_ key: RequestKey) -> OpenQuestion? {
        let before = shown?.key
        let resolved = questions.first { $0.key == key }
        questions.removeAll { $0.key == key }
        keepFocus(on: before)
        return resolved
    }

    /// Gives the keys to the question that is shown, if it has no answer yet.
    mutating func focus(at now: Instant) {
        isFocused = shown.map { $0.given == nil } ?? false
        if isFocused { guardKeys(from: now) }
    }

    mutating func leave() { (isFocused, reason) = (false, nil) }

    /// Keys that come now were typed for something else.
    mutating func guardKeys(from now: Instant) { guardedUntil = now + QuestionBox.guardTime }

    func isGuarded(at now: Instant) -> Bool { isFocused && now < guardedUntil }

    /// Answers the question that is shown.
    ///
    /// - Parameter number: The number of the choice, from 1.
    mutating func choose(_ number: Int) -> (RequestKey, OpenQuestion.Choice)? {
        guard isFocused, let shown, shown.given == nil, shown.choices.indices.contains(number - 1),
            let index = questions.firstIndex(of: shown)
        else { return nil }
        let choice = shown.choices[number - 1]
        if choice.asksWhy, reason == nil {
            reason = LineText()
            return nil
        }
        give(choice.label, to: index)
        return (shown.key, choice)
    }

    /// One key answers one question: the next is focused anew.
    private mutating func give(_ label: String, to index: Int) {
        questions[index].given = label
        leave()
    }

    /// Types the reason of a rejection; Enter rejects with it.
    ///
    /// - Returns: The rejection, when Enter was pressed, and the reason as a prompt that follows it, unless the agent reads it in
    ///   the answer.
    mutating func typeReason(_ key: Key) -> [Command]? {
        guard var text = reason, let shown, let number = shown.choices.firstIndex(where: \.asksWhy) else { return nil }
        switch key {
        case .enter:
            guard let (key, choice) = choose(number + 1) else { return nil }
            if text.text.isInvisible { return [.answer(key, choice.answer)] }
            if shown.readsReason { return [.answer(key, Question.answer(choice.answer, because: text.text))] }
            return [.answer(key, choice.answer), .send(text.text)]
        case .escape, .control("c"), .control("g"), .tab, .backTab: reason = nil
        default:
            _ = text.edit(key)
            reason = text
        }
        return nil
    }

    /// The form that is shown, with other contents.
    mutating func replaceForm(_ form: Form) {
        if let shown, let index = questions.firstIndex(of: shown) { questions[index].form = form }
    }

    /// Handles a key in the form that is shown.
    mutating func fillIn(_ key: Key) -> (key: RequestKey, answer: JSON)? {
        guard let shown, var form = shown.form, let index = questions.firstIndex(of: shown) else { return nil }
        let outcome = form.press(key)
        questions[index].form = form
        switch outcome {
        case .goesOn: return nil
        case .left:
            leave()
            return nil
        case .answered(let action, let answer):
            give(action.rawValue, to: index)
            return (shown.key, answer)
        }
    }

    /// A digit that was meant for one question must not answer the next.
    private mutating func keepFocus(on key: RequestKey?) {
        if shown?.key != key || shown?.given != nil { leave() }
    }
}

extension Model {
    /// Handles a key while the box has the focus; no other key than Tab gives it the focus, so that typing answers
    /// nothing.
    mutating func answer(_ key: Key, now: Instant) -> [Command] {
        if box.isGuarded(at: now) {
            if key != .tab { flash("That key came too soon after the box got the focus: press it again.", now: now) }
            return []
        }
        if box.reason != nil {
            return box.typeReason(key) ?? []
        }
        if box.shown?.form != nil {
            return box.fillIn(key).map { [.answer($0.key, $0.answer)] } ?? []
        }
        switch key {
        case .tab, .backTab, .escape, .control("c"), .control("g"): box.leave()
        case .character(let digit):
            guard let number = digit.wholeNumberValue, digit.isASCII, let (key, choice) = box.choose(number) else {
                return []
            }
            return [.answer(key, choice.answer)]
        default: break
        }
        return []
    }

    /// The agent has an answer: says so when it is not the one that was given here.
    mutating func resolve(_ resolution: Question.Resolution, now: Instant, wallClock: Timestamp) {
        guard let question = box.resolve(resolution.key) else { return }
        let label = question.label(of: resolution.answer)
        if let label, label == question.given { return }
        let what = label.map { "it was answered “\($0)” elsewhere" } ?? "it was closed"
        if let given = question.given {
            transcript.append(ownLine: .note, "Your answer “\(given)” came too late: \(what).", at: wallClock)
        } else {
            flash("The question is no longer open: \(what).", now: now, for: .seconds(10))
        }
    }
}
