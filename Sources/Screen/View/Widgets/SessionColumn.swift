import Wire

/// The chats at the left of a wide screen: two rows for each, from the same list as the one that `^S` opens.
extension Model {
    /// The width of the column without the line at its right.
    static let chatColumns = 25
    /// From this width on the chats stand beside the transcript, if there are any.
    static let chatScreenColumns = 132
    /// From this height on there is room for them.
    private static let chatScreenRows = 16

    /// Whether the screen has room for the chats.
    public var hasRoomForChats: Bool {
        size.columns >= Model.chatScreenColumns && size.rows >= Model.chatScreenRows
    }

    /// Whether the chats stand beside the transcript.
    var areChatsBeside: Bool { hasRoomForChats && !chats.isEmpty }

    /// How many columns at the left the chats take.
    var leftColumns: Int { areChatsBeside ? Model.chatColumns + 1 : 0 }

    /// Puts the chats before the rows.
    func addChats(to rows: inout [Line], in range: Range<Int>, wallClock: Timestamp) {
        guard areChatsBeside, page == nil else { return }
        let column = chatRows(height: range.count, wallClock: wallClock)
        for (row, line) in zip(range, column) {
            var whole = line.clipped(to: Model.chatColumns, mark: "")
            whole.pad(to: Model.chatColumns)
            whole.add(glyphs.side, theme[picker == nil ? .border : .borderFocus])
            whole.add(rows[row])
            rows[row] = whole.clipped(to: size.columns, mark: "")
        }
    }

    /// The rows of the column: its title, the chats, and what can be done with them.
    private func chatRows(height: Int, wallClock: Timestamp) -> [Line] {
        var rows = chatHead
        let foot = height >= Model.chatScreenRows - 4 ? chatFoot : []
        let shown = picker?.shown ?? chats
        let at = picker?.selected ?? chats.firstIndex { $0.isCurrent } ?? 0
        let room = max(1, (height - rows.count - foot.count) / 2)
        let first = max(0, min(at - room / 2, shown.count - room))
        for index in first..<min(shown.count, first + room) {
            rows += chatRows(shown[index], isSelected: picker != nil && index == at, wallClock: wallClock)
        }
        if shown.isEmpty {
            var line = Line()
            line.add("   None has these words", theme[.textMuted])
            rows.append(line)
        }
        while rows.count < height - foot.count { rows.append(Line()) }
        return Array((rows + foot).prefix(height))
    }

    /// The title; what is typed stands below it.
    private var chatHead: [Line] {
        let (words, typed): (String, String?) =
            switch picker?.mode {
            case .choosing?, nil: ("Sessions", picker.flatMap { $0.filter.isEmpty ? nil : $0.filter.text })
            case .filtering?: ("Sessions with", picker?.filter.text)
            case .renaming(let title)?: ("New title", title.text)
            case .forking(let title)?: ("Title of the fork", title.text)
            case .deleting?: ("Delete it everywhere?", "y deletes")
            }
        var head = Line()
        head.add(" " + words, theme[picker?.mode == .deleting ? .warning : .textStrong])
        head.pad(to: Model.chatColumns - 4)
        head.add("^S", theme[.textMuted])
        var below = Line()
        if let typed {
            // The end is what was typed last.
            var text = typed.painted[...]
            while !text.isEmpty, String(text).columns > Model.chatColumns - 5 { text = text.dropFirst() }
            below.add(" \(text)", theme[.input])
            switch picker?.mode {
            case .filtering?, .renaming?, .forking?: below.add(glyphs.writing, theme[.inputPrompt])
            case .choosing?, .deleting?, nil: break
            }
        }
        return [head, below]
    }

    /// What letters do, and which keys go to another chat without the list; where the selected chat is while one is.
    private var chatFoot: [Line] {
        func line(_ parts: (String, String)...) -> Line {
            var line = Line()
            for (key, does) in parts {
                line.add(" \(key)", theme[.text])
                line.add(" \(does) ", theme[.textMuted])
            }
            return line
        }
        var last = line(("Alt-1\(glyphs.ellipsis)9", "go"), ("Alt-A", "news"))
        if let item = picker?.chosen {
            last = Line()
            let place = item.server.map { "at \($0)" } ?? item.folder
            last.add(" " + place.clipped(to: Model.chatColumns - 2, mark: glyphs.ellipsis), theme[.textMuted])
        }
        return [
            Line(), line(("/", "filter"), ("n", "new"), ("r", "name")),
            line((" f", "fork"), ("e", "export"), ("d", "del")), last,
        ]
    }

    /// A chat: its state, its title and how much is new; below that its agent and since when.
    private func chatRows(_ item: SessionItem, isSelected: Bool, wallClock: Timestamp) -> [Line] {
        let style = isSelected ? theme[.selection] : theme[.text]
        func own(_ role: Role) -> Style { isSelected ? style : theme[role] }
        let state = chatState(of: item, wallClock: wallClock)
        let news = item.isCurrent ? nil : item.session.flatMap { self.news[$0] }
        let count = news.map { $0.answers > 0 ? "\($0.answers)" : "" } ?? ""
        var first = Line()
        first.add(isSelected || picker == nil && item.isCurrent ? glyphs.planNow : " ", own(.textStrong))
        first.add(state.glyph, own(state.role))
        first.add(" ", style)
        let room = Model.chatColumns - first.columns - (count.isEmpty ? 1 : count.columns + 3)
        first.add(item.name.clipped(to: room, mark: glyphs.ellipsis), own(item.isCurrent ? .textStrong : .text))
        if !count.isEmpty {
            first.pad(to: Model.chatColumns - count.columns - 2, style)
            first.add(count, own(.warning))
        }
        var second = Line()
        second.add(" \(glyphs.side) ", own(.border))
        let left = Model.chatColumns - second.columns - state.words.columns - 1
        second.add(item.agent.clipped(to: max(0, left - 1), mark: glyphs.ellipsis), own(.textMuted))
        second.pad(to: Model.chatColumns - state.words.columns, style)
        second.add(state.words, own(state.role))
        if isSelected {
            first.pad(to: Model.chatColumns, style)
            second.pad(to: Model.chatColumns, style)
        }
        return [first, second]
    }

    /// What goes on in a chat, as a glyph and in words.
    private func chatState(of item: SessionItem, wallClock: Timestamp) -> (glyph: String, words: String, role: Role) {
        let news = item.isCurrent ? nil : item.session.flatMap { self.news[$0] }
        if item.isCurrent ? box.waiting > 0 : news?.questions ?? 0 > 0 {
            return (glyphs.chatWaiting, "waiting !", .permission)
        }
        if item.isCurrent, let turn {
            let seconds = (wallClock - turn.startedAt) / 1_000
            return (glyphs.chatWorking, isLive ? "run \(TimeText.running(seconds: seconds))" : "run", .toolRunning)
        }
        if let news, news.isWorking {
            let since = news.since.map { " \(TimeText.briefAge(of: $0, at: wallClock))" } ?? ""
            return (glyphs.chatWorking, "run\(since)", .toolRunning)
        }
        if item.isExpired { return (glyphs.chatEnded, "expired", .textMuted) }
        // What waits in the present one is below its transcript; one that has answered meanwhile had it.
        if item.waiting > 0, !item.isCurrent, news?.isUnread != true {
            return (glyphs.chatIdle, "\(item.waiting) queued", .warning)
        }
        return (glyphs.chatIdle, "idle \(TimeText.briefAge(of: item.usedAt, at: wallClock))", .textMuted)
    }
}
