extension String {
    /// Wraps sanitized text, which has no newlines, at words.
    ///
    /// A line breaks after a space, before or after a wide character, and inside a word only when the word is longer
    /// than a line. Spaces at a break are dropped. A grapheme cluster is never split unless it is wider than a line.
    /// The result has at least one line.
    ///
    /// - Precondition: `width` is at least 2, so that every scalar fits a line.
    func wrapped(to width: Int) -> [Substring] {
        precondition(width >= 2, "a line must have at least two columns: \(width)")
        let isASCII = utf8.allSatisfy { $0 < 0x80 }
        if isASCII && utf8.count <= width { return [self[...]] }

        var lines: [Substring] = []
        var start = startIndex
        var used = 0
        var breakAt: (index: Index, used: Int)?
        var isAfterBreak = false
        var index = startIndex
        while index < endIndex {
            let next = isASCII ? utf8.index(after: index) : self.piece(from: index, within: width)
            let isSpace = utf8[index] == UInt8(ascii: " ") && utf8.index(after: index) == next
            let columns = isASCII ? 1 : self[index..<next].columns
            if isAfterBreak && isSpace {
                start = next
                index = next
                continue
            }
            isAfterBreak = false
            if columns > 1, used > 0 { breakAt = (index, used) }
            if used + columns > width {
                if !isSpace, let place = breakAt {
                    lines.append(self[start..<place.index].withoutTrailingSpaces)
                    start = place.index
                    used -= place.used
                } else {
                    lines.append(self[start..<index].withoutTrailingSpaces)
                    start = index
                    used = 0
                }
                breakAt = nil
                if isSpace {
                    isAfterBreak = true
                    continue
                }
                if used + columns > width { continue }
            }
            used += columns
            index = next
            if isSpace || columns > 1 { breakAt = (index, used) }
        }
        lines.append(self[start...].withoutTrailingSpaces)
        return lines
    }

    /// The longest grapheme cluster that is kept together, in scalars; clusters of real text are shorter.
    private static let clusterScalars = 16

    /// Where the cluster at `index` ends, or its first scalar with its marks when it is wider than `width`.
    fileprivate func piece(from index: Index, within width: Int) -> Index {
        let second = unicodeScalars.index(after: index)
        if second == endIndex || unicodeScalars[second].value < 0x300 { return second }
        // Hostile text has clusters of any length, so only a few scalars are examined. They are copied, because finding
        // a boundary in the middle of a cluster searches back to its start.
        let end = unicodeScalars.index(second, offsetBy: String.clusterScalars, limitedBy: endIndex) ?? endIndex
        let window = String(unicodeScalars[index..<end])
        let length = window.utf8.distance(from: window.startIndex, to: window.index(after: window.startIndex))
        let whole = utf8.index(index, offsetBy: length)
        if self[index..<whole].columns <= min(width, 4) { return whole }
        var narrow = second
        while narrow < whole, Screen.columns(of: unicodeScalars[narrow]) == 0 {
            narrow = unicodeScalars.index(after: narrow)
        }
        return narrow
    }

    /// The clusters that are wholly within a range of columns, and the column where they begin.
    func columns(_ range: Range<Int>) -> (Substring, at: Int) {
        var at = 0
        var index = startIndex
        var start: (index: Index, column: Int)?
        while index < endIndex, at < range.upperBound {
            let next = piece(from: index, within: 2)
            let end = at + self[index..<next].columns
            if end > range.upperBound { break }
            if start == nil, at >= range.lowerBound { start = (index, at) }
            (index, at) = (next, end)
        }
        guard let start else { return ("", 0) }
        return (self[start.index..<index], start.column)
    }

    /// The beginning of sanitized text that fits, followed by an ellipsis (one column, in ASCII three) where it was
    /// cut.
    func clipped(to width: Int, mark: String) -> String {
        if columns <= width { return self }
        let room = width - mark.columns
        guard room >= 0 else { return String(repeating: ".", count: max(0, width)) }
        var used = 0
        var index = startIndex
        while index < endIndex {
            let next = piece(from: index, within: max(2, room))
            let columns = self[index..<next].columns
            if used + columns > room { break }
            used += columns
            index = next
        }
        return String(self[..<index].withoutTrailingSpaces) + mark
    }
}

extension Substring {
    fileprivate var withoutTrailingSpaces: Substring {
        var rest = self
        while rest.utf8.last == UInt8(ascii: " ") { rest = rest[..<rest.utf8.index(before: rest.endIndex)] }
        return rest
    }
}
