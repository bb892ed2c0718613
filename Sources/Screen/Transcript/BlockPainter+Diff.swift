/// Lays out the lines of an edit: one below the other, or the two versions side by side where there is room.
extension BlockPainter {
    /// The least width of a number.
    private static let numberColumns = 4
    /// From this width on the two versions stand side by side: about what a screen of 120 columns leaves.
    private static let sideBySideMinimum = 88

    /// All hunks of an edit.
    func diff(of change: FileChange) -> [Line] {
        let isWide = columns.end - columns.speaker >= BlockPainter.sideBySideMinimum
        return change.hunks.enumerated().flatMap { index, rows in
            (index > 0 ? [between(isWide: isWide)] : []) + (isWide ? sideBySide(rows) : diff(rows))
        }
    }

    /// The rows one below the other, removed lines above those that take their place.
    func diff(_ rows: [FileChange.Row]) -> [Line] {
        let number = numberWidth(rows)
        return pairs(rows).flatMap { pair in
            pair.unified.map { row, emphasis in
                let column = numberColumn(number)
                var line = Line()
                let shown = "\(row.kind == .removed ? row.oldNumber : row.newNumber)"
                line.pad(to: column - shown.columns - 1)
                line.add(shown + " ", theme[.textMuted])
                line.add(glyphs.side, theme[.border])
                let content = self.content(row, emphasis)
                let width = max(1, columns.end - line.columns)
                line.add(content.window(codeShift, width: width, mark: glyphs.ellipsis, theme[.textMuted]))
                return line
            }
        }
    }

    private func numberColumn(_ width: Int) -> Int { (columns.isNarrow ? columns.speaker : columns.text) + width + 1 }

    private func numberWidth(_ rows: [FileChange.Row]) -> Int {
        max(BlockPainter.numberColumns, "\(rows.map { max($0.oldNumber, $0.newNumber) }.max() ?? 0)".columns)
    }

    /// The mark between two hunks.
    private func between(isWide: Bool) -> Line {
        var line = Line()
        line.pad(to: isWide ? columns.speaker + 2 : numberColumn(BlockPainter.numberColumns) - 2)
        line.add(glyphs.ellipsis, theme[.textMuted])
        return line
    }

    /// A row's text, with its sign, and what differs within the line in bold.
    private func content(_ row: FileChange.Row, _ emphasis: Range<Int>?) -> Line {
        var line = Line()
        let (sign, role): (String, Role) =
            switch row.kind {
            case .context: (" ", .textMuted)
            case .added: ("+", .diffAdd)
            case .removed: ("-", .diffRemove)
            }
        line.add(sign, theme[role])
        guard let emphasis else {
            line.add(row.text, theme[role])
            return line
        }
        let text = row.text.utf8
        let start = text.index(text.startIndex, offsetBy: emphasis.lowerBound)
        let end = text.index(text.startIndex, offsetBy: emphasis.upperBound)
        var strong = theme[role]
        strong.attributes.formUnion([.bold, .underline])
        line.add(String(row.text[..<start]), theme[role])
        line.add(String(row.text[start..<end]), strong)
        line.add(String(row.text[end...]), theme[role])
        return line
    }

    // MARK: Side by side

    private func sideBySide(_ rows: [FileChange.Row]) -> [Line] {
        let number = numberWidth(rows)
        let half = (columns.end - columns.speaker - 1) / 2
        return pairs(rows).flatMap { pair in
            pair.beside.map { left, right in
                var line = Line()
                line.pad(to: columns.speaker)
                line.add(self.half(left, left?.oldNumber, pair.change?.old, number: number, width: half))
                line.pad(to: columns.speaker + half)
                line.add(glyphs.side, theme[.border])
                line.add(self.half(right, right?.newNumber, pair.change?.new, number: number, width: half))
                return line
            }
        }
    }

    private func half(
        _ row: FileChange.Row?, _ shown: Int?, _ emphasis: Range<Int>?, number: Int, width: Int
    ) -> Line {
        var line = Line()
        guard let row, let shown else { return line }
        line.pad(to: number - "\(shown)".columns)
        line.add("\(shown) ", theme[.textMuted])
        line.add(
            content(row, emphasis).window(
                codeShift, width: max(1, width - line.columns - 1), mark: glyphs.ellipsis, theme[.textMuted]))
        return line
    }

    /// Lines that were removed, with those that took their place; a line of context is both.
    private struct Pair {
        var removed: [FileChange.Row] = []
        var added: [FileChange.Row] = []
        var context: FileChange.Row?

        /// What differs, when one line became another.
        var change: InlineChange? {
            guard removed.count == 1, added.count == 1 else { return nil }
            return InlineChange(from: removed[0].text, to: added[0].text)
        }

        var unified: [(FileChange.Row, Range<Int>?)] {
            if let context { return [(context, nil)] }
            let change = change
            return removed.map { ($0, change?.old) } + added.map { ($0, change?.new) }
        }

        var beside: [(FileChange.Row?, FileChange.Row?)] {
            if let context { return [(context, context)] }
            return (0..<max(removed.count, added.count)).map { index in
                (index < removed.count ? removed[index] : nil, index < added.count ? added[index] : nil)
            }
        }
    }

    private func pairs(_ rows: [FileChange.Row]) -> [Pair] {
        var pairs: [Pair] = []
        for row in rows {
            let isOpen = pairs.last.map { $0.context == nil } ?? false
            switch row.kind {
            case .context: pairs.append(Pair(context: row))
            case .removed:
                if !isOpen || pairs[pairs.count - 1].added.count > 0 { pairs.append(Pair()) }
                pairs[pairs.count - 1].removed.append(row)
            case .added:
                if !isOpen { pairs.append(Pair()) }
                pairs[pairs.count - 1].added.append(row)
            }
        }
        return pairs
    }
}
