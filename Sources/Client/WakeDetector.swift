public import Wire

/// Notices that the machine or this process slept, from what two clocks say at each look.
///
/// In suspend CLOCK_BOOTTIME goes on and CLOCK_MONOTONIC stands still, so their difference grows. A process that was
/// stopped, or a machine that was paused, shows only in the gap between two looks, which are a second apart. Either way
/// the time was not lived through: whoever owes an answer since then has had no chance to give it.
public struct WakeDetector: Hashable, Sendable {
    /// What the clocks say at a moment.
    public struct Look: Hashable, Sendable {
        /// The clock that goes on through suspend (CLOCK_BOOTTIME).
        public var boot: Instant
        /// The clock that stands still in suspend (CLOCK_MONOTONIC).
        public var monotonic: Instant

        /// What the clocks say.
        public init(boot: Instant, monotonic: Instant) {
            self.boot = boot
            self.monotonic = monotonic
        }
    }

    /// Between two looks.
    public static let interval = Duration.seconds(1)
    /// What is no sleep yet: a machine with too much to do makes a look late as well.
    public static let tolerance = Duration.seconds(2)

    private var last: Look

    /// A detector that has had its first look.
    public init(_ look: Look) { last = look }

    /// Takes a look: at least every ``interval``, and before anything that happened is acted upon.
    ///
    /// - Returns: How long the sleep was that has just ended; `nil` when there was none.
    public mutating func look(_ look: Look) -> Duration? {
        let gap = look.boot - last.boot
        let suspended = gap - (look.monotonic - last.monotonic)
        last = look
        // A suspend is measured; of any other gap, the part that was to be waited is none.
        let slept = max(suspended, gap - WakeDetector.interval)
        return slept > WakeDetector.tolerance ? slept : nil
    }
}

extension WakeDetector {
    /// A detector whose first look is now.
    public static func now() -> WakeDetector { WakeDetector(.now) }
}

extension WakeDetector.Look {
    /// What the machine's clocks say now.
    public static var now: WakeDetector.Look {
        WakeDetector.Look(boot: ClientClock.now, monotonic: ClientClock.monotonic)
    }
}
