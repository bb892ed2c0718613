import Wire

/// The list of chats: its title with the filter, the chats, and what was said last in the selected one.
extension Model {
    /// How much of a message is looked at for the preview.
    private static let previewScalarsMaximum = 400
    /// From this height on there is room for a preview.
    private static let previewHeightMinimum = 14
    /// The most rows of the preview with its rule.
    private static let previewRowsMaximum = 8

    func pickerRows(_ picker: SessionPicker, height: Int, wallClock: Timestamp) -> [Line] {
        guard height > 2 else { return [pickerHead(picker)] }
        let preview = height >= Model.previewHeightMinimum ? previewRows(picker) : []
        let room = height - 2 - preview.count
        var rows = [pickerHead(picker), Line()]
        rows += picker.visible(height: room).map {
            row(picker.shown[$0], isSelected: $0 == picker.selected, wallClock: wallClock)
        }
        if picker.shown.isEmpty { rows.append(note("No chat has these words.")) }
        guard !preview.isEmpty else { return rows }
        while rows.count < height - preview.count { rows.append(Line()) }
        return rows + preview
    }

    private func note(_ text: String) -> Line {
        var line = Line()
        line.add("   " + text.clipped(to: size.columns - 4, mark: glyphs.ellipsis), theme[.textMuted])
        return line
    }

    /// The title; what is typed into the list stands behind it, with a mark for the cursor.
    private func pickerHead(_ picker: SessionPicker) -> Line {
        let (words, typed): (String, String?) =
            switch picker.mode {
            case .choosing where picker.filter.isEmpty: ("Sessions", nil)
            case .choosing, .filtering: ("Sessions with", picker.filter.text)
            case .renaming(let title): ("New title:", title.text)
            case .forking(let title): ("Title of the fork:", title.text)
            case .deleting:
                ("Delete “\(picker.chosen?.name ?? "")” with all that was said, on the server too? y deletes it.", nil)
            }
        var line = Line()
        line.add(" ", theme[.text])
        let isAsking = picker.mode == .deleting
        line.add(
            glyphs.own(words).clipped(to: size.columns - 2, mark: glyphs.ellipsis),
            theme[isAsking ? .warning : .textStrong])
        if let typed {
            // The end is what was typed last.
            let room = size.columns - line.columns - 4
            var text = typed.painted[...]
            while text.isEmpty == false, String(text).columns > max(0, room) { text = text.dropFirst() }
            line.add(" \(text)", theme[.input])
            if picker.mode != .choosing { line.add(glyphs.writing, theme[.inputPrompt]) }
        }
        switch picker.mode {
        case .choosing, .filtering: break
        case .renaming, .forking, .deleting: return line.clipped(to: size.columns, mark: "")
        }
        let count = picker.filter.isEmpty ? "\(picker.count)" : "\(picker.shown.count) of \(picker.count)"
        if line.columns + count.columns + 3 < size.columns {
            line.pad(to: size.columns - count.columns - 1)
            line.add(count, theme[.textMuted])
        }
        return line.clipped(to: size.columns, mark: "")
    }

    /// A chat: what it wants, its age, its title, its agent and its folder.
    private func row(_ item: SessionItem, isSelected: Bool, wallClock: Timestamp) -> Line {
        let style = isSelected ? theme[.selection] : theme[.text]
        func own(_ role: Role) -> Style { isSelected ? style : theme[role] }
        let news = item.session.flatMap { item.isCurrent ? nil : self.news[$0] }
        var line = Line()
        line.add(isSelected ? " \(glyphs.planNow) " : "   ", style)
        if let questions = news?.questions, questions > 0 {
            line.add("!", own(.permission))
        } else if news?.isUnread == true {
            line.add(glyphs.unread, own(.warning))
        } else {
            line.add(" ", style)
        }
        let age = TimeText.age(of: item.usedAt, at: wallClock)
        line.add(
            " " + String(repeating: " ", count: max(0, TimeText.ageColumns - age.columns)) + age + "  ", own(.textMuted)
        )
        var marks: [String] = []
        if item.isCurrent { marks.append("this one") }
        if let questions = news?.questions, questions > 0 { marks.append("needs you") }
        if news?.isWorking == true { marks.append("working") }
        if news?.isUnread == true { marks.append("unread") }
        if item.waiting > 0 { marks.append("\(item.waiting) waiting") }
        if item.isExpired { marks.append("expired") }
        if let server = item.server { marks.append("at \(server)") }
        let mark = marks.isEmpty ? "" : "  (\(marks.joined(separator: ", ")))"
        let place = [item.agent, item.folder].filter { !$0.isEmpty }.joined(separator: "  ")
        let room = max(0, size.columns - line.columns - 1)
        let title = item.name.clipped(to: max(min(room, 12), room - mark.columns), mark: glyphs.ellipsis)
        line.add(title, own(.textStrong))
        line.add(mark.clipped(to: max(0, size.columns - line.columns - 1), mark: glyphs.ellipsis), own(.warning))
        let rest = size.columns - line.columns - 3
        if rest >= 8 { line.add("  " + place.clipped(to: rest, mark: glyphs.ellipsis), own(.textMuted)) }
        if isSelected { line.pad(to: size.columns, style) }
        return line.clipped(to: size.columns, mark: "")
    }

    /// What was said last in the selected chat.
    private func previewRows(_ picker: SessionPicker) -> [Line] {
        guard let item = picker.chosen else { return [] }
        var rule = Line()
        rule.add(String(repeating: glyphs.rule, count: size.columns), theme[.border])
        let said = picker.preview.flatMap { $0.key == item.key ? $0.said : nil } ?? []
        let room = Model.previewRowsMaximum - 1
        var lines: [Line] = []
        for message in said {
            let who = message.isUsers ? "you" : "agent"
            let width = size.columns - 10
            guard width >= 2 else { break }
            for (number, part) in previewLines(message, width: width).prefix(3).enumerated() {
                var line = Line()
                line.add(number == 0 ? " \(who)" : " ", theme[message.isUsers ? .user : .agent])
                line.pad(to: 8)
                line.add(part)
                lines.append(line)
            }
        }
        var rows = [rule] + lines.suffix(room)
        while rows.count < room + 1 { rows.append(Line()) }
        return rows
    }

    /// A message in few lines: what an agent writes without its code and tables, which say little in three lines.
    private func previewLines(_ message: SessionPreview.Said, width: Int) -> [Line] {
        let text = message.text.unicodeScalars.prefix(Model.previewScalarsMaximum)
        if !message.isUsers {
            let painter = painter(now: .zero, wallClock: 0)
            let source = String(text).painted.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            let lines = MarkdownParser.pieces(of: source).flatMap { piece -> [Line] in
                switch piece.block {
                case .code, .table, .rule, .space: []
                case .paragraph, .heading, .quote, .list, .literal:
                    painter.lines(of: piece.block, width: width, theme[.text])
                }
            }
            if !lines.isEmpty { return lines }
        }
        return String(text).label.wrapped(to: width).map { part in
            var line = Line()
            line.add(String(part), theme[.text])
            return line
        }
    }
}
