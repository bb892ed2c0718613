/// Text whose parts mean different things: what Markdown's inline marks turn into.
///
/// It knows nothing of colours, so that the same text serves every theme.
struct RichText: Hashable, Sendable {
    /// What a part of the text is.
    struct Marks: OptionSet, Hashable, Sendable {
        let rawValue: UInt8

        static let strong = Marks(rawValue: 1 << 0)
        static let emphasis = Marks(rawValue: 1 << 1)
        static let strike = Marks(rawValue: 1 << 2)
        static let code = Marks(rawValue: 1 << 3)
        static let link = Marks(rawValue: 1 << 4)
        /// Beside the point: the address of a link, a tag of HTML.
        static let aside = Marks(rawValue: 1 << 5)
    }

    /// A part with the same marks.
    struct Part: Hashable, Sendable {
        var text: Substring
        var marks: Marks
        /// The address that it leads to.
        var link: String?
    }

    /// Where a part ends, in bytes of the text, and what it is.
    private struct Run: Hashable, Sendable {
        var end: Int
        var marks: Marks
        var link: String?
    }

    /// The whole text; a newline is a line break that the author wants.
    private(set) var text = ""
    private var runs: [Run] = []

    init() {}

    init(_ text: String, _ marks: Marks = []) { add(text, marks) }

    var isEmpty: Bool { text.isEmpty }

    /// Appends a part.
    mutating func add(_ part: String, _ marks: Marks, link: String? = nil) {
        if part.isEmpty { return }
        text += part
        if let last = runs.indices.last, runs[last].marks == marks, runs[last].link == link {
            runs[last].end = text.utf8.count
        } else {
            runs.append(Run(end: text.utf8.count, marks: marks, link: link))
        }
    }

    /// Appends another text.
    mutating func add(_ other: RichText) {
        for part in other.parts(in: 0..<other.text.utf8.count) { add(String(part.text), part.marks, link: part.link) }
    }

    /// The text with backticks around its code.
    var withBackticks: RichText {
        if !runs.contains(where: { $0.marks.contains(.code) }) { return self }
        var other = RichText()
        for part in parts(in: 0..<text.utf8.count) {
            let isCode = part.marks.contains(.code)
            other.add(isCode ? "`\(part.text)`" : String(part.text), part.marks.subtracting(.code), link: part.link)
        }
        return other
    }

    /// The text with further marks on all of it.
    func with(_ marks: Marks) -> RichText {
        var other = self
        for index in other.runs.indices { other.runs[index].marks.formUnion(marks) }
        return other
    }

    /// The widest line without wrapping, in columns.
    var columns: Int { lines.map(\.columns).max() ?? 0 }

    /// The widest word, in columns.
    var wordColumns: Int { text.utf8.split { $0 == 0x20 || $0 == 0x0A }.map { Substring($0).columns }.max() ?? 0 }

    /// Wraps the text at words, as ``Swift/String/wrapped(to:)`` does, and at its own line breaks.
    func wrapped(to width: Int) -> [[Part]] {
        lines.flatMap { line in
            let start = text.utf8.distance(from: text.startIndex, to: line.startIndex)
            let copy = String(line)
            return copy.wrapped(to: width).map { row in
                let low = start + copy.utf8.distance(from: copy.startIndex, to: row.startIndex)
                return parts(in: low..<low + row.utf8.count)
            }
        }
    }

    private var lines: [Substring] {
        text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { Substring($0) }
    }

    /// The parts of a range of bytes.
    private func parts(in range: Range<Int>) -> [Part] {
        var parts: [Part] = []
        var index = firstRun(endingAfter: range.lowerBound)
        var low = range.lowerBound
        while low < range.upperBound, index < runs.count {
            let high = min(range.upperBound, runs[index].end)
            let bounds =
                text.utf8.index(text.startIndex, offsetBy: low)..<text.utf8.index(text.startIndex, offsetBy: high)
            parts.append(Part(text: text[bounds], marks: runs[index].marks, link: runs[index].link))
            (low, index) = (high, index + 1)
        }
        return parts
    }

    private func firstRun(endingAfter offset: Int) -> Int {
        var (low, high) = (0, runs.count)
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].end <= offset { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
