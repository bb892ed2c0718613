import Platform
public import Wire

/// The system clocks, as the client reads them.
public enum ClientClock {
    /// CLOCK_BOOTTIME: it counts time in suspend and is never set.
    public static var now: Instant { Instant(nanoseconds: SystemClock.sinceBoot) }

    /// CLOCK_MONOTONIC: it stands still in suspend and is never set.
    public static var monotonic: Instant { Instant(nanoseconds: SystemClock.awake) }

    /// The wall clock, in milliseconds since 1970; for display only, since it can be set at any time.
    public static var wall: Timestamp { SystemClock.wall }
}
