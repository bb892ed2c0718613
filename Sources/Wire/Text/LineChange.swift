/// The lines that an edit adds and removes: those between the common beginning and end of its two texts.
public struct LineChange: Hashable, Sendable {
    /// The lines that are new, without their ends.
    public let added: ArraySlice<Substring>
    /// The lines that are gone.
    public let removed: ArraySlice<Substring>

    /// Compares two texts; an empty one has no lines.
    public init(from old: String, to new: String) {
        let (before, after) = (Self.lines(of: old), Self.lines(of: new))
        let shorter = min(before.count, after.count)
        var head = 0
        while head < shorter, before[head].utf8.elementsEqual(after[head].utf8) { head += 1 }
        var tail = 0
        while tail < shorter - head,
            before[before.count - 1 - tail].utf8.elementsEqual(after[after.count - 1 - tail].utf8)
        {
            tail += 1
        }
        // An empty text has no lines; otherwise a new file would remove one.
        added = new.isEmpty ? [] : after[head..<(after.count - tail)]
        removed = old.isEmpty ? [] : before[head..<(before.count - tail)]
    }

    /// By bytes: a line feed behind a carriage return is one character with it.
    private static func lines(of text: String) -> [Substring] {
        text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { Substring($0) }
    }
}
