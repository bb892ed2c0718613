public import Wire

/// The offsets of the user's time zone from UTC over time. They change with daylight saving time, and a timestamp of
/// winter is shown with winter's offset.
public struct TimeZoneTable: Hashable, Sendable {
    /// The changes, in order: from which time, in milliseconds since 1970, which offset in seconds holds.
    private var changes: [Change]
    /// The offset before the first change, in seconds.
    private var first: Int

    private struct Change: Hashable, Sendable {
        var from: Timestamp
        var offset: Int
    }

    /// Creates a time zone with a constant offset in seconds; UTC by default.
    public init(offset: Int = 0) { (changes, first) = ([], offset) }

    /// Creates a table by searching for the changes of a time zone.
    ///
    /// - Parameters:
    ///   - range: The times that are shown, in milliseconds since 1970; outside of it the offset of the nearer end
    ///     holds.
    ///   - offset: Returns the offset from UTC in seconds; called some thousand times for fifty years.
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

    /// No time zone changes twice and back within this time: 15 days, in milliseconds.
    private static let step: Timestamp = 15 * 86_400_000

    /// The first time at which the offset differs, to the second, by bisection.
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

    /// The offset in seconds at a time, in milliseconds since 1970.
    public func offset(at time: Timestamp) -> Int {
        // From the newest, which is looked up most.
        changes.last { $0.from <= time }?.offset ?? first
    }
}
