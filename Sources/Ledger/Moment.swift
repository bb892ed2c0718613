public import Wire

/// When something happens, by the two clocks that a server has: one for deciding, and one that people can read, for
/// showing.
///
/// The clock for deciding runs only while the server serves, goes on at the next start from where it stood, and is never
/// set: time in which the server was down or asleep, or that its wall clock skipped, is nobody's absence.
public struct Moment: Hashable, Sendable {
    /// How long this server's data have been served by now.
    public var instant: Instant
    /// By the wall clock, in milliseconds since 1970.
    public var timestamp: Timestamp

    /// A moment.
    public init(instant: Instant, timestamp: Timestamp) {
        self.instant = instant
        self.timestamp = timestamp
    }
}
