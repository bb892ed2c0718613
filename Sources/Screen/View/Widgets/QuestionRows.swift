import Wire

extension Model {
    /// The widest box, in columns.
    private static let boxColumnsMaximum = 78
    /// Below that height the box has no frame and no empty rows.
    private static let framedRowsMinimum = 20

    /// The rows of the question that is open; none when there is none.
    func questionRows() -> [Line] {
        guard let question = box.shown else { return [] }
        let width = min(transcriptColumns - 2, Model.boxColumnsMaximum)
        let isFramed = size.rows >= Model.framedRowsMinimum && width >= 30
        let inner = isFramed ? width - 4 : transcriptColumns - 2
        let changes = changes(of: question, inner)
        // On a small screen what would be changed is worth more than since when it is asked.
        let since = isFramed || changes.isEmpty ? asked(question) : nil
        let content = what(question, inner) + changes + [since].compactMap(\.self).map { line($0, inner, .textMuted) }
        let choices = choices(of: question, inner)
        guard isFramed else { return (content + choices).map(indented) }
        return [top(width)] + (content + [Line()] + choices).map { framed($0, width) } + [bottom(width)]
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
        let (removed, added) = (question.changes.filter { !$0.isAdded }, question.changes.filter(\.isAdded))
        let rows = count > room ? room - 1 : room
        let first = removed.prefix(max(rows / 2, rows - added.count))
        let shown = first + added.prefix(rows - first.count)
        var lines = shown.map { change in
            line((change.isAdded ? "+ " : "- ") + change.text, width, change.isAdded ? .diffAdd : .diffRemove)
        }
        if shown.count < count {
            lines.append(line("\(glyphs.ellipsis) \(count - shown.count) more lines", width, .textMuted))
        }
        return lines
    }

    private func asked(_ question: OpenQuestion) -> String? {
        var parts: [String] = []
        if let time = question.askedAt { parts.append("asked \(TimeText.clock(time, zone))") }
        if box.othersCount > 0 { parts.append("\(box.othersCount) more after this one") }
        return parts.isEmpty ? nil : parts.joined(separator: " \(glyphs.separator) ")
    }

    private func choices(of question: OpenQuestion, _ width: Int) -> [Line] {
        if let given = question.given {
            let fate = isLive ? "sent" : "kept, and sent when the connection is back"
            return [line("answered: \(given) (\(fate))", width, .textMuted)]
        }
        let hint = box.isFocused ? "Press a number. Tab goes back to the input." : "Press Tab to answer."
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

    private func top(_ width: Int) -> Line {
        let title = box.shown?.kind == "input" ? " Input wanted " : " Permission needed "
        var line = indented(Line())
        line.add(glyphs.corners.topLeft, frameStyle)
        line.add(title, theme[.permission])
        line.add(String(repeating: glyphs.rule, count: max(0, width - 2 - title.columns)), frameStyle)
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
