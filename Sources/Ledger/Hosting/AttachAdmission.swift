public import Wire

/// Admission control for attaches: which are prepared now, which wait for a place, and the retry delay of the others.
///
/// All clients reconnect at once when a server is back (a thundering herd). A bounded number of attaches is prepared at
/// a time, each of which reads the disk before its 101, and the others wait in a queue, first come, first served. One
/// is refused only when the queue is full, or when the wait would be so long that the client might give up: then it
/// gets a retry delay. The delay is random, over the time that the backlog takes, so that refused clients do not return
/// together (`failure-cases.md`, row 20).
public struct AttachAdmission: Sendable {
    /// An attach that waits.
    public struct Waiter: Hashable, Sendable {
        /// Numbers are assigned in the order of arrival.
        fileprivate let number: UInt64
    }

    /// What becomes of an attach that arrives.
    public enum Decision: Hashable, Sendable {
        /// It is prepared now; ``finish(at:)`` has to be called.
        case admitted
        /// It waits until ``next()`` returns it, or ``leave(_:at:)`` is called.
        case waits(Waiter)
        /// It has to come back, after ``delay(at:using:)``.
        case refused
    }

    /// How many attaches may be prepared at once.
    public let attachingMaximum: Int
    /// How many attaches may wait.
    public let waitingMaximum: Int
    /// How many attaches are being prepared.
    public private(set) var attaching = 0
    /// Attaches per second, as measured until ``measuredAt``.
    private(set) var rate = AttachAdmission.ratePrior
    private var measuredAt = Instant.zero
    /// The estimated number of refused clients that are still to come back: each refusal adds one, and as many are
    /// subtracted as can have been served since.
    private var refused = 0.0
    private var waiting: Set<Waiter> = []
    /// The number of the first waiter that has not been passed on by ``next()``; it may have left.
    private var first: UInt64 = 1
    private var last: UInt64 = 0

    /// The rate that is assumed before any is measured, in attaches per second: a little less than the slowest machine
    /// that was measured.
    static let ratePrior = 500.0
    /// The lowest rate that is assumed, so that a disk that stands still for a moment sends nobody away for minutes.
    static let rateMinimum = 10.0
    /// The time constant of the average: what happened that many seconds ago counts for 1/e.
    static let window = 1.0
    /// The time constant, in seconds, with which a measurement is forgotten while nobody waits.
    static let forgetting = 10.0
    /// The longest expected wait, in seconds. Clients give up after five, and their clocks run since they connected.
    static let waitMaximum = 2.0
    /// The shortest retry delay, in milliseconds.
    static let delayMinimum: Int64 = 100
    /// The longest retry delay, in milliseconds.
    static let delayMaximum: Int64 = 30_000
    /// The smallest span over which delays are drawn, in milliseconds.
    static let spanMinimum: Int64 = 900

    /// Creates an admission of nobody yet.
    ///
    /// - Parameters:
    ///   - attachingMaximum: How many attaches may be prepared at once; at least 1.
    ///   - waitingMaximum: How many attaches may wait; 0 refuses whoever finds no place.
    public init(attachingMaximum: Int, waitingMaximum: Int) {
        self.attachingMaximum = attachingMaximum
        self.waitingMaximum = waitingMaximum
    }

    /// How many attaches wait.
    public var waitingCount: Int { waiting.count }

    /// How long one more attach would wait if it had to, in seconds.
    var expectedWait: Double { Double(waiting.count + 1) / rate }

    /// An attach arrives. It never overtakes one that waits.
    public mutating func arrive(at now: Instant) -> Decision {
        measure(until: now)
        if waiting.isEmpty, attaching < attachingMaximum {
            attaching += 1
            return .admitted
        }
        guard waiting.count < waitingMaximum, expectedWait <= AttachAdmission.waitMaximum else { return .refused }
        last += 1
        let waiter = Waiter(number: last)
        waiting.insert(waiter)
        return .waits(waiter)
    }

    /// An admitted attach was answered or refused, and its place is free: call ``next()``.
    public mutating func finish(at now: Instant) {
        precondition(attaching > 0, "an attach ends that did not begin")
        measure(until: now)
        attaching -= 1
        // While nobody waits, the rate is that of the arrivals and says nothing about the server.
        if !waiting.isEmpty { rate += 1 / AttachAdmission.window }
    }

    /// Admits the attach that has waited longest, if there is a place for it; ``finish(at:)`` has to be called.
    public mutating func next() -> Waiter? {
        guard attaching < attachingMaximum else { return nil }
        while first <= last {
            defer { first += 1 }
            // Each number is looked at once, so those that have left cost no search.
            guard let waiter = waiting.remove(Waiter(number: first)) else { continue }
            attaching += 1
            return waiter
        }
        return nil
    }

    /// The client of a waiting attach is gone.
    public mutating func leave(_ waiter: Waiter, at now: Instant) {
        measure(until: now)
        waiting.remove(waiter)
    }

    /// Removes and returns all that wait, in order of arrival.
    public mutating func removeAll() -> [Waiter] {
        defer { (waiting, first) = ([], last + 1) }
        return waiting.sorted { $0.number < $1.number }
    }

    /// The retry delay for a refused attach, in milliseconds: random over the time that the backlog takes.
    public mutating func delay(at now: Instant, using generator: inout some RandomNumberGenerator) -> Int64 {
        measure(until: now)
        refused += 1
        let span = Int64((refused + Double(waiting.count + attaching)) / rate * 1_000)
        return AttachAdmission.delay(span: span, using: &generator)
    }

    /// The retry delay for a client whose connection ends with the server, in milliseconds: random over a second, and
    /// one more millisecond for each connection.
    public static func restartDelay(connections: Int, using generator: inout some RandomNumberGenerator) -> Int64 {
        delay(span: spanMinimum + Int64(connections), using: &generator)
    }

    /// Lets the time pass since the last measurement.
    ///
    /// The rate is an exponentially weighted average: it decays by itself, and each attach that is finished adds its
    /// share. So it falls also while nothing is finished at all, as when the disk stands still. Without a queue it goes
    /// back to the prior, since an old measurement says as little as none.
    private mutating func measure(until now: Instant) {
        let seconds = Double(max(0, (now - measuredAt).nanoseconds)) / 1e9
        measuredAt = now
        if waiting.isEmpty {
            let prior = AttachAdmission.ratePrior
            rate = prior + (rate - prior) * decay(seconds / AttachAdmission.forgetting)
        } else {
            rate = max(AttachAdmission.rateMinimum, rate * decay(seconds / AttachAdmission.window))
        }
        refused = max(0, refused - seconds * rate)
    }

    private static func delay(span: Int64, using generator: inout some RandomNumberGenerator) -> Int64 {
        .random(in: delayMinimum...min(delayMaximum, delayMinimum + max(span, spanMinimum)), using: &generator)
    }
}
