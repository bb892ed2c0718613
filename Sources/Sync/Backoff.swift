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
    /// How long a connection has to be current before the count begins anew.
    public static let proof = Duration.seconds(10)

    /// Attempts since the connection last proved itself.
    public private(set) var attempt = 0
    private var random: SplitMix64

    /// A backoff whose jitter is decided by the seed.
    public init(seed: UInt64) { random = SplitMix64(seed: seed) }

    /// The delay before the next attempt; the first is made at once.
    ///
    /// - Parameters:
    ///   - outage: How long the connection has been gone.
    ///   - serverDelay: What the server asked for; it is honoured, with as much again as jitter at most a second.
    public mutating func next(outage: Duration, serverDelay: Duration? = nil) -> Duration {
        defer { attempt += 1 }
        if let serverDelay { return serverDelay + uniform(min(serverDelay, .seconds(1))) }
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
