/// A point on a monotonic clock that includes suspend (CLOCK_BOOTTIME). Sync, Ledger and Screen never read a clock: the
/// time is a parameter.
public struct Instant: Hashable, Comparable, Sendable {
    /// Nanoseconds since the clock's origin.
    public var nanoseconds: Int64

    /// The instant that many nanoseconds after the clock's origin.
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The clock's origin: boot, or the beginning of a test.
    public static let zero = Instant(nanoseconds: 0)

    /// Whether the left instant is earlier.
    public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

    /// The instant that much later.
    public static func + (instant: Instant, duration: Duration) -> Instant {
        Instant(nanoseconds: instant.nanoseconds + duration.nanoseconds)
    }

    /// How much later the left instant is; negative when it is earlier.
    public static func - (left: Instant, right: Instant) -> Duration {
        .nanoseconds(left.nanoseconds - right.nanoseconds)
    }
}

extension Duration {
    /// The whole duration in nanoseconds.
    public var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }

    /// The whole duration in milliseconds, rounded towards zero.
    public var milliseconds: Int64 { nanoseconds / 1_000_000 }
}
