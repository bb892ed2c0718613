import Wire

/// Exponential backoff with jitter: how long to wait before the next attempt to connect (`protocol.md` §10).
///
/// Full jitter with the cap inside it: clients that lost the same server spread over the whole interval instead of
/// returning in step. Attempts are counted until the connection was live for ``proof``, so that a server which accepts
/// and drops is not hammered.
public struct Backoff: Hashable, Sendable {
    /// The bound of the first wait; it doubles with each attempt up to ``maximum``.
    public static let base = Duration.milliseconds(250)
    /// The longest interval before the outage has lasted ``longOutage``.
    public static let maximum = Duration.seconds(8)
    /// The longest interval after ``longOutage``.
    public static let maximumLong = Duration.seconds(30)
    /// After this time an outage counts as long, and attempts become rarer.
    public static let longOutage = Duration.seconds(300)
    /// The shortest delay that is accepted from a server, so that "at once" cannot turn clients into a flood.
    public static let serverDelayMinimum = Duration.milliseconds(250)
    /// The longest delay that is accepted from a server: a wrong value must not keep a client away for days.
    public static let serverDelayMaximum = Duration.seconds(3_600)
    /// How long a connection must be live before the count of attempts is reset.
    public static let proof = Duration.seconds(10)

    /// Attempts since the last ``reset()``.
    public private(set) var attempt = 0
    private var random: SplitMix64

    /// Creates a backoff whose jitter is determined by the seed.
    public init(seed: UInt64) { random = SplitMix64(seed: seed) }

    /// The delay before the next attempt; the first attempt is immediate unless the server asked for a delay.
    ///
    /// A server's advice can only lengthen the wait: whatever number it names, attempts are not more frequent than
    /// without it.
    ///
    /// - Parameters:
    ///   - outage: The time since the connection was lost.
    ///   - serverDelay: The delay that the server asked for, clamped to ``serverDelayMinimum`` …
    ///     ``serverDelayMaximum``, plus jitter of the same length, at most one second.
    public mutating func next(outage: Duration, serverDelay: Duration? = nil) -> Duration {
        defer { attempt += 1 }
        let own = ownDelay(outage: outage)
        guard let serverDelay else { return own }
        // Clamped before any arithmetic: a peer may send any number.
        let asked = min(max(serverDelay, Backoff.serverDelayMinimum), Backoff.serverDelayMaximum)
        let delay = max(asked, own)
        return delay + uniform(min(delay, .seconds(1)))
    }

    private mutating func ownDelay(outage: Duration) -> Duration {
        guard attempt > 0 else { return .zero }
        let cap = outage >= Backoff.longOutage ? Backoff.maximumLong : Backoff.maximum
        let interval = Backoff.base * (1 << min(attempt - 1, 10))
        return uniform(min(cap, interval))
    }

    /// The connection has proved itself, or an event makes an immediate attempt worthwhile.
    public mutating func reset() { attempt = 0 }

    private mutating func uniform(_ limit: Duration) -> Duration {
        limit.nanoseconds > 0 ? .nanoseconds(Int64.random(in: 0...limit.nanoseconds, using: &random)) : .zero
    }
}

/// SplitMix64, a small seeded generator (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
/// 2014). For jitter only, never for secrets.
struct SplitMix64: RandomNumberGenerator, Hashable, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
