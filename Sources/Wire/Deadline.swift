/// When a caller stops to want an answer. A store refuses work whose deadline has passed instead of doing what nobody
/// waits for any more.
public struct Deadline: Hashable, Sendable {
    /// From this moment on the answer is not wanted, by the clock of whoever is asked.
    public let instant: Instant

    /// The deadline at that moment.
    public init(_ instant: Instant) { self.instant = instant }

    /// No deadline: the answer is wanted whenever it comes. For commands that a person waits for and can interrupt.
    public static let never = Deadline(Instant(nanoseconds: .max))

    /// Whether it has passed.
    public func hasPassed(at now: Instant) -> Bool { now >= instant }
}
