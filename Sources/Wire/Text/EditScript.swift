/// How one text becomes another, line by line, with as few changes as can be found cheaply.
public struct EditScript: Sendable {
    /// A line without its end. It is compared by its bytes: canonically equivalent lines are a change that an edit may be
    /// about.
    public struct Line: Hashable, Sendable {
        /// The text of the line.
        public let text: Substring

        /// Whether they have the same bytes.
        public static func == (left: Line, right: Line) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

        /// Hashes the bytes.
        public func hash(into hasher: inout Hasher) { for byte in text.utf8 { hasher.combine(byte) } }
    }

    /// A step, with the index of its line in the text that has it.
    public enum Step: Hashable, Sendable {
        case keep(old: Int, new: Int), add(Int), remove(Int)
        /// Lines that stay the same are left out.
        case gap
    }

    /// Texts that differ over more lines are not searched for what they have in common.
    public static let linesCompared = 400

    /// The lines of the old text; an empty text has none.
    public let old: [Line]
    /// The lines of the new text.
    public let new: [Line]
    /// How many lines are added.
    public private(set) var added = 0
    /// How many lines are removed.
    public private(set) var removed = 0
    /// The steps between the first and the last change.
    private var middle: [Step] = []
    /// How many lines the two have in common at the beginning and at the end.
    private let head: Int
    private let tail: Int

    /// Compares two texts.
    public init(from old: String, to new: String) {
        let (before, after) = (EditScript.lines(of: old), EditScript.lines(of: new))
        (self.old, self.new) = (before, after)
        let shorter = min(before.count, after.count)
        var (head, tail) = (0, 0)
        while head < shorter, before[head] == after[head] { head += 1 }
        while tail < shorter - head, before[before.count - 1 - tail] == after[after.count - 1 - tail] { tail += 1 }
        (self.head, self.tail) = (head, tail)
        let (old, new) = (before[head..<before.count - tail], after[head..<after.count - tail])
        var (gone, come) = (Set(old.indices), Set(new.indices))
        if old.count + new.count <= EditScript.linesCompared {
            (gone, come) = ([], [])
            for change in Array(new).difference(from: Array(old)) {
                switch change {
                case .remove(let offset, _, _): gone.insert(head + offset)
                case .insert(let offset, _, _): come.insert(head + offset)
                }
            }
        }
        (added, removed) = (come.count, gone.count)
        var (left, right) = (old.startIndex, new.startIndex)
        while left < old.endIndex || right < new.endIndex {
            if left < old.endIndex, gone.contains(left) {
                middle.append(.remove(left))
                left += 1
            } else if right < new.endIndex, come.contains(right) {
                middle.append(.add(right))
                right += 1
            } else {
                middle.append(.keep(old: left, new: right))
                (left, right) = (left + 1, right + 1)
            }
        }
    }

    /// The steps with so many lines around each change, and gaps between those that are further apart.
    ///
    /// - Parameter context: How many at most, above and below each.
    public func steps(context: Int) -> [Step] {
        if middle.isEmpty { return [] }
        var steps = (max(0, head - context)..<head).map { Step.keep(old: $0, new: $0) }
        var kept: [Step] = []
        for step in middle {
            if case .keep = step {
                kept.append(step)
                continue
            }
            if kept.count > 2 * context {
                steps += kept.prefix(context) + [.gap] + kept.suffix(context)
            } else {
                steps += kept
            }
            kept = []
            steps.append(step)
        }
        let (end, shift) = (new.count - tail, old.count - new.count)
        return steps + (end..<min(new.count, end + context)).map { .keep(old: $0 + shift, new: $0) }
    }

    /// The lines that are removed and added, in order.
    public var changes: [(isAdded: Bool, text: Substring)] {
        middle.compactMap { step in
            switch step {
            case .add(let line): (true, new[line].text)
            case .remove(let line): (false, old[line].text)
            case .keep, .gap: nil
            }
        }
    }

    /// By bytes: a line feed behind a carriage return is one character with it.
    private static func lines(of text: String) -> [Line] {
        var lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { Line(text: Substring($0)) }
        if lines.last?.text.isEmpty == true { lines.removeLast() }
        return lines
    }
}
