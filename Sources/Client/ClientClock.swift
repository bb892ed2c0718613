import Platform
public import Wire

/// The machine's clocks as the client reads them.
public enum ClientClock {
    /// The clock that goes on through suspend and is never set.
    public static var now: Instant { Instant(nanoseconds: SystemClock.sinceBoot) }

    /// The clock that stands still in suspend and is never set.
    public static var monotonic: Instant { Instant(nanoseconds: SystemClock.awake) }

    /// Milliseconds since 1970: for showing, never for deciding.
    public static var wall: Timestamp { SystemClock.wall }
}
