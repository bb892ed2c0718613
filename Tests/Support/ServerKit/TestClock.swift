import Ledger
public import Server
import Synchronization
public import Wire

/// A server's clock that stands still until a test moves it, both of its hands together.
public final class TestClock: Sendable {
    private let passed = Mutex(Duration.zero)

    /// A clock that shows a moment in 2027.
    public init() {}

    /// Lets time pass.
    public func advance(by duration: Duration) { passed.withLock { $0 += duration } }

    /// What the wall clock shows, in milliseconds since 1970.
    public var timestamp: Timestamp { 1_800_000_000_000 + passed.withLock { $0.milliseconds } }

    /// The clock as a server takes it.
    public var clock: Clock {
        Clock { [self] in
            Moment(
                instant: Instant(nanoseconds: 1_000_000_000_000 + passed.withLock { $0.nanoseconds }),
                timestamp: timestamp)
        }
    }
}
