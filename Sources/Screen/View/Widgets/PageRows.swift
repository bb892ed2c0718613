extension Model {
    /// The widest column of terms.
    private static let termColumnsMaximum = 26

    /// The visible rows of a page.
    func pageRows(_ page: TextPage, height: Int) -> [Line] {
        let lines = pageLines(page)
        let first = max(0, min(page.offset, lines.count - height))
        return Array(lines[first..<min(lines.count, first + height)])
    }

    /// All rows of a page: each section with its title, the terms in one column, what is said about them in the next.
    func pageLines(_ page: TextPage) -> [Line] {
        let longest = page.sections.flatMap(\.rows).map(\.term.columns).max() ?? 0
        let term = min(longest, Model.termColumnsMaximum, size.columns / 3)
        let indent = 2 + term + 2
        var lines: [Line] = []
        for section in page.sections {
            if !lines.isEmpty { lines.append(Line()) }
            var head = Line()
            head.add(" " + section.title.clipped(to: size.columns - 2, mark: glyphs.ellipsis), theme[.textStrong])
            lines.append(head)
            for row in section.rows {
                // A term without room in its column has a row of its own.
                let isLong = row.term.columns > term
                let words = glyphs.own(row.text).wrapped(to: max(2, size.columns - indent - 1))
                for (number, part) in words.enumerated() {
                    var line = Line()
                    if number == 0 {
                        line.pad(to: 2)
                        line.add(row.term.clipped(to: size.columns - 3, mark: glyphs.ellipsis), theme[.link])
                        if isLong {
                            lines.append(line)
                            line = Line()
                        }
                    }
                    line.pad(to: indent)
                    line.add(String(part), theme[.text])
                    lines.append(line)
                }
            }
        }
        return lines
    }
}
