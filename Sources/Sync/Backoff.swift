import Wire

/// How long to wait before the next attempt to connect (`protocol.md` §10).
///
/// Full jitter, with the cap inside it: a herd that lost the same server spreads over the whole interval and not
/// around its end. Attempts are counted until the connection has proved itself, so a server that accepts and drops
/// is not hammered.
public struct Backoff: Hashable, Sendable {
    /// The first interval.
    public static let base = Duration.milliseconds(250)
    /// The longest interval while the outage is young.
    public static let maximum = Duration.seconds(8)
    /// The longest interval after ``longOutage``.
    public static let maximumLong = Duration.seconds(30)
    /// When an outage counts as long.
    public static let longOutage = Duration.seconds(300)
    /// The shortest delay that is taken from a server: "at once" is a wish to be hammered.
    public static let serverDelayMinimum = Duration.milliseconds(250)
    /// The longest delay that is taken from a server: one that is wrong about it must not keep a client away for days.
    public static let serverDelayMaximum = Duration.seconds(3_600)
    /// How long a connection has to be current before the count begins anew.
    public static let proof = Duration.seconds(10)

    /// Attempts since the connection last proved itself.
    public private(set) var attempt = 0
    private var random: SplitMix64

    /// A backoff whose jitter is decided by the seed.
    public init(seed: UInt64) { random = SplitMix64(seed: seed) }

    /// The delay before the next attempt; the first is made at once unless the server asks for a delay.
    ///
    /// A server's advice can make a wait longer and never shorter: whatever number it names, attempts come no denser
    /// than without it.
    ///
    /// - Parameters:
    ///   - outage: How long the connection has been gone.
    ///   - serverDelay: What the server asked for. It is honoured between ``serverDelayMinimum`` and
    ///     ``serverDelayMaximum``, with as much again as jitter at most a second.
    public mutating func next(outage: Duration, serverDelay: Duration? = nil) -> Duration {
        defer { attempt += 1 }
        let own = ownDelay(outage: outage)
        guard let serverDelay else { return own }
        // Clamped before anything is computed with it: it may be any number that a peer can write.
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

    /// The connection has proved itself, or something happened that makes an attempt worth while at once.
    public mutating func reset() { attempt = 0 }

    private mutating func uniform(_ limit: Duration) -> Duration {
        limit.nanoseconds > 0 ? .nanoseconds(Int64.random(in: 0...limit.nanoseconds, using: &random)) : .zero
    }
}

/// A small generator that a seed decides (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
/// 2014). For jitter, never for secrets.
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
