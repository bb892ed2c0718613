import Glibc
import Platform
import Wire

/// The wait of a connection for another process that holds the lock of the file: `belayd token` writes beside the
/// server. It ends with ``timeout``, or with the deadline of the call that waits, whichever comes first.
///
/// SQLite calls the busy handler again and again, on the thread of the call (`sqlite3_busy_handler`).
enum BusyWait {
    /// How long a call waits that has no earlier deadline.
    static let timeout = Duration.seconds(5)

    /// When the wait of the call on this thread ends; `nil` outside of ``DatabaseFile``, where it is counted in tries.
    @TaskLocal static var end: Instant?

    /// The clock of deadlines.
    static var now: Instant { Instant(nanoseconds: SystemClock.sinceBoot) }

    /// Waits for a moment.
    ///
    /// - Parameter tries: How often the lock was found taken, in this wait.
    /// - Returns: Whether to try again.
    static func goOn(after tries: Int) -> Bool {
        let delay = pause(before: tries + 1)
        guard let end else {
            guard waited(for: tries) + delay <= timeout else { return false }
            sleep(for: delay)
            return true
        }
        let left = end - now
        guard left > .zero else { return false }
        sleep(for: min(delay, left))
        return true
    }

    /// The pauses that SQLite itself makes (`sqliteDefaultBusyCallback`), in milliseconds; the last one is repeated.
    private static let pauses: [Int64] = [1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100]

    private static func pause(before tries: Int) -> Duration { .milliseconds(pauses[min(tries, pauses.count) - 1]) }

    private static func waited(for tries: Int) -> Duration {
        (0..<tries).reduce(.zero) { $0 + pause(before: $1 + 1) }
    }

    private static func sleep(for delay: Duration) { usleep(UInt32(clamping: delay.nanoseconds / 1_000)) }
}
