import Sync
import Wire

/// Lays out blocks. It holds everything that a layout depends on besides the block.
struct BlockPainter: Hashable, Sendable {
    let theme: Theme
    let glyphs: Glyphs
    let columns: Columns
    let zone: TimeZoneTable
    /// The step of the spinner; `nil` while offline, when it is unknown what is running.
    let spinnerStep: Int64?
    let wallClock: Timestamp
    /// How far blocks of code are scrolled to the right, in columns.
    var codeShift = 0
    /// Whether tool calls and finished thoughts are open.
    var isUnfolded = false

    /// Lays out a block.
    ///
    /// - Parameters:
    ///   - previous: The block above, which determines the space between the two.
    ///   - old: The previous layout; lines that cannot have changed are reused.
    func layout(_ block: Block, after previous: Block?, keeping old: BlockLayout?) -> BlockLayout {
        if let old, old.version == block.version, !block.isLive { return old }
        var layout = BlockLayout(version: block.version, base: block.base, lines: [])
        if let old, old.base == block.base, case .message = block.body {
            layout.lines = Array(old.lines.prefix(old.linesFinal))
            layout.linesFinal = old.linesFinal
            layout.paragraphsFinal = old.paragraphsFinal
            layout.spaceLines = old.spaceLines
            layout.code = old.code
        }
        if layout.linesFinal == 0 {
            layout.lines = space(before: block, after: previous)
            layout.spaceLines = layout.lines.count
        }
        var painter = self
        painter.isUnfolded = isUnfolded != block.isFoldedOtherwise
        switch block.body {
        case .message(let message): painter.add(message, at: block.timestamp, to: &layout)
        case .tool(let tool): layout.lines += painter.lines(of: tool)
        case .line(let kind, let text): layout.lines += lines(of: kind, text)
        }
        return layout
    }

    // MARK: Space

    private func space(before block: Block, after previous: Block?) -> [Line] {
        guard let previous else { return [] }
        if case .message(let message) = block.body, message.isBlank { return [] }
        if block.isFirstUnread { return [Line()] + lines(of: .unread, "new") + [Line()] }
        let day = TimeText.day(block.timestamp, zone)
        if day != TimeText.day(previous.timestamp, zone) {
            return [Line()] + lines(of: .gap, TimeText.date(day: day)) + [Line()]
        }
        return block.isApart(from: previous) ? [Line()] : []
    }

    // MARK: Messages

    private func add(_ message: MessageBlock, at timestamp: Timestamp, to layout: inout BlockLayout) {
        if message.isBlank { return }
        var writer = MessageWriter(
            layout, gutter: message.isContinued ? nil : gutter(message.speaker, timestamp), columns: columns)
        if message.isLiteral {
            addText(message, to: &writer)
        } else if message.isFolded, !isUnfolded {
            addFirstLine(of: message, to: &writer)
        } else {
            addMarkdown(message, to: &writer)
        }
        layout = writer.layout
    }

    private func addText(_ message: MessageBlock, to writer: inout MessageWriter) {
        // The last paragraph may still grow; an empty one at the end is only the start of the next.
        for index in writer.layout.paragraphsFinal..<message.paragraphs.count {
            let isLast = index == message.paragraphs.count - 1
            if isLast {
                writer.settle(atParagraph: index)
                if index > 0, message.paragraphs[index].isEmpty { break }
            }
            for part in message.paragraphs[index].wrapped(to: columns.textWidth) {
                var line = Line()
                line.add(String(part), theme[.text])
                writer.add(line)
            }
        }
    }

    /// The least of a thought that is shown beside the number of its lines.
    private static let thoughtMinimum = 8

    /// A finished thought is one line: how it begins, and how much more there is.
    private func addFirstLine(of message: MessageBlock, to writer: inout MessageWriter) {
        if message.isContinued { return }
        let source = message.paragraphs.filter { !$0.isBlank }
        let more = source.count - 1
        var rest = more > 0 ? "  " + moreLines(more) : ""
        if columns.textWidth - rest.columns < BlockPainter.thoughtMinimum { rest = "" }
        let shown = MarkdownParser.pieces(of: Array(source.prefix(1))).first.map {
            lines(of: $0.block, width: 10 * columns.textWidth, theme[.agentThought])
        }
        let room = max(1, columns.textWidth - rest.columns)
        var line = (shown?.first ?? Line()).window(0, width: room, mark: glyphs.ellipsis, theme[.textMuted])
        line.add(rest, theme[.textMuted])
        writer.add(line)
    }

    private func gutter(_ speaker: MessageBlock.Speaker, _ timestamp: Timestamp) -> Line {
        var line = Line()
        line.pad(to: columns.margin)
        line.add(TimeText.clock(timestamp, zone), theme[.textMuted])
        line.pad(to: columns.isNarrow ? line.columns + 1 : columns.speaker)
        let role: Role =
            switch speaker {
            case .user: .user
            case .agent: .agent
            case .thought: .agentThought
            }
        line.add(speaker.word, theme[role])
        return line
    }

    // MARK: Lines of our own

    private func lines(of kind: Block.LineKind, _ text: String) -> [Line] {
        let room = columns.end - columns.speaker
        let dash = glyphs.rule + glyphs.rule
        switch kind {
        case .gap:
            let framed = "\(dash) \(glyphs.own(text)) \(dash)"
            if !text.utf8.contains(0x0A), framed.columns <= room { return [line(framed, .gap)] }
            return paragraphs(text, .gap)
        case .unread: return [line("\(dash) \(text) \(dash)", .warning)]
        case .note: return paragraphs(text, .textMuted)
        case .failure: return paragraphs("\(glyphs.failed) \(text)", .error)
        case .delivery: return paragraphs(text, .statusRetry)
        case .refusal: return paragraphs(text, .error)
        }
    }

    private func paragraphs(_ text: String, _ role: Role) -> [Line] {
        text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { paragraph in
            glyphs.own(String(paragraph)).wrapped(to: max(2, columns.end - columns.speaker))
                .map { line(String($0), role) }
        }
    }

    private func line(_ text: String, _ role: Role) -> Line {
        var line = Line()
        line.pad(to: columns.speaker)
        line.add(text, theme[role])
        return line
    }
}

extension Block {
    /// Whether the layout changes with time: a running tool call.
    var isLive: Bool {
        guard case .tool(let tool) = body else { return false }
        return !tool.status.isFinal
    }

    /// Whether an empty line separates this block from the one above.
    fileprivate func isApart(from previous: Block) -> Bool {
        switch (body, previous.body) {
        case (.tool, .tool), (.tool, .message), (.line(.delivery, _), _), (.line(.refusal, _), _): false
        case (.message(let message), .message(let above)):
            !(message.isContinued && above.speaker == message.speaker && above.id == message.id) || above.endsApart
        case (.line(let kind, _), .line(let above, _)): kind != above
        case (.message, _), (.tool, _), (.line, _): true
        }
    }
}
