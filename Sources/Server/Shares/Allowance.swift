import Wire

/// A token bucket: `burst` at once, and `rate` per second after that. Limits what costs little once and much in a
/// crowd, such as log lines, per user or for all unauthenticated peers together.
struct Allowance: Hashable {
    /// The capacity of the bucket.
    let burst: Int
    /// The refill rate, per second.
    let rate: Double
    private var left: Double
    private var countedAt: Instant
    /// How many were refused since the last one that was granted.
    private(set) var refused = 0

    init(burst: Int, rate: Double, at now: Instant) {
        self.burst = burst
        self.rate = rate
        left = Double(burst)
        countedAt = now
    }

    /// Takes one.
    ///
    /// - Returns: How many were refused since the last grant; `nil` when this one is refused as well.
    mutating func take(at now: Instant) -> Int? {
        let seconds = Double(max(0, (now - countedAt).milliseconds)) / 1_000
        left = min(Double(burst), left + seconds * rate)
        countedAt = max(countedAt, now)
        guard left >= 1 else {
            refused += 1
            return nil
        }
        left -= 1
        defer { refused = 0 }
        return refused
    }

    /// Whether the bucket is full, so that it need not be kept.
    func isFull(at now: Instant) -> Bool {
        left + Double(max(0, (now - countedAt).milliseconds)) / 1_000 * rate >= Double(burst) && refused == 0
    }
}
