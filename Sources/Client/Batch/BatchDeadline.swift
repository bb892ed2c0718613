import Glibc

/// When a run has to end at the latest, whatever it waits for: the decisions of the watchdog thread
/// (``BatchSignals``). Times are in nanoseconds since boot.
struct BatchDeadline: Hashable, Sendable {
    /// Why the process is ended.
    enum Cause: Hashable, Sendable {
        case signal(Int32)
        case timeout
    }

    private struct Last: Hashable, Sendable {
        var number: Int32
        var at: Int64
    }

    /// When `--timeout` passes; `nil` without one.
    var timeoutAt: Int64?
    private var last: Last?

    /// How long a run may take to end in order after `--timeout` has passed, in nanoseconds.
    static let grace: Int64 = 1_000_000_000

    /// How long a run may take to end after a signal, in nanoseconds, since a write may block on a reader that does not
    /// read. A first SIGINT has two seconds more, for the turn that it cancels (``BatchEngine/interruptTimeout``).
    static func timeout(after number: Int32, isFirst: Bool) -> Int64 {
        number == SIGINT && isFirst ? 3_000_000_000 : 1_000_000_000
    }

    /// A signal has arrived. Without a run that handles it, the process ends at once.
    mutating func received(_ number: Int32, at now: Int64, hasRun: Bool) {
        let at = hasRun ? now + BatchDeadline.timeout(after: number, isFirst: last == nil) : now
        last = Last(number: number, at: min(last?.at ?? .max, at))
    }

    /// When the process is ended, and why; `nil` when there is no reason to. A run that has begun gets a grace to end
    /// in order; before that, nothing could be said but that the time-out has passed.
    func next(hasRun: Bool) -> (at: Int64, cause: Cause)? {
        let timeout = timeoutAt.map { (at: $0 + (hasRun ? BatchDeadline.grace : 0), cause: Cause.timeout) }
        let signal = last.map { (at: $0.at, cause: Cause.signal($0.number)) }
        guard let timeout, let signal else { return signal ?? timeout }
        return signal.at <= timeout.at ? signal : timeout
    }
}
