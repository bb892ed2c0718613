import Wire

/// So many at once, and so many a second after that (a token bucket): what a user, or everybody whom nobody knows, may
/// have of something that costs little each time and much in a crowd.
struct Allowance: Hashable {
    /// How many at once.
    let burst: Int
    /// How many a second.
    let rate: Double
    private var left: Double
    private var countedAt: Instant
    /// How many were refused since the last that was granted.
    private(set) var refused = 0

    init(burst: Int, rate: Double, at now: Instant) {
        self.burst = burst
        self.rate = rate
        left = Double(burst)
        countedAt = now
    }

    /// Takes one.
    ///
    /// - Returns: How many were refused before it; `nil` when this one is refused as well.
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

    /// Whether it is as full as it can be, so that it need not be kept.
    func isFull(at now: Instant) -> Bool {
        left + Double(max(0, (now - countedAt).milliseconds)) / 1_000 * rate >= Double(burst) && refused == 0
    }
}
