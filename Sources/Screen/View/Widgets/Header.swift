import Wire

extension Model {
    /// From this width on the program's name stands first, and dots separate the parts.
    private static let wideHeaderColumns = 120
    /// From this width on the number of chats is said.
    private static let countedColumns = 80
    /// How much of a long title stays, at least, beside the agent and the folder.
    private static let titleLeast = 20

    /// The first row: session, agent and folder with its branch, and at the right the time.
    func header(wallClock: Timestamp) -> Line {
        let style = theme[.header]
        let muted = Style(
            foreground: theme[.textMuted].foreground, background: style.background,
            attributes: theme[.textMuted].attributes)
        let clock = TimeText.clock(wallClock, zone)
        let end = size.columns - 1
        let marks = newsMarks.filter { $0.columns < size.columns / 3 }
        let marksColumns = marks.reduce(0) { $0 + $1.columns + 2 }
        let room = end - clock.columns - 2 - marksColumns
        let isWide = size.columns >= Model.wideHeaderColumns

        var line = Line()
        line.add(isWide && title != Model.program ? " \(Model.program)  " : " ", muted)
        let gap = isWide ? " \(glyphs.separator) " : "  "
        let place = branch.isEmpty ? folder : "\(folder) (\(branch))"
        var titleRoom = room - line.columns
        var parts: [String] = []
        for (text, full) in [(agent, agent), (folder, place)] where !text.isEmpty {
            let rest = titleRoom - gap.columns - text.columns
            guard rest >= min(title.columns, Model.titleLeast) else { continue }
            titleRoom = rest
            // The branch only where it costs the title nothing.
            parts.append(rest - (full.columns - text.columns) >= title.columns ? full : text)
        }
        line.add(title.clipped(to: max(0, titleRoom), mark: glyphs.ellipsis), style)
        for text in parts {
            line.add(gap, muted)
            line.add(text, muted)
        }
        line.pad(to: end - clock.columns - marksColumns, style)
        for mark in marks {
            line.add(mark)
            line.add("  ", style)
        }
        line.add(clock, style)
        line.pad(to: size.columns, style)
        return line
    }

    /// The program's name, which is the title until a chat is opened.
    private static let program = "belay"

    /// How many other chats have something new, and how many wait for the user.
    private var newsMarks: [Line] {
        let waiting = news.values.count { $0.questions > 0 }
        let unread = news.values.count { $0.isUnread && $0.questions == 0 }
        let count = size.columns >= Model.countedColumns && chats.count > 1 ? chats.count : 0
        return [
            (count, "sessions", Role.textMuted), (unread, "unread", Role.warning),
            (waiting, waiting == 1 ? "needs you" : "need you", .permission),
        ]
        .filter { $0.0 > 0 }.map { count, words, role in
            var line = Line()
            line.add("\(count) \(words)", theme[role])
            return line
        }
    }
}
