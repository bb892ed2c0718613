import Wire

/// What the next line answers.
enum LineMenu: Hashable, Sendable {
    /// A number of the list of chats.
    case sessions([SessionItem])
    /// The reason of a rejection.
    case reason
    /// The value of a field of the form.
    case field(Int)
}

/// Menus and questions: a number and Enter chooses.
extension LineView {
    /// The list of chats as a menu.
    mutating func openMenu(wallClock: Timestamp) -> [String] {
        guard let picker = model.picker else { return [] }
        model.picker = nil
        menu = .sessions(picker.items)
        let rows = picker.items.enumerated().map { number, item in
            let age = TimeText.age(of: item.usedAt, at: wallClock)
            var text = "\(number + 1): \(item.name), \(age), \(item.folder)"
            if let server = item.server { text += ", at \(server)" }
            if item.isExpired { text += ", expired" }
            if item.waiting > 0 { text += ", \(item.waiting) waiting" }
            return text + (item.isCurrent ? ", this one" : "")
        }
        return ["sessions:"] + rows + ["menu: type a number to go there, or an empty line to stay"]
    }

    /// Answers a menu.
    ///
    /// - Returns: `nil` when the line is no answer: the menu is closed, and the line is a prompt or a command.
    mutating func answer(_ menu: LineMenu, _ line: String, now: Instant, wallClock: Timestamp) -> Result? {
        switch menu {
        case .sessions(let items):
            self.menu = nil
            guard let number = Int(line.trimmed) else { return line.isInvisible ? Result() : nil }
            guard items.indices.contains(number - 1) else {
                self.menu = menu
                return Result(lines: ["menu: there is no number \(number)"])
            }
            let item = items[number - 1]
            return item.isCurrent
                ? Result(lines: ["menu: that is this chat"]) : Result(commands: [.openSession(item.key)])
        case .reason:
            self.menu = nil
            let question = model.box.shown
            _ = model.box.typeReason(.paste(line))
            guard let commands = model.box.typeReason(.enter) else { return Result() }
            if let question, case .answer(let key, let answer)? = commands.first, let label = question.label(of: answer)
            {
                _ = speech.give(label, to: key)
            }
            return Result(lines: ["question: rejected"], commands: commands)
        case .field(let index): return fill(index, line, now: now)
        }
    }

    // MARK: Questions

    /// The lines that ask a question, with what can be answered.
    func asked(_ question: OpenQuestion) -> [String] {
        let title = question.kind == "input" ? "input wanted" : "permission needed: \(question.kind)"
        var lines = ["question: \(title): \(question.text)"]
        if !question.address.isEmpty { lines.append("question: open this address: \(question.address)") }
        lines += question.changes.map { "change: \($0.isAdded ? "add" : "remove"): \($0.text)" }
        if question.moreChanges > 0 { lines.append("change: and \(question.moreChanges) more lines") }
        lines += choices(of: question).enumerated().map { "\($0 + 1): \($1)" }
        return lines + ["question: type a number and Enter; anything else is a prompt"]
    }

    private func choices(of question: OpenQuestion) -> [String] {
        (question.form == nil ? [] : ["fill in the form"]) + question.choices.map(\.label)
    }

    /// Answers the question that waits.
    ///
    /// - Returns: `nil` when the line is no number, or nothing waits.
    mutating func answerQuestion(_ line: String, now: Instant) -> Result? {
        guard let question = model.box.shown, question.given == nil, let number = Int(line.trimmed) else { return nil }
        guard now >= guardedUntil else {
            return Result(lines: ["question: that came too soon after the question; type it again"])
        }
        guard choices(of: question).indices.contains(number - 1) else {
            return Result(lines: ["question: there is no choice \(number)"])
        }
        // Here Enter behind a number is what Tab is on the screen.
        model.box.focus(at: now)
        if question.form != nil, number == 1 { return Result(lines: ask(0)) }
        let choice = number - (question.form == nil ? 0 : 1)
        if let (key, chosen) = model.box.choose(choice) {
            return Result(lines: [speech.give(chosen.label, to: key)], commands: [.answer(key, chosen.answer)])
        }
        guard model.box.reason != nil else { return Result() }
        menu = .reason
        return Result(lines: ["question: why? The agent reads it next; an empty line rejects without a reason"])
    }

    // MARK: Forms

    /// Asks for a field of the form; behind the last one the form is sent.
    private mutating func ask(_ index: Int) -> [String] {
        guard let field = model.box.shown?.form?.fields[index] else { return [] }
        menu = .field(index)
        var lines = ["field: \(field.title)" + (field.isRequired ? ", needed" : "")]
        if !field.hint.isEmpty { lines[0] += ": \(field.hint)" }
        let present: String
        switch field.input {
        case .text(let text, _), .integer(let text, _), .number(let text, _): present = text.text.paintedLine
        case .flag(let flag):
            present = flag.map { $0 ? "y" : "n" } ?? ""
            lines.append("field: type y or n")
        case .choice(let options, let chosen):
            present = chosen.map { "\($0 + 1)" } ?? ""
            lines += options.enumerated().map { "\($0 + 1): \($1.label)" }
        case .several(let options, let chosen, _, _):
            present = chosen.sorted().map { "\($0 + 1)" }.joined(separator: " ")
            lines += options.enumerated().map { "\($0 + 1): \($1.label)" }
            lines.append("field: type the numbers, with spaces between them")
        }
        lines.append(present.isEmpty ? "field: an empty line leaves it out" : "field: an empty line keeps \(present)")
        return lines
    }

    /// Fills a field with a line, and asks for the next one.
    private mutating func fill(_ index: Int, _ line: String, now: Instant) -> Result {
        guard var form = model.box.shown?.form, form.fields.indices.contains(index) else {
            menu = nil
            return Result(lines: ["question: the form is no longer open"])
        }
        if !line.isInvisible { form.fields[index].fill(with: line) }
        form.fields[index].check()
        let problem = form.fields[index].problem
        form.place = problem == nil ? index + 1 : index
        model.box.replaceForm(form)
        if let problem {
            return Result(lines: ["field: \(form.fields[index].title) \(problem)"])
        }
        if form.place < form.fields.count { return Result(lines: ask(form.place)) }
        menu = nil
        model.box.focus(at: now)
        guard let given = model.box.fillIn(.enter) else { return Result(lines: ask(0)) }
        return Result(lines: [speech.give("accept", to: given.key)], commands: [.answer(given.key, given.answer)])
    }
}

extension FormField {
    /// Takes a whole line in place of what is filled in.
    mutating func fill(with line: String) {
        switch input {
        case .text, .integer, .number:
            press(.end)
            press(.control("u"))
            press(.paste(line))
        case .flag: press(.character(line.trimmed.lowercased().first ?? " "))
        case .choice(let options, let chosen):
            let number = Int(line.trimmed).map { $0 - 1 }
            input = .choice(options, chosen: number.flatMap { options.indices.contains($0) ? $0 : nil } ?? chosen)
        case .several(let options, _, let place, let counts):
            let numbers = line.split(whereSeparator: { " ,".contains($0) }).compactMap { Int($0) }.map { $0 - 1 }
            input = .several(options, chosen: Set(numbers.filter(options.indices.contains)), at: place, counts: counts)
        }
    }
}
