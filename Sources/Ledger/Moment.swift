public import Wire

/// When something happens, by the two clocks that a server has: one that is never set, for deciding, and one that
/// people can read, for showing.
public struct Moment: Hashable, Sendable {
    /// By the clock that is never set.
    public var instant: Instant
    /// By the wall clock, in milliseconds since 1970.
    public var timestamp: Timestamp

    /// A moment.
    public init(instant: Instant, timestamp: Timestamp) {
        self.instant = instant
        self.timestamp = timestamp
    }
}
