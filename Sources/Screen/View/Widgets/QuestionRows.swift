import Sync
import Wire

extension Model {
    /// The widest box, in columns.
    private static let boxColumnsMaximum = 78
    /// Below that height the box has no frame and no empty rows.
    private static let framedRowsMinimum = 20

    /// The rows of the question that is open; none when there is none.
    func questionRows() -> [Line] { questionPicture().rows }

    /// The rows of the question that is open, and the position of the cursor among them while something is typed there.
    func questionPicture() -> (rows: [Line], caret: Point?) {
        guard let question = box.shown else { return ([], nil) }
        let width = min(transcriptColumns - 2, Model.boxColumnsMaximum)
        let isFramed = size.rows >= Model.framedRowsMinimum && width >= 30
        let inner = isFramed ? width - 4 : transcriptColumns - 2
        let changes = changes(of: question, inner)
        // On a small screen what would be changed is worth more than since when it is asked.
        let since = isFramed || changes.isEmpty ? asked(question, inner) : nil
        let content =
            what(question, inner) + addressRows(question, inner) + changes
            + [since].compactMap(\.self).map { line($0, inner, .textMuted) }
        let (choices, caret) = answers(to: question, inner)
        let above = content.count + (isFramed ? 2 : 0)
        let place = caret.map { Point(column: $0.column + (isFramed ? 3 : 1), row: $0.row + above) }
        guard isFramed else { return ((content + choices).map(indented), place) }
        return (
            [top(width, question)] + (content + [Line()] + choices).map { framed($0, width) } + [bottom(width)], place
        )
    }

    private func what(_ question: OpenQuestion, _ width: Int) -> [Line] {
        let kind = question.kind.clipped(to: 10, mark: glyphs.ellipsis)
        let indent = kind.columns + 2
        guard width > indent + 2 else { return [line(question.text, width, .textStrong)] }
        let parts = question.text.wrapped(to: width - indent)
        // A long command is cut, with a mark; its tool call, which is in the transcript, has all of it.
        let room = max(3, size.rows / 3)
        return parts.prefix(room).enumerated().map { number, part in
            var line = Line()
            if number == 0 { line.add(kind, theme[.permission]) }
            line.pad(to: indent)
            let isCut = number == room - 1 && parts.count > room
            line.add(
                isCut
                    ? (String(part) + glyphs.ellipsis).clipped(to: width - indent, mark: glyphs.ellipsis)
                    : String(part),
                theme[.textStrong])
            return line
        }
    }

    /// What would be changed, as far as there is room: never more than a third of the screen, so that the question above it
    /// stays on it, and at least one line that would be written.
    private func changes(of question: OpenQuestion, _ width: Int) -> [Line] {
        let count = question.changes.count + question.moreChanges
        guard count > 0 else { return [] }
        let room = max(2, min(size.rows / 3, size.rows - 10))
        let shown = OpenQuestion.Change.fitting(
            question.changes, rows: count > room ? room - 1 : room, isAdded: \.isAdded)
        var lines = shown.map { change in
            line((change.isAdded ? "+ " : "- ") + change.text, width, change.isAdded ? .diffAdd : .diffRemove)
        }
        if shown.count < count {
            lines.append(line("\(glyphs.ellipsis) \(count - shown.count) more lines", width, .textMuted))
        }
        return lines
    }

    /// The address that the user is to open, which is never cut: a part of one leads elsewhere.
    private func addressRows(_ question: OpenQuestion, _ width: Int) -> [Line] {
        guard !question.address.isEmpty, width >= 2 else { return [] }
        return question.address.wrapped(to: width).map { line(String($0), width, .link) }
    }

    /// Where and when it was asked, and how many others wait.
    private func asked(_ question: OpenQuestion, _ width: Int) -> String? {
        var parts: [String] = []
        if let time = question.askedAt { parts.append("asked \(TimeText.clock(time, zone))") }
        if case .offline = connection.state { parts.append("before the link dropped") }
        if box.othersCount > 0 { parts.append("\(box.othersCount) more after this one") }
        let separator = " \(glyphs.separator) "
        let when = parts.joined(separator: separator)
        let room = width - when.columns - (parts.isEmpty ? 0 : separator.columns) - 3
        let place = folder.isEmpty || room < 8 ? nil : "in \(folder.clipped(to: room, mark: glyphs.ellipsis))"
        return place == nil && parts.isEmpty
            ? nil : [place, parts.isEmpty ? nil : when].compactMap(\.self).joined(separator: separator)
    }

    /// What can be answered, or was; with the position of the cursor where something is typed.
    private func answers(to question: OpenQuestion, _ width: Int) -> ([Line], Point?) {
        if let given = question.given {
            let fate = isLive ? "sent" : "kept, and sent when the connection is back"
            return ([line("answered: \(given) (\(fate))", width, .textMuted)], nil)
        }
        if let reason = box.reason {
            let label = "Why? "
            let shown = reason.shown(width: max(2, width - label.columns))
            var row = line(label, width, .permission)
            row.add(shown.text, theme[.input])
            let hint = "Enter rejects, and the agent reads this next. Esc goes back."
            return (
                [line(hint, width, .textMuted), row.clipped(to: width, mark: "")],
                Point(column: label.columns + shown.column, row: 1)
            )
        }
        if let form = question.form {
            let hint =
                box.isFocused
                ? "Enter goes on, Tab moves, Space and arrows choose. Esc leaves it." : "Press Tab to fill this in."
            let (rows, caret) = formRows(form, width: width)
            return ([line(hint, width, .textMuted)] + rows, caret.map { Point(column: $0.column, row: $0.row + 1) })
        }
        return (choices(of: question, width), nil)
    }

    private func choices(of question: OpenQuestion, _ width: Int) -> [Line] {
        var hint = box.isFocused ? "Press a number. Tab goes back to the input." : "Press Tab to answer."
        if !question.address.isEmpty { hint = "Open the address in a browser. " + hint }
        var lines = [line(hint, width, .textMuted)]
        var row = Line()
        for (index, choice) in question.choices.enumerated() {
            let label = choice.label.clipped(to: max(4, width - 4), mark: glyphs.ellipsis)
            if row.columns > 0, row.columns + 3 + label.columns + 2 > width {
                lines.append(row)
                row = Line()
            }
            if row.columns > 0 { row.add("   ", .plain) }
            row.add("\(index + 1)", theme[box.isFocused ? .selection : .permission])
            row.add(" \(label)", theme[.text])
        }
        return row.columns > 0 ? lines + [row] : lines
    }

    // MARK: The frame

    private func line(_ text: String, _ width: Int, _ role: Role) -> Line {
        var line = Line()
        line.add(text.clipped(to: width, mark: glyphs.ellipsis), theme[role])
        return line
    }

    private func indented(_ content: Line) -> Line {
        var line = Line()
        line.pad(to: 1)
        line.add(content)
        return line
    }

    private var frameStyle: Style { theme[box.isFocused ? .borderFocus : .border] }

    private func top(_ width: Int, _ question: OpenQuestion) -> Line {
        let title = question.kind == "input" ? " Input wanted " : " Permission needed "
        // The end of the key, by which it can be found in the log of a server.
        let key = " request \(String(question.key.rawValue.label.suffix(4))) "
        let room = max(0, width - 2 - title.columns)
        var line = indented(Line())
        line.add(glyphs.corners.topLeft, frameStyle)
        line.add(title, theme[.permission])
        if room >= key.columns + 6 {
            line.add(String(repeating: glyphs.rule, count: room - key.columns - 4), frameStyle)
            line.add(key, theme[.textMuted])
            line.add(String(repeating: glyphs.rule, count: 4), frameStyle)
        } else {
            line.add(String(repeating: glyphs.rule, count: room), frameStyle)
        }
        line.add(glyphs.corners.topRight, frameStyle)
        return line
    }

    private func bottom(_ width: Int) -> Line {
        var line = indented(Line())
        line.add(
            glyphs.corners.bottomLeft + String(repeating: glyphs.rule, count: width - 2) + glyphs.corners.bottomRight,
            frameStyle)
        return line
    }

    private func framed(_ content: Line, _ width: Int) -> Line {
        var line = indented(Line())
        line.add(glyphs.side, frameStyle)
        line.add(" ", .plain)
        line.add(content)
        line.pad(to: width)
        line.add(glyphs.side, frameStyle)
        return line
    }
}
