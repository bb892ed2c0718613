import Wire

/// Admission control for attaches: how many may be prepared at once, and the retry delay of those that are refused.
///
/// All clients reconnect at once when a server is back (a thundering herd). The server prepares a bounded number of
/// attaches, each of which reads the disk before its 101, and refuses the rest with a delay. The delay is random, over
/// a span that grows with the number of waiting clients, so that they do not return together (`failure-cases.md`, row
/// 20).
struct AttachAdmission {
    /// How many attaches may be prepared at once.
    let attachingMaximum: Int
    /// How many attaches are being prepared.
    private(set) var attaching = 0
    /// The estimated backlog: attaches that were refused, less ``servedInSecond`` for each second since.
    private var turnedAway = 0.0
    private var countedAt = Instant(nanoseconds: 0)

    /// The assumed rate of attaches per second. It only sets the span of delays: a slower server refuses again.
    static let servedInSecond = 200.0
    /// The shortest retry delay, in milliseconds.
    static let delayMinimum: Int64 = 100
    /// The longest retry delay, in milliseconds.
    static let delayMaximum: Int64 = 30_000
    /// The smallest span over which delays are drawn, in milliseconds.
    static let spanMinimum: Int64 = 900

    init(attachingMaximum: Int) { self.attachingMaximum = attachingMaximum }

    /// Admits an attach if there is room.
    ///
    /// - Returns: Whether it was admitted; then ``leave()`` has to be called.
    mutating func enter() -> Bool {
        guard attaching < attachingMaximum else { return false }
        attaching += 1
        return true
    }

    /// An admitted attach was answered or refused.
    mutating func leave() {
        precondition(attaching > 0, "an attach ends that did not begin")
        attaching -= 1
    }

    /// The retry delay for a refused attach, in milliseconds: random over the time that the backlog takes.
    mutating func delay(at now: Instant, using generator: inout some RandomNumberGenerator) -> Int64 {
        let seconds = Double(max(0, (now - countedAt).milliseconds)) / 1_000
        turnedAway = max(0, turnedAway - seconds * AttachAdmission.servedInSecond) + 1
        countedAt = now
        let span = Int64((turnedAway + Double(attaching)) / AttachAdmission.servedInSecond * 1_000)
        return AttachAdmission.delay(span: span, using: &generator)
    }

    /// The retry delay for a client whose connection ends with the server, in milliseconds: random over a second, and
    /// one more millisecond for each connection.
    static func restartDelay(connections: Int, using generator: inout some RandomNumberGenerator) -> Int64 {
        delay(span: spanMinimum + Int64(connections), using: &generator)
    }

    private static func delay(span: Int64, using generator: inout some RandomNumberGenerator) -> Int64 {
        .random(in: delayMinimum...min(delayMaximum, delayMinimum + max(span, spanMinimum)), using: &generator)
    }
}
