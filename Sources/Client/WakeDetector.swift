public import Wire

/// Detects that the machine or this process was suspended, by comparing two clocks whenever something happens.
///
/// In suspend CLOCK_BOOTTIME advances and CLOCK_MONOTONIC does not, so their difference grows. A stopped process
/// (SIGSTOP) or a paused virtual machine shows only as a look that is late for what it was due for. In both cases
/// time-outs must not fire for that time: the peer had no chance to answer. A suspension before which nothing was due is
/// no matter: nothing was missed.
public struct WakeDetector: Hashable, Sendable {
    /// The two clocks, read at one moment.
    public struct Look: Hashable, Sendable {
        /// CLOCK_BOOTTIME, which advances in suspend.
        public var boot: Instant
        /// CLOCK_MONOTONIC, which does not.
        public var monotonic: Instant

        /// Creates a look from two readings.
        public init(boot: Instant, monotonic: Instant) {
            self.boot = boot
            self.monotonic = monotonic
        }
    }

    /// A look this late is no sleep: a busy machine delays one as well.
    public static let tolerance = Duration.seconds(2)

    private var last: Look

    /// Creates a detector with its first look.
    public init(_ look: Look) { last = look }

    /// Takes a look, before anything that happened is acted upon.
    ///
    /// - Parameter due: When the next look was due at the latest; `nil` when nothing was.
    /// - Returns: The length of the sleep that has just ended; `nil` when there was none.
    public mutating func look(_ look: Look, due: Instant?) -> Duration? {
        let gap = look.boot - last.boot
        let suspended = gap - (look.monotonic - last.monotonic)
        let late = due.map { look.boot - $0 } ?? .zero
        last = look
        // When the process was stopped is unknown: at the latest when the look was due, at the earliest after the last
        // one. All of that time is forgiven, since a peer that is really gone is noticed a little later then.
        if late - max(suspended, .zero) > WakeDetector.tolerance { return gap }
        return suspended > WakeDetector.tolerance ? suspended : nil
    }
}

extension WakeDetector {
    /// Creates a detector whose first look is now.
    public static func now() -> WakeDetector { WakeDetector(.now) }
}

extension WakeDetector.Look {
    /// The current readings of the machine's clocks.
    public static var now: WakeDetector.Look {
        WakeDetector.Look(boot: ClientClock.now, monotonic: ClientClock.monotonic)
    }
}
