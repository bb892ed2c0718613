import Sync
import Wire

/// The panel about the agent's work: at the right of a wide screen, on a narrow one a popup that `^T` opens.
extension Model {
    /// The width of the panel without the line at its left.
    static let panelColumns = 38
    /// From this width on the panel stands beside the transcript.
    private static let panelScreenColumns = 120
    /// From this height on there is room for it.
    private static let panelScreenRows = 16

    private var hasRoomForPanel: Bool {
        size.columns >= Model.panelScreenColumns && size.rows >= Model.panelScreenRows
    }

    /// Whether the panel stands beside the transcript.
    var isPanelBeside: Bool { hasRoomForPanel && !isPanelToggled }

    /// Whether the panel covers a part of the transcript, until Esc.
    var isPanelPopup: Bool { !hasRoomForPanel && isPanelToggled && picker == nil && page == nil }

    /// The width of the transcript and of what stands below it, up to the rule.
    var transcriptColumns: Int {
        size.columns - leftColumns - (isPanelBeside ? Model.panelColumns + 1 : 0)
    }

    /// The columns, from the left, of the lines that part the chats and the panel from the transcript.
    var sides: [Int] {
        guard page == nil else { return [] }
        return (areChatsBeside ? [Model.chatColumns] : [])
            + (hasPanelRows ? [leftColumns + transcriptColumns] : [])
    }

    private var hasPanelRows: Bool { isPanelBeside && (picker == nil || areChatsBeside) && page == nil }

    mutating func togglePanel(now: Instant, wallClock: Timestamp) {
        rewrap(now: now, wallClock: wallClock) { $0.isPanelToggled.toggle() }
    }

    /// Puts the panel beside the rows, or over their right part.
    func addPanel(to rows: inout [Line], in range: Range<Int>, now: Instant, wallClock: Timestamp) {
        if hasPanelRows {
            let panel = panelRows(width: Model.panelColumns, height: range.count, now: now, wallClock: wallClock)
            for (row, line) in zip(range, panel + Array(repeating: Line(), count: range.count - panel.count)) {
                rows[row] = beside(rows[row], at: transcriptColumns, glyphs.side, theme[.border], line)
            }
        } else if isPanelPopup, range.count >= 3 {
            let width = min(Model.panelColumns, size.columns - 2)
            let panel = panelRows(width: width, height: range.count - 1, now: now, wallClock: wallClock)
            let start = size.columns - width - 1
            for (row, line) in zip(range, panel) {
                rows[row] = beside(rows[row], at: start, glyphs.side, theme[.borderFocus], line)
            }
            var bottom = Line()
            bottom.add(String(repeating: glyphs.rule, count: width - 1) + " ", theme[.borderFocus])
            let row = range.lowerBound + panel.count
            if range.contains(row) {
                rows[row] = beside(rows[row], at: start, glyphs.corners.bottomLeft, theme[.borderFocus], bottom)
            }
        }
    }

    private func beside(_ left: Line, at column: Int, _ side: String, _ style: Style, _ right: Line) -> Line {
        var line = left.clipped(to: column, mark: "")
        line.pad(to: column)
        line.add(side, style)
        line.add(right.clipped(to: size.columns - leftColumns - line.columns, mark: glyphs.ellipsis))
        return line
    }

    /// The rows of the panel. Without room for all of it the long parts are cut, then those at the end are left out; the
    /// plan shows the steps around the present one.
    func panelRows(width: Int, height: Int, now: Instant, wallClock: Timestamp) -> [Line] {
        let room = PanelRoom(columns: width, now: now, wallClock: wallClock)
        var rest = [toolsPart(room), connectionPart(room), usagePart(room)].filter { !$0.isEmpty }
        func rows(_ parts: [[Line]]) -> Int { parts.reduce(0) { $0 + $1.count + 1 } }
        let planRows = plan.isEmpty ? 0 : min(plan.count + 2, max(4, height / 2))
        while rows(rest) + planRows > height,
            let longest = rest.indices.max(by: { rest[$0].count < rest[$1].count }),
            rest[longest].count > Model.partRowsMinimum
        {
            rest[longest].removeLast()
        }
        while rows(rest) + planRows > height, !rest.isEmpty { rest.removeLast() }
        let parts = [planPart(room, rows: height - rows(rest))] + rest
        return Array(parts.filter { !$0.isEmpty }.joined(separator: [Line()]))
    }

    /// A part that is cut keeps its title and two lines.
    private static let partRowsMinimum = 3

    // MARK: Lines of the panel

    /// A title, with something at the right.
    func panelTitle(_ title: String, _ right: String, _ room: PanelRoom) -> Line {
        var line = Line()
        line.add(" " + title, theme[.textStrong])
        line.pad(to: room.columns - 2 - right.columns)
        line.add(right, theme[.textMuted])
        return line
    }

    /// A line about one thing: its name in a column of its own, and what is said about it.
    func panelLine(_ name: String, _ words: [(String, Role)], _ room: PanelRoom) -> Line {
        var line = Line()
        line.pad(to: 2)
        line.add(name, theme[.textMuted])
        line.pad(to: 10)
        for (text, role) in words {
            line.add(text.clipped(to: max(0, room.columns - 1 - line.columns), mark: glyphs.ellipsis), theme[role])
        }
        return line
    }
}

/// The width of the panel, and the moment that it shows.
struct PanelRoom {
    var columns: Int
    var now: Instant
    var wallClock: Timestamp
}
