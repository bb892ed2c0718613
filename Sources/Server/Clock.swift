public import Ledger
import Platform
import Synchronization
import Wire

/// What time it is. Tests hand the server a clock that they move.
public struct Clock: Sendable {
    private let read: @Sendable () -> Moment

    /// A clock.
    public init(_ read: @escaping @Sendable () -> Moment) { self.read = read }

    /// What time it is.
    public var now: Moment { read() }

    /// The machine's clocks.
    ///
    /// Neither the machine's sleep nor a pause of the process is time that was served: whoever looks at this clock less
    /// often than every ``servedMaximum`` was not there in between.
    public static var system: Clock {
        let served = ServedTime()
        return Clock { Moment(instant: served.advance(to: SystemClock.awake), timestamp: SystemClock.wall) }
    }

    /// The longest time between two looks at ``system`` that counts.
    static let servedMaximum = Duration.seconds(2)

    /// The same clock, as it goes on from where the last server's stood.
    func goingOn(from served: Instant) -> Clock {
        let start = now.instant
        return Clock {
            let now = self.now
            return Moment(instant: served + (now.instant - start), timestamp: now.timestamp)
        }
    }

    /// The time that was served: a sum of steps, none of them longer than ``servedMaximum``.
    private final class ServedTime: Sendable {
        private let state: Mutex<(last: Int64, sum: Int64)>

        init() { state = Mutex((SystemClock.awake, 0)) }

        func advance(to time: Int64) -> Instant {
            state.withLock { state in
                state.sum += min(max(0, time - state.last), Clock.servedMaximum.nanoseconds)
                state.last = max(state.last, time)
                return Instant(nanoseconds: state.sum)
            }
        }
    }
}
