/// A moment on a clock that goes on through suspend and is never set (CLOCK_BOOTTIME). The cores never read it: it
/// is handed to them.
public struct Instant: Hashable, Comparable, Sendable {
    /// Nanoseconds since the clock's own beginning.
    public var nanoseconds: Int64

    /// The moment so many nanoseconds after the clock's beginning.
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The clock's own beginning.
    public static let zero = Instant(nanoseconds: 0)

    /// Whether the left moment is the earlier one.
    public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

    /// The moment so much later.
    public static func + (instant: Instant, duration: Duration) -> Instant {
        Instant(nanoseconds: instant.nanoseconds + duration.nanoseconds)
    }

    /// How much later the left moment is.
    public static func - (left: Instant, right: Instant) -> Duration {
        .nanoseconds(left.nanoseconds - right.nanoseconds)
    }
}

extension Duration {
    /// The whole duration in nanoseconds.
    public var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }

    /// The whole duration in milliseconds, cut.
    public var milliseconds: Int64 { nanoseconds / 1_000_000 }
}
