import Glibc

/// Reads the clocks of the machine (clock_gettime(2)).
public enum SystemClock {
    /// Nanoseconds since boot, including time in suspend (CLOCK_BOOTTIME): for time-outs and absences.
    public static var sinceBoot: Int64 { nanoseconds(CLOCK_BOOTTIME) }

    /// Nanoseconds since boot, without time in suspend (CLOCK_MONOTONIC): the difference to ``sinceBoot`` was slept.
    public static var awake: Int64 { nanoseconds(CLOCK_MONOTONIC) }

    /// Milliseconds since 1970 by the wall clock (CLOCK_REALTIME): for display, never for decisions, since it can be
    /// set.
    public static var wall: Int64 { nanoseconds(CLOCK_REALTIME) / 1_000_000 }

    private static func nanoseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
