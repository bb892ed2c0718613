/// The rows of a form: a field each, with its title, what is filled in, and what is wrong with that.
extension Model {
    /// The widest column of titles.
    private static let titleColumnsMaximum = 20

    /// The rows of the form, and the position of the cursor among them.
    func formRows(_ form: Form, width: Int) -> (rows: [Line], caret: Point?) {
        let title = min(Model.titleColumnsMaximum, width / 3, form.fields.map { $0.title.columns + 1 }.max() ?? 1)
        var rows: [Line] = []
        var caret: Point?
        for (index, field) in form.fields.enumerated() {
            let isHere = box.isFocused && index == form.place
            var line = fieldTitle(field, title, isHere: isHere)
            if isHere {
                caret = Point(column: line.columns + caretColumn(field, width - line.columns), row: rows.count)
            }
            line.add(filledIn(field, width: width - line.columns, isHere: isHere))
            rows.append(line)
            if let note = note(field, isHere: isHere) {
                var line = Line()
                line.pad(to: 2 + title + 1)
                line.add(
                    note.text.clipped(to: max(0, width - line.columns), mark: glyphs.ellipsis), theme[note.role])
                rows.append(line)
            }
        }
        if box.isFocused {
            let isHere = form.place == form.fields.count
            if isHere { caret = Point(column: 0, row: rows.count) }
            rows.append(actions(form, isHere: isHere).clipped(to: width, mark: glyphs.ellipsis))
        }
        return (rows, caret)
    }

    private func fieldTitle(_ field: FormField, _ columns: Int, isHere: Bool) -> Line {
        var line = Line()
        line.add(isHere ? glyphs.planNow + " " : "  ", theme[isHere ? .selection : .text])
        let title = field.title + (field.isRequired ? "*" : "")
        line.add(title.clipped(to: columns, mark: glyphs.ellipsis), theme[isHere ? .textStrong : .text])
        line.pad(to: 2 + columns + 1)
        return line
    }

    /// What is wrong with the field, or what it expects while it is filled in.
    private func note(_ field: FormField, isHere: Bool) -> (text: String, role: Role)? {
        if let problem = field.problem { return (problem, .error) }
        return isHere && !field.hint.isEmpty ? (field.hint, .textMuted) : nil
    }

    private func filledIn(_ field: FormField, width: Int, isHere: Bool) -> Line {
        var line = Line()
        let role: Role = isHere ? .input : .text
        switch field.input {
        case .text(let text, _), .integer(let text, _), .number(let text, _):
            let shown = text.shown(width: max(2, width))
            if text.characters.isEmpty, !isHere {
                line.add("-", theme[.textMuted])
            } else {
                line.add(shown.text, theme[role])
            }
        case .flag(let flag):
            line.add(flag.map { $0 ? "[x] yes" : "[ ] no" } ?? "[ ] y or n", theme[role])
        case .choice(let options, let chosen):
            let label = chosen.map { options[$0].label } ?? "choose one"
            let count = chosen.map { "\($0 + 1) of \(options.count)" } ?? "\(options.count) options"
            let marks = isHere ? ("< ", " > ") : ("", " ")
            let room = max(2, width - marks.0.columns - marks.1.columns - count.columns)
            line.add(marks.0, theme[.textMuted])
            line.add(label.clipped(to: room, mark: glyphs.ellipsis), theme[role])
            line.add(marks.1 + count, theme[.textMuted])
        case .several(let options, let chosen, let place, _):
            let index = isHere ? place : chosen.min() ?? 0
            let mark = chosen.contains(index) ? "[x] " : "[ ] "
            let count = " \(chosen.count) of \(options.count) chosen"
            let room = max(2, width - mark.columns - count.columns)
            line.add(mark + options[index].label.clipped(to: room, mark: glyphs.ellipsis), theme[role])
            line.add(count, theme[.textMuted])
        }
        return line.clipped(to: max(0, width), mark: glyphs.ellipsis)
    }

    private func caretColumn(_ field: FormField, _ width: Int) -> Int {
        switch field.input {
        case .text(let text, _), .integer(let text, _), .number(let text, _): text.shown(width: max(2, width)).column
        case .flag, .several: 1
        case .choice: 2
        }
    }

    private func actions(_ form: Form, isHere: Bool) -> Line {
        var line = Line()
        for action in Form.Action.allCases {
            if line.columns > 0 { line.add("  ", .plain) }
            let isChosen = isHere && action == form.action
            line.add(
                isChosen ? "[\(action.rawValue)]" : " \(action.rawValue) ", theme[isChosen ? .selection : .text])
        }
        return line
    }
}
