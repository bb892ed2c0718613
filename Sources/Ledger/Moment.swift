public import Wire

/// A point in time by the server's two clocks: one for decisions, and the wall clock for display.
///
/// The clock for decisions runs only while the server serves, continues at the next start from where it stood, and is
/// never set. So downtime, sleep of the machine and jumps of the wall clock do not count as absence of clients.
public struct Moment: Hashable, Sendable {
    /// For how long these data have been served, over all runs of the server.
    public var instant: Instant
    /// The wall clock, in milliseconds since 1970.
    public var timestamp: Timestamp

    /// Combines readings of the two clocks.
    public init(instant: Instant, timestamp: Timestamp) {
        self.instant = instant
        self.timestamp = timestamp
    }
}
