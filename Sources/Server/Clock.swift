public import Ledger
import Platform
import Wire

/// What time it is. Tests hand the server a clock that they move.
public struct Clock: Sendable {
    private let read: @Sendable () -> Moment

    /// A clock.
    public init(_ read: @escaping @Sendable () -> Moment) { self.read = read }

    /// What time it is.
    public var now: Moment { read() }

    /// The machine's clocks.
    public static let system = Clock {
        Moment(instant: Instant(nanoseconds: SystemClock.sinceBoot), timestamp: SystemClock.wall)
    }
}
