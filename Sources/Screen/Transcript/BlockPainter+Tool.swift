import Wire

/// Lays out tool calls: mark, kind, title, changed lines and time, followed by what the call has produced, folded to a
/// few lines or open.
extension BlockPainter {
    /// The width of the column of kinds, with the space after it.
    private static let kindColumns = 8
    /// The width of times, with the space before them.
    private static let timeColumns = 9
    /// How many lines of a diff, of a running call and of a failure are shown while the call is folded.
    private static let changeFolded = 3
    private static let runningFolded = 3
    private static let failureFolded = 4

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
        let (added, removed) = (tool.detail.added, tool.detail.removed)
        let change = added + removed > 0 ? "+\(added) \(glyphs.minus)\(removed)" : ""
        let time = time(of: tool)
        let reserved = isShort ? (time.isEmpty ? 0 : time.columns + 1) : BlockPainter.timeColumns
        let room = columns.end - head.columns - reserved
        let changeColumns = change.isEmpty || change.columns + 10 > room ? 0 : change.columns + 2
        let titleStyle = theme[tool.status == .failed ? .toolFailed : .tool]
        head.add(tool.title.clipped(to: max(0, room - changeColumns), mark: glyphs.ellipsis), titleStyle)
        if changeColumns > 0 {
            head.add("  ", .plain)
            head.add("+\(added)", theme[.diffAdd])
            head.add(" ", .plain)
            head.add("\(glyphs.minus)\(removed)", theme[.diffRemove])
        }
        if !time.isEmpty, head.columns + 1 + time.columns <= columns.end {
            head.pad(to: columns.end - time.columns)
            head.add(time, theme[.textMuted])
        }
        return [head] + (isUnfolded ? open(tool) : folded(tool))
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

    /// A call in a few lines: the last ones while it runs, the first one afterwards, the first ones of a failure, and the
    /// first changes of an edit.
    private func folded(_ tool: ToolBlock) -> [Line] {
        let detail = tool.detail
        let changes = folded(detail.changes)
        switch tool.status {
        case .pending, .inProgress:
            return changes + detail.lastLines(BlockPainter.runningFolded).map { output($0, .textMuted) }
        case .failed:
            let first = detail.firstLines(BlockPainter.failureFolded)
            let more = detail.lineCount - first.count
            return changes + first.map { output($0, .toolFailed) } + (more > 0 ? [note(moreLines(more))] : [])
        case .completed:
            guard let first = detail.firstLines(1).first else { return changes }
            return changes + [output(first, .textMuted, more: detail.lineCount - 1)]
        }
    }

    /// A line of output, cut at the edge, and how many more there are.
    private func output(_ text: String, _ role: Role, more: Int = 0) -> Line {
        let rest = more > 0 ? "  \(glyphs.ellipsis) \(more) more" : ""
        let room = max(0, columns.end - outputColumn)
        var line = Line()
        line.pad(to: outputColumn)
        line.add(text.clipped(to: max(0, room - rest.columns), mark: glyphs.ellipsis) + rest, theme[role])
        return line
    }

    /// The first rows of the edits that change something.
    private func folded(_ changes: [FileChange]) -> [Line] {
        let rows = changes.flatMap(\.rows)
        let shown = rows.filter { $0.kind != .context }.prefix(BlockPainter.changeFolded)
        let more = rows.count - shown.count + changes.reduce(0) { $0 + $1.omitted }
        var lines = diff(Array(shown))
        if more > 0, !shown.isEmpty { lines.append(note(moreLines(more))) }
        return lines
    }

    /// Everything that is kept of a call.
    private func open(_ tool: ToolBlock) -> [Line] {
        let role: Role = tool.status == .failed ? .toolFailed : .textMuted
        let hasPaths = tool.detail.changes.count > 1
        return tool.detail.outputs.flatMap { output in
            switch output {
            case .text(let text): open(text, role)
            case .change(let change):
                (hasPaths ? [note(change.path)] : []) + diff(of: change)
                    + (change.omitted > 0 ? [note("\(glyphs.ellipsis) \(change.omitted) more lines")] : [])
            }
        }
    }

    /// The lines of an output. They are cut and scrolled to like code: a table of a program is no table when it is
    /// wrapped.
    private func open(_ text: TextExcerpt, _ role: Role) -> [Line] {
        func line(_ text: String) -> Line {
            var content = Line()
            content.add(text, theme[role])
            return placed(content, at: outputColumn)
        }
        let gap = text.omitted > 0 ? [note("\(glyphs.ellipsis) \(text.omitted) lines left out")] : []
        return text.head.map(line) + gap + text.tail.map(line)
    }

    /// A line of the block, scrolled to the right as far as code is.
    func placed(_ content: Line, at column: Int) -> Line {
        var line = Line()
        line.pad(to: column)
        let width = max(1, columns.end - column)
        line.add(content.window(codeShift, width: width, mark: glyphs.ellipsis, theme[.textMuted]))
        return line
    }

    /// How many lines are folded, and the key that opens them.
    func moreLines(_ count: Int) -> String {
        "\(glyphs.ellipsis) \(count) more \(count == 1 ? "line" : "lines")  ^O"
    }

    private func note(_ text: String) -> Line {
        var line = Line()
        line.pad(to: outputColumn)
        line.add(text.clipped(to: max(0, columns.end - outputColumn), mark: glyphs.ellipsis), theme[.textMuted])
        return line
    }

    /// The column of a call's output.
    private var outputColumn: Int { columns.speaker + glyphs.toolColumns + 1 }
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
