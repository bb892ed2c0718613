import Glibc
public import Wire

/// The machine's clocks as the client reads them.
public enum ClientClock {
    /// The clock that goes on through suspend and is never set.
    public static var now: Instant { Instant(nanoseconds: nanoseconds(CLOCK_BOOTTIME)) }

    /// The clock that stands still in suspend and is never set.
    public static var monotonic: Instant { Instant(nanoseconds: nanoseconds(CLOCK_MONOTONIC)) }

    /// Milliseconds since 1970: for showing, never for deciding.
    public static var wall: Timestamp { nanoseconds(CLOCK_REALTIME) / 1_000_000 }

    private static func nanoseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
