import Wire

extension Report {
    /// The report as a table of at most 80 columns. Text of the server is shown without control characters.
    ///
    /// - Parameter hasColours: Whether results are coloured with SGR sequences, for a terminal.
    public func table(hasColours: Bool = false) -> String {
        var lines = ["belay verify   \(server.cleaned)", "\(program.cleaned), \(ISO8601.text(startedAt))"]
        lines += shortened.map { wait in
            let (planned, actual) = (Duration.milliseconds(wait.planned), Duration.milliseconds(wait.actual))
            let name = wait.name.cleaned
            return "shortened: \(name), \(Figures.duration(actual)) instead of \(Figures.duration(planned))"
        }
        for examined in cases {
            let title = "\(examined.number)  \(examined.title.cleaned)"
            let time = Figures.duration(.milliseconds(examined.duration))
            lines += ["", title + time.leftPadded(to: Table.width - title.count)]
            lines.append(String(repeating: "-", count: Table.width))
            for criterion in examined.criteria { lines += Table.rows(criterion, hasColours: hasColours) }
        }
        lines += ["", summary]
        return lines.map { $0 + "\n" }.joined()
    }
}

/// The widths of the table's columns.
private enum Table {
    static let width = 80
    private static let columns = (name: 33, required: 16, measured: 22)

    static func rows(_ criterion: Report.Criterion, hasColours: Bool) -> [String] {
        let row =
            "   " + criterion.name.cleaned.rightPadded(to: columns.name) + " "
            + criterion.required.cleaned.rightPadded(to: columns.required) + " "
            + criterion.measured.cleaned.rightPadded(to: columns.measured)
        let (word, colour) =
            switch criterion.outcome {
            case .passed: ("pass", 32)
            case .failed: ("FAIL", 31)
            case .notMeasurable: (" n/a", 33)
            }
        let result = hasColours ? "\u{1B}[\(colour)m\(word)\u{1B}[0m" : word
        return [row + result] + (criterion.detail.map { wrapped($0.cleaned).map { "     " + $0 } } ?? [])
    }

    private static func wrapped(_ text: String) -> [String] {
        var lines = [""]
        for word in text.split(whereSeparator: \.isWhitespace) {
            let last = lines.count - 1
            if lines[last].isEmpty {
                lines[last] = String(word)
            } else if lines[last].count + 1 + word.count <= width - 5 {
                lines[last] += " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}

extension String {
    /// The text on one line, without control characters.
    fileprivate var cleaned: String { withoutControls.split(whereSeparator: \.isNewline).joined(separator: " ") }

    fileprivate func rightPadded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
    fileprivate func leftPadded(to width: Int) -> String { String(repeating: " ", count: max(1, width - count)) + self }
}
