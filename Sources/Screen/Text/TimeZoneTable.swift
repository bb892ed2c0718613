public import Wire

/// By how much a user's clock is ahead of UTC, at each time: it changes twice a year where there is summer time, and what
/// was written in winter was written at winter's hour.
public struct TimeZoneTable: Hashable, Sendable {
    /// From when on which offset holds, in milliseconds since 1970 and in seconds, in order.
    private var changes: [Change]
    /// The offset before the first change, in seconds.
    private var first: Int

    private struct Change: Hashable, Sendable {
        var from: Timestamp
        var offset: Int
    }

    /// UTC, or a clock that is always as far ahead of it.
    public init(offset: Int = 0) { (changes, first) = ([], offset) }

    /// Finds the changes of a clock.
    ///
    /// - Parameters:
    ///   - range: The times that are shown, in milliseconds since 1970; what is outside has the offset of the nearer end.
    ///   - offset: By how many seconds the clock is ahead of UTC at a time; asked some thousand times for fifty years.
    public init(_ range: ClosedRange<Timestamp>, offset: (Timestamp) -> Int) {
        self.init(offset: offset(range.lowerBound))
        var (time, known) = (range.lowerBound, first)
        while time < range.upperBound {
            let next = min(range.upperBound, time + TimeZoneTable.step)
            let there = offset(next)
            if there != known {
                changes.append(
                    Change(from: TimeZoneTable.change(after: time, atMost: next, from: known, offset), offset: there))
            }
            (time, known) = (next, there)
        }
    }

    /// No clock changes twice within so long and is back where it was: 15 days, in milliseconds.
    private static let step: Timestamp = 15 * 86_400_000

    /// The first time at which the offset is another one, to the second.
    private static func change(
        after: Timestamp, atMost: Timestamp, from known: Int, _ offset: (Timestamp) -> Int
    ) -> Timestamp {
        var (low, high) = (after, atMost)
        while high - low > 1_000 {
            let middle = low + (high - low) / 2
            if offset(middle) == known { low = middle } else { high = middle }
        }
        return high / 1_000 * 1_000
    }

    /// By how many seconds the clock is ahead at a time.
    public func offset(at time: Timestamp) -> Int {
        // Newest first: that is what is looked at.
        changes.last { $0.from <= time }?.offset ?? first
    }
}
