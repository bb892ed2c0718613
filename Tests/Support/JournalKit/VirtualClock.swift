import Synchronization
public import Wire

/// The clock of a store in memory, which stands still until it is advanced.
public final class VirtualClock: Sendable {
    private let instant: Mutex<Instant>

    /// A clock that stands at an instant.
    public init(at instant: Instant = Instant(nanoseconds: 1_000_000_000)) { self.instant = Mutex(instant) }

    /// The current moment.
    public var now: Instant { instant.withLock { $0 } }

    /// Lets time pass.
    public func advance(by duration: Duration) { instant.withLock { $0 = $0 + duration } }
}
