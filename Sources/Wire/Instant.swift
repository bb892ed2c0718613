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

    /// The instant that much later; the last one, beyond the range of the clock.
    public static func + (instant: Instant, duration: Duration) -> Instant {
        Instant(nanoseconds: instant.nanoseconds.adding(duration.nanoseconds))
    }

    /// The instant that much earlier; the first one, beyond the range of the clock.
    public static func - (instant: Instant, duration: Duration) -> Instant {
        Instant(nanoseconds: instant.nanoseconds.subtracting(duration.nanoseconds))
    }

    /// How much later the left instant is; negative when it is earlier.
    public static func - (left: Instant, right: Instant) -> Duration {
        .nanoseconds(left.nanoseconds.subtracting(right.nanoseconds))
    }
}

extension Duration {
    /// The whole duration in nanoseconds; beyond 292 years the last number that there is.
    public var nanoseconds: Int64 {
        let (product, overflow) = components.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return components.seconds < 0 ? .min : .max }
        return product.adding(components.attoseconds / 1_000_000_000)
    }

    /// The whole duration in milliseconds, rounded towards zero.
    public var milliseconds: Int64 { nanoseconds / 1_000_000 }
}

extension Int64 {
    /// The sum; beyond 64 bits the nearest number. For what a disk may have damaged.
    public func adding(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    /// The difference; beyond 64 bits the nearest number.
    public func subtracting(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }
}
