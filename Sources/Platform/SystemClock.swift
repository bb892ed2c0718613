import Glibc

/// The machine's clocks.
public enum SystemClock {
    /// Nanoseconds since the machine started, those of its sleep among them: the clock for time-outs and absences.
    public static var sinceBoot: Int64 { nanoseconds(CLOCK_BOOTTIME) }

    /// Nanoseconds since the machine started, without those of its sleep: what lies between both clocks was slept.
    public static var awake: Int64 { nanoseconds(CLOCK_MONOTONIC) }

    /// Milliseconds since 1970, as the machine's wall clock has them: for showing, never for deciding.
    public static var wall: Int64 { nanoseconds(CLOCK_REALTIME) / 1_000_000 }

    private static func nanoseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
