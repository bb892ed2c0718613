public import Wire

/// Detects that the machine or this process was suspended, by comparing two clocks at regular looks.
///
/// In suspend CLOCK_BOOTTIME advances and CLOCK_MONOTONIC does not, so their difference grows. A stopped process
/// (SIGSTOP) or a paused virtual machine shows only as a gap between two looks, which are a second apart. In both cases
/// time-outs must not fire for that time: the peer had no chance to answer.
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

    /// The time between two looks.
    public static let interval = Duration.seconds(1)
    /// A gap up to this long is no sleep: a busy machine delays a look as well.
    public static let tolerance = Duration.seconds(2)

    private var last: Look

    /// Creates a detector with its first look.
    public init(_ look: Look) { last = look }

    /// Takes a look: at least every ``interval``, and before anything that happened is acted upon.
    ///
    /// - Returns: The length of the sleep that has just ended; `nil` when there was none.
    public mutating func look(_ look: Look) -> Duration? {
        let gap = look.boot - last.boot
        let suspended = gap - (look.monotonic - last.monotonic)
        last = look
        // A suspend is measured exactly; of any other gap the regular interval is subtracted.
        let slept = max(suspended, gap - WakeDetector.interval)
        return slept > WakeDetector.tolerance ? slept : nil
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
