import Sync
import Wire

/// The rule above the input, the input, and the row of hints.
extension Model {
    /// The rule above the input, with what is below the visible rows.
    func rule() -> Line {
        let style = theme[.border]
        var line = Line()
        guard let hint = below else {
            line.add(ruleText(size.columns), style)
            return line
        }
        line.add(ruleText(max(0, size.columns - hint.columns - 4)), style)
        line.add(" ", style)
        line.add(hint)
        line.add(" " + glyphs.rule + glyphs.rule, style)
        return line.clipped(to: size.columns, mark: "")
    }

    /// The rule, joined to the lines at the side of the columns above it.
    private func ruleText(_ width: Int) -> String {
        var (text, start) = ("", 0)
        for side in sides where side < width {
            text += String(repeating: glyphs.rule, count: side - start) + glyphs.joint
            start = side + 1
        }
        return text + String(repeating: glyphs.rule, count: width - start)
    }

    /// The same information at the right of a row, where there is no rule.
    func unreadHint() -> Line {
        var line = Line()
        line.pad(to: size.columns - unread.columns - 1)
        line.add(unread)
        return line
    }

    /// What is below the visible rows; `nil` when nothing is.
    private var below: Line? {
        guard let page else { return transcript.scroll == .following ? nil : unread }
        let rest = pageLines(page).count - page.offset - regions.transcript.count
        guard rest > 0 else { return nil }
        var line = Line()
        line.add("\(glyphs.down) \(rest) more", theme[.textMuted])
        return line
    }

    private var unread: Line {
        var line = Line()
        if transcript.unread > 0 {
            line.add("\(glyphs.down) \(transcript.unread) new", theme[.warning])
        } else {
            line.add("\(glyphs.down) End", theme[.textMuted])
        }
        return line
    }

    /// Draws a row of the input.
    func inputLine(_ input: InputRows, _ index: Int) -> Line {
        var line = Line()
        let isFirst = index == 0 && input.showsStart
        line.add(
            isFirst ? " \(search == nil && find == nil ? glyphs.prompt : glyphs.search) " : "   ",
            theme[isFirst ? .inputPrompt : .input])
        if editor.isEmpty, isFirst {
            let words =
                search != nil
                ? "Words of what was sent" : find != nil ? "Words of what was said" : "Ask, or / for commands"
            line.add(words.clipped(to: inputWidth, mark: ""), theme[.inputPlaceholder])
        } else {
            line.add(input.rows[index], theme[.input])
        }
        return line
    }

    /// Whether a flash message is shown.
    func isFlashing(at now: Instant) -> Bool { flash.map { $0.until > now } ?? false }

    /// The row of hints, as many as fit; or the flash message.
    func hintsLine(now: Instant) -> Line {
        var line = Line()
        line.pad(to: 1)
        if let flash, flash.until > now {
            line.add(
                glyphs.own(flash.text).clipped(to: size.columns - 2, mark: glyphs.ellipsis), theme[.warning])
            return line
        }
        for (key, does) in hints {
            let columns = key.columns + 1 + does.columns
            let gap = line.columns > 1 ? 2 : 0
            if line.columns + gap + columns > size.columns - 1 { break }
            line.pad(to: line.columns + gap)
            line.add(key, theme[.text])
            line.add(" " + does, theme[.textMuted])
        }
        return line
    }

    private var hints: [(key: String, does: String)] {
        if box.isFocused { return questionHints }
        if let picker {
            switch picker.mode {
            case .choosing:
                return [
                    ("Enter", "open"), ("/", "filter"), ("n", "new"), ("r", "rename"), ("f", "fork"), ("e", "export"),
                    ("d", "delete"), ("Esc", "close"),
                ]
            case .filtering:
                return [
                    ("Enter", "open"), arrows, ("Tab", "keep the filter"),
                    ("Esc", "all chats"),
                ]
            case .forking: return [("Enter", "fork and go there"), ("Esc", "do not")]
            case .renaming: return [("Enter", "rename"), ("Esc", "keep")]
            case .deleting: return [("y", "delete"), ("Esc", "keep")]
            }
        }
        if completion != nil {
            return [
                ("Tab", "complete"), arrows, ("Enter", "take"),
                ("Esc", "close"),
            ]
        }
        if let search {
            let other = search.scope == .chat ? "all chats" : "next"
            return [
                ("Enter", "take"), ("^R", other), arrows, ("Esc", "close"),
            ]
        }
        if let find {
            let other = find.isHere ? "all chats" : "next"
            return [
                ("Enter", "go there"), ("^F", other), arrows, ("Esc", "close"),
            ]
        }
        if let places {
            return [
                ("n", "older"), ("N", "newer"), ("Esc", "back to now"),
                ("", "\(places.index + 1) of \(places.seqs.count)"),
            ]
        }
        if page != nil { return [("PgUp PgDn", "read"), ("Esc", "close")] }
        if editor.isEmpty, transcript.selectedItem != nil {
            return [
                ("Enter", "open or fold"), ("y", "copy"), ("Alt-\(glyphs.upKey) Alt-\(glyphs.downKey)", "choose"),
                ("Esc", "done"),
            ]
        }
        if transcript.scroll != .following {
            return [("PgUp PgDn", "read"), ("y", "copy"), ("Home", "beginning"), ("End", "back to now")] + folds
                + [("F1", "help")]
        }
        var hints = [("Enter", "send"), ("^J", "newline")]
        if editor.chipPlace != nil { hints.append(("Tab", "open the paste")) }
        if turn != nil, isLive { hints.append(("Esc", "stop")) }
        if !connection.state.isConnected, !connection.isOver { hints.append(("F5", "connect now")) }
        // Who knows the help finds the rest there, so it is not what a narrow screen loses.
        return hints + [("PgUp", "history"), ("/", "commands"), ("F1", "help")] + folds + [("^T", "plan")]
    }

    private var arrows: (key: String, does: String) { ("\(glyphs.upKey) \(glyphs.downKey)", "choose") }

    /// The question has the keys.
    private var questionHints: [(key: String, does: String)] {
        if box.reason != nil { return [("Enter", "reject"), ("Esc", "back to the choices")] }
        if box.shown?.form != nil { return [("Enter", "go on"), ("Tab", "next field"), ("Esc", "back to the input")] }
        return [("1-9", "answer"), ("Tab", "back to the input")]
    }

    private var folds: [(key: String, does: String)] {
        transcript.tools.isEmpty ? [] : [("^O", transcript.isUnfolded ? "fold" : "tools")]
    }
}
