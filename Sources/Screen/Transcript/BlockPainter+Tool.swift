import Wire

/// Lays out tool calls: mark, kind, title, changed lines and time, followed by an excerpt of the result.
extension BlockPainter {
    /// The width of the column of kinds, with the space after it.
    private static let kindColumns = 8
    /// The width of times, with the space before them.
    private static let timeColumns = 9

    func lines(of tool: ToolBlock) -> [Line] {
        var head = Line()
        head.pad(to: columns.speaker)
        let (mark, role) = mark(of: tool)
        head.add(mark, theme[role])
        head.pad(to: columns.speaker + glyphs.toolColumns + 1)
        let kind = tool.kind.word
        let isShort = columns.isNarrow
        if !isShort || tool.title.isEmpty {
            head.add(kind, theme[.textMuted])
            head.pad(to: columns.speaker + glyphs.toolColumns + 1 + BlockPainter.kindColumns)
            if kind.columns >= BlockPainter.kindColumns { head.add(" ", .plain) }
        }
        let change = tool.added + tool.removed > 0 ? "+\(tool.added) \(glyphs.minus)\(tool.removed)" : ""
        let time = time(of: tool)
        let reserved = isShort ? (time.isEmpty ? 0 : time.columns + 1) : BlockPainter.timeColumns
        let room = columns.end - head.columns - reserved
        let changeColumns = change.isEmpty || change.columns + 10 > room ? 0 : change.columns + 2
        let titleStyle = theme[tool.status == .failed ? .toolFailed : .tool]
        head.add(tool.title.clipped(to: max(0, room - changeColumns), mark: glyphs.ellipsis), titleStyle)
        if changeColumns > 0 {
            head.add("  ", .plain)
            head.add("+\(tool.added)", theme[.diffAdd])
            head.add(" ", .plain)
            head.add("\(glyphs.minus)\(tool.removed)", theme[.diffRemove])
        }
        if !time.isEmpty, head.columns + 1 + time.columns <= columns.end {
            head.pad(to: columns.end - time.columns)
            head.add(time, theme[.textMuted])
        }
        return [head] + results(of: tool)
    }

    private func mark(of tool: ToolBlock) -> (String, Role) {
        switch tool.status {
        case .completed: (glyphs.toolDone, .toolDone)
        case .failed: (glyphs.toolFailed, .toolFailed)
        case .pending, .inProgress:
            if let spinnerStep {
                tool.status == .pending
                    ? (glyphs.toolPending, .toolRunning) : (glyphs.spinner(spinnerStep), .toolRunning)
            } else {
                (glyphs.toolUnknown, .textMuted)
            }
        }
    }

    private func time(of tool: ToolBlock) -> String {
        if let took = tool.tookMilliseconds { return TimeText.took(milliseconds: took) }
        return spinnerStep == nil ? "" : TimeText.running(seconds: tool.runningSeconds(at: wallClock))
    }

    /// The excerpt of the result: its last line while the call runs, its first line afterwards, and some more of a
    /// failure.
    private func results(of tool: ToolBlock) -> [Line] {
        let indent = columns.speaker + glyphs.toolColumns + 1
        let room = columns.end - indent
        func line(_ text: String, _ role: Role) -> Line {
            var line = Line()
            line.pad(to: indent)
            line.add(text.clipped(to: max(0, room), mark: glyphs.ellipsis), theme[role])
            return line
        }
        if tool.head.isEmpty { return [] }
        switch tool.status {
        case .pending, .inProgress: return [line(tool.last, .textMuted)]
        case .completed:
            let more = tool.lineCount > 1 ? "  \(glyphs.ellipsis) \(tool.lineCount - 1) more" : ""
            let first = (tool.head.first ?? "").clipped(to: max(0, room - more.columns), mark: glyphs.ellipsis)
            return [line(first + more, .textMuted)]
        case .failed: return tool.head.map { line($0, .toolFailed) }
        }
    }
}

extension ToolCall.Kind {
    /// The label in the column of kinds.
    fileprivate var word: String {
        switch self {
        case .read: "read"
        case .edit: "edit"
        case .delete: "delete"
        case .move: "move"
        case .search: "search"
        case .execute: "execute"
        case .think: "think"
        case .fetch: "fetch"
        case .switchMode: "mode"
        case .other: "tool"
        }
    }
}
