import Sync
public import Wire

/// Draws the screen. The result depends on the arguments only.
///
/// - Parameters:
///   - model: The state of the screen.
///   - now: The monotonic clock, for durations and deadlines.
///   - wallClock: The wall clock at the same moment, in milliseconds since 1970.
public func view(_ model: Model, now: Instant, wallClock: Timestamp) -> Frame {
    let regions = model.regions
    if regions.isTooSmall { return tooSmall(model).filled(with: model.theme[.text]) }
    var rows = [Line](repeating: Line(), count: model.size.rows)
    if let row = regions.header { rows[row] = model.header(wallClock: wallClock) }
    let height = regions.transcript.count
    let transcript =
        (model.areChatsBeside ? nil : model.picker)
        .map { model.pickerRows($0, height: height, wallClock: wallClock) }
        ?? model.page.map { model.pageRows($0, height: height) }
        ?? model.conversationRows(height: height, now: now, wallClock: wallClock)
    for (row, line) in zip(regions.transcript, transcript) { rows[row] = line }
    let (question, questionCaret) = model.questionPicture()
    // Without room for all of it the choices stay, which are its end.
    for (row, line) in zip(regions.question, question.suffix(regions.question.count)) { rows[row] = line }
    if let row = regions.plan { rows[row] = model.planLine(now: now, wallClock: wallClock) }
    if let row = regions.rule {
        rows[row] = model.rule()
    } else if let row = regions.transcript.last, model.page == nil, model.transcript.scroll != .following {
        rows[row] = model.unreadHint()
    }
    // The popup covers what stands above the input, so that nothing moves when it opens.
    let popupEnd = regions.rule ?? regions.input.lowerBound
    let popup = model.popupRows(atMost: popupEnd - (regions.header == nil ? 0 : 1))
    for (row, line) in zip(popupEnd - popup.count..<popupEnd, popup) { rows[row] = line }
    model.addPanel(to: &rows, in: regions.panel, now: now, wallClock: wallClock)
    model.addChats(to: &rows, in: regions.panel, wallClock: wallClock)
    let input = model.inputRows(atMost: regions.input.count)
    for (index, row) in regions.input.enumerated() { rows[row] = model.inputLine(input, index) }
    rows[regions.status] = model.statusLine(now: now, wallClock: wallClock)
    if let row = regions.hints {
        rows[row] = model.hintsLine(now: now)
    } else if model.isFlashing(at: now) {
        rows[regions.status] = model.hintsLine(now: now)
    }
    var cursor = Point(
        column: min(Model.inputIndent + input.caretColumn, model.size.columns - 1),
        row: regions.input.lowerBound + input.caretRow)
    if let caret = questionCaret {
        let row = regions.question.upperBound - question.count + caret.row
        if regions.question.contains(row) {
            let column = caret.column + (model.page == nil ? model.leftColumns : 0)
            cursor = Point(column: min(column, model.size.columns - 1), row: row)
        }
    }
    return Frame(size: model.size, rows: rows.map(\.spans), cursor: cursor).filled(with: model.theme[.text])
}

/// The message of a screen that is too small, as far as it fits.
private func tooSmall(_ model: Model) -> Frame {
    let size = Size(columns: max(0, model.size.columns), rows: max(0, model.size.rows))
    var rows = [[Span]](repeating: [], count: size.rows)
    if size.columns >= 2, size.rows > 0 {
        let words = "Too small: \(size.columns)×\(size.rows). Needs 20×5."
        let text = model.glyphs.kind == .ascii ? words.replacing("×", with: "x") : words
        for (row, part) in zip(rows.indices, text.wrapped(to: size.columns)) {
            rows[row] = [Span(String(part), model.theme[.text])]
        }
    }
    return Frame(size: size, rows: rows, cursor: nil)
}

extension Model {
    /// The transcript; while it is empty the page of an empty chat, above whatever notices there are.
    fileprivate func conversationRows(height: Int, now: Instant, wallClock: Timestamp) -> [Line] {
        let rows = transcriptRows(height: height, painter: painter(now: now, wallClock: wallClock))
        guard isWelcoming, rows.count < height else {
            let notice = copyRows()
            return rows.count + notice.count > height ? rows : notice + rows
        }
        let notices = rows.isEmpty ? [] : [Line()] + rows
        let room = height - notices.count
        let page = welcomeRows(height: room, wallClock: wallClock)
        return page + [Line](repeating: Line(), count: room - page.count) + notices
    }

    /// The visible rows of the transcript.
    func transcriptRows(height: Int, painter: BlockPainter) -> [Line] {
        // A copy: the model stays as it is, and its layouts were cached by the update before.
        var transcript = transcript
        let top = transcript.top(height: height, with: painter)
        var rows: [Line] = []
        var item = top.item
        var skip = top.line
        while rows.count < height, item < transcript.itemCount {
            let layout = transcript.layout(at: item, with: painter)
            var lines = layout.lines
            if item == transcript.selectedItem, editor.isEmpty, lines.indices.contains(layout.spaceLines) {
                lines[layout.spaceLines].mark(with: glyphs.planNow, theme[.borderFocus])
            }
            if turn != nil, item == transcript.blocks.count - 1, isLive, !lines.isEmpty {
                addWritingMark(to: &lines[lines.count - 1], of: transcript.blocks[item], painter)
            }
            rows += lines.dropFirst(skip).prefix(height - rows.count)
            skip = 0
            item += 1
        }
        return rows
    }

    /// Draws a mark after the last word of a message that is still streaming.
    private func addWritingMark(to line: inout Line, of block: Block, _ painter: BlockPainter) {
        guard case .message(let message) = block.body, message.speaker != .user,
            line.columns < painter.columns.end
        else { return }
        line.add(glyphs.writing, theme[.toolRunning])
    }
}
