/// What two versions of a line do not have in common: the part between their common beginning and end.
struct InlineChange {
    /// Where it begins and ends in each, in bytes.
    let old: Range<Int>
    let new: Range<Int>

    /// `nil` when the lines have too little in common for the rest to mean anything.
    init?(from before: String, to after: String) {
        let (left, right) = (Array(before.utf8), Array(after.utf8))
        let shorter = min(left.count, right.count)
        var (head, tail) = (0, 0)
        while head < shorter, left[head] == right[head] { head += 1 }
        while tail < shorter - head, left[left.count - 1 - tail] == right[right.count - 1 - tail] { tail += 1 }
        // Not within a character: back to where one begins.
        while head > 0, InlineChange.isInside(left, head) || InlineChange.isInside(right, head) { head -= 1 }
        while tail > 0,
            InlineChange.isInside(left, left.count - tail) || InlineChange.isInside(right, right.count - tail)
        {
            tail -= 1
        }
        guard (head + tail) * 2 >= shorter, head + tail < max(left.count, right.count) else { return nil }
        old = head..<left.count - tail
        new = head..<right.count - tail
    }

    private static func isInside(_ bytes: [UInt8], _ index: Int) -> Bool {
        index < bytes.count && bytes[index] & 0xC0 == 0x80
    }
}
