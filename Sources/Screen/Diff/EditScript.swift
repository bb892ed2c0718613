/// How one list of lines becomes another, with as few changes as can be found cheaply.
struct EditScript {
    /// A line. It is compared by its bytes: canonically equivalent lines are a change that an edit may be about.
    struct Text: Hashable {
        var bytes: Substring

        static func == (left: Text, right: Text) -> Bool { left.bytes.utf8.elementsEqual(right.bytes.utf8) }

        func hash(into hasher: inout Hasher) { for byte in bytes.utf8 { hasher.combine(byte) } }
    }

    /// A step, with the index of its line in the list that has it.
    enum Step: Hashable {
        case keep(old: Int, new: Int), add(Int), remove(Int)
        /// Lines that stay the same are left out.
        case gap
    }

    private(set) var added = 0
    private(set) var removed = 0
    /// The steps between the first and the last change.
    private var middle: [Step] = []
    /// How many lines the two have in common at the beginning and at the end.
    private let head: Int
    private let tail: Int
    /// How many lines the new list has, and the old one.
    private let count: Int
    private let oldCount: Int

    init(from before: [Text], to after: [Text]) {
        let shorter = min(before.count, after.count)
        var (head, tail) = (0, 0)
        while head < shorter, before[head] == after[head] { head += 1 }
        while tail < shorter - head, before[before.count - 1 - tail] == after[after.count - 1 - tail] { tail += 1 }
        (self.head, self.tail, count, oldCount) = (head, tail, after.count, before.count)
        let (old, new) = (before[head..<before.count - tail], after[head..<after.count - tail])
        var (gone, come) = (Set(old.indices), Set(new.indices))
        if old.count + new.count <= FileChange.linesCompared {
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
    func steps(context: Int) -> [Step] {
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
        let shift = oldCount - count
        return steps
            + (count - tail..<min(count, count - tail + context)).map { .keep(old: $0 + shift, new: $0) }
    }
}
