import Glibc
public import Ledger
import Wire

/// What time it is. Tests hand the server a clock that they move.
public struct Clock: Sendable {
    private let read: @Sendable () -> Moment

    /// A clock.
    public init(_ read: @escaping @Sendable () -> Moment) { self.read = read }

    /// What time it is.
    public var now: Moment { read() }

    /// The machine's clocks. The one that is never set is CLOCK_BOOTTIME, which goes on through suspend.
    public static let system = Clock {
        Moment(
            instant: Instant(nanoseconds: nanoseconds(CLOCK_BOOTTIME)),
            timestamp: nanoseconds(CLOCK_REALTIME) / 1_000_000)
    }

    private static func nanoseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
