import Wire

/// How many clients may come in at once, and when those that are turned away may try again.
///
/// A server that was away is stormed by everybody at once when it is back. It prepares a bounded number of attaches,
/// each of which reads the disk before its 101, and sends the rest away for a while. The while is random, over a
/// span that grows with how many wait, so that they do not all come back together (`failure-cases.md`, row 20).
struct Doorway {
    /// Attaches that may be prepared at once.
    let attachingMaximum: Int
    /// Attaches that are being prepared.
    private(set) var attaching = 0
    /// Those that were sent away and have not yet had time to be served.
    private var turnedAway = 0.0
    private var countedAt = Instant(nanoseconds: 0)

    /// How many attaches a server is reckoned to serve in a second. It sets the span and no bound: a server that is
    /// slower sends away again.
    static let servedInSecond = 200.0
    /// The shortest delay that is told, in milliseconds.
    static let delayMinimum: Int64 = 100
    /// The longest delay that is told, in milliseconds.
    static let delayMaximum: Int64 = 30_000
    /// The least span of delays, in milliseconds.
    static let spanMinimum: Int64 = 900

    init(attachingMaximum: Int) { self.attachingMaximum = attachingMaximum }

    /// Lets one in to be prepared.
    ///
    /// - Returns: Whether there was room.
    mutating func enter() -> Bool {
        guard attaching < attachingMaximum else { return false }
        attaching += 1
        return true
    }

    /// One that was let in is prepared, or refused after all.
    mutating func leave() {
        precondition(attaching > 0, "an attach ends that did not begin")
        attaching -= 1
    }

    /// When one that is sent away may come back, in milliseconds: at random within the time that those before it take.
    mutating func delay(at now: Instant, using generator: inout some RandomNumberGenerator) -> Int64 {
        let seconds = Double(max(0, (now - countedAt).milliseconds)) / 1_000
        turnedAway = max(0, turnedAway - seconds * Doorway.servedInSecond) + 1
        countedAt = now
        let span = Int64((turnedAway + Double(attaching)) / Doorway.servedInSecond * 1_000)
        return Doorway.delay(span: span, using: &generator)
    }

    /// When a client whose connection ends with the server may come back, in milliseconds: a span of a second, and a
    /// millisecond more for each connection.
    static func restartDelay(connections: Int, using generator: inout some RandomNumberGenerator) -> Int64 {
        delay(span: spanMinimum + Int64(connections), using: &generator)
    }

    private static func delay(span: Int64, using generator: inout some RandomNumberGenerator) -> Int64 {
        .random(in: delayMinimum...min(delayMaximum, delayMinimum + max(span, spanMinimum)), using: &generator)
    }
}
