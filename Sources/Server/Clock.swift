public import Ledger
import Platform
import Wire

/// The server's source of time. Tests pass a clock that they advance.
public struct Clock: Sendable {
    private let read: @Sendable () -> Moment

    /// Creates a clock from a function that reads it; called from any thread.
    public init(_ read: @escaping @Sendable () -> Moment) { self.read = read }

    /// The current moment.
    public var now: Moment { read() }

    /// The clocks of the machine.
    ///
    /// Its instant counts served time only: while the machine sleeps or the process is stopped it does not advance. It
    /// detects that by being read: a step between two reads counts for ``servedMaximum`` at most.
    public static var system: Clock {
        let served = ServedTime()
        return Clock { Moment(instant: served.advance(to: SystemClock.awake), timestamp: SystemClock.wall) }
    }

    /// The longest step between two reads of ``system`` that is counted.
    static let servedMaximum = Duration.seconds(2)

    /// The same clock, continued from the served time that the last server stored.
    func goingOn(from served: Instant) -> Clock {
        let start = now.instant
        return Clock {
            let now = self.now
            return Moment(instant: served + (now.instant - start), timestamp: now.timestamp)
        }
    }

    /// The served time: the sum of the steps between reads, each at most ``servedMaximum``.
    private final class ServedTime: Sendable {
        private let state: Locked<(last: Int64, sum: Int64)>

        init() { state = Locked((SystemClock.awake, 0)) }

        func advance(to time: Int64) -> Instant {
            state.withLock { state in
                state.sum += min(max(0, time - state.last), Clock.servedMaximum.nanoseconds)
                state.last = max(state.last, time)
                return Instant(nanoseconds: state.sum)
            }
        }
    }
}
