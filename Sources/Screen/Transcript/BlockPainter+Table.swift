/// Lays out tables: aligned where they fit, with wrapped cells where they nearly do, and otherwise as records, a line
/// for each cell.
extension BlockPainter {
    /// The narrowest column that is worth a column of its own.
    private static let cellMinimum = 6

    func lines(of table: MarkdownBlock.Table, width: Int, _ style: Style) -> [Line] {
        var table = table
        table.header = table.header.map { shown($0) }
        table.rows = table.rows.map { $0.map { shown($0) } }
        guard let widths = widths(of: table, within: width) else { return records(of: table, width: width, style) }
        var strong = style
        strong.attributes.insert(.bold)
        var rule = Line()
        for (index, columns) in widths.enumerated() {
            let dashes = columns + (index > 0 ? 1 : 0) + (index < widths.count - 1 ? 1 : 0)
            rule.add((index > 0 ? glyphs.cross : "") + String(repeating: glyphs.rule, count: dashes), theme[.border])
        }
        return row(table.header, table.alignments, widths, strong) + [rule]
            + table.rows.flatMap { row($0, table.alignments, widths, style) }
    }

    private func row(
        _ cells: [RichText], _ alignments: [MarkdownBlock.Alignment], _ widths: [Int], _ style: Style
    ) -> [Line] {
        let columns = zip(cells, widths).map { lines(of: $0, width: $1, style) }
        return (0..<(columns.map(\.count).max() ?? 1)).map { index in
            var line = Line()
            for (column, lines) in columns.enumerated() {
                if column > 0 { line.add(" " + glyphs.side + " ", theme[.border]) }
                let cell = index < lines.count ? lines[index] : Line()
                let left = widths[column] - cell.columns
                let before =
                    switch alignments[column] {
                    case .left: 0
                    case .center: left / 2
                    case .right: left
                    }
                line.pad(to: line.columns + before)
                line.add(cell)
                if column < columns.count - 1 { line.pad(to: line.columns + left - before) }
            }
            return line
        }
    }

    /// The widths of the columns; `nil` when they cannot stand side by side.
    private func widths(of table: MarkdownBlock.Table, within width: Int) -> [Int]? {
        let count = table.header.count
        let room = width - 3 * (count - 1)
        guard count > 0, room >= count * 2 else { return nil }
        var natural = table.header.map { max(2, $0.columns) }
        var least = table.header.map { max(2, min($0.wordColumns, 2 * BlockPainter.cellMinimum)) }
        for row in table.rows {
            for (index, cell) in row.enumerated() where index < count {
                natural[index] = max(natural[index], cell.columns)
                least[index] = max(least[index], min(cell.wordColumns, 2 * BlockPainter.cellMinimum))
            }
        }
        if natural.reduce(0, +) <= room { return natural }
        for index in least.indices { least[index] = min(natural[index], max(BlockPainter.cellMinimum, least[index])) }
        guard least.reduce(0, +) <= room else { return nil }
        return BlockPainter.share(room, least: least, natural: natural)
    }

    /// Gives the room beyond the least widths to the columns that need it, evenly.
    private static func share(_ room: Int, least: [Int], natural: [Int]) -> [Int] {
        var widths = least
        var left = room - least.reduce(0, +)
        while left > 0 {
            let hungry = widths.indices.filter { widths[$0] < natural[$0] }
            if hungry.isEmpty { break }
            for index in hungry where left > 0 {
                let gift = min(max(1, left / hungry.count), natural[index] - widths[index], left)
                widths[index] += gift
                left -= gift
            }
        }
        return widths
    }

    /// Each row as a record: the name of the column, then the cell.
    private func records(of table: MarkdownBlock.Table, width: Int, _ style: Style) -> [Line] {
        table.rows.enumerated().flatMap { index, row in
            (index > 0 ? [Line()] : [])
                + zip(table.header, row).flatMap { name, cell in
                    var text = name.isEmpty ? RichText() : name.with(.strong)
                    if !name.isEmpty { text.add(": ", .strong) }
                    text.add(cell)
                    return lines(of: text, width: width, style)
                }
        }
    }
}
