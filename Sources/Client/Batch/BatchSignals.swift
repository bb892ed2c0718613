import Glibc
import Platform
import SystemPackage
import Wire

/// The watchdog of commands without a screen: a thread that waits for SIGINT, SIGTERM and SIGHUP and for the end of
/// `--timeout`, and ends the process whatever its other threads wait for. A run gets the signals as a stream.
public enum BatchSignals {
    /// SIGINT, SIGTERM and SIGHUP.
    public static let all = [SIGINT, SIGTERM, SIGHUP]

    private struct State {
        var deadline = BatchDeadline()
        var report: (@Sendable (Int32) -> Void)?
        var isTimeoutReported = false
    }

    private static let state = Locked(State())

    /// Blocks the signals and starts the watchdog. Must be called before any thread is started, since threads inherit
    /// the mask, and before anything that can block. Until ``stream()`` is used, a signal ends the process at once.
    ///
    /// - Parameter timeout: The time-out of the whole run. When it passes, the process ends with 75: at once before
    ///   ``stream()`` is used, and a second later when the run does not end by itself.
    public static func watch(timeout: Duration? = nil) {
        var set = signalSet
        pthread_sigmask(SIG_BLOCK, &set, nil)
        state.withLock { $0.deadline.timeoutAt = timeout.map { SystemClock.sinceBoot + $0.nanoseconds } }
        var thread = pthread_t()
        pthread_create(&thread, nil, { @Sendable _ in BatchSignals.wait() }, nil)
        pthread_detach(thread)
    }

    /// The signals in order of arrival, for the lifetime of the process. A run that takes longer to end than
    /// ``BatchDeadline`` allows is ended.
    public static func stream() -> AsyncStream<Int32> {
        AsyncStream { continuation in
            state.withLock { $0.report = { continuation.yield($0) } }
        }
    }

    /// The run reports by itself that its time-out has passed.
    static func timeoutIsReported() { state.withLock { $0.isTimeoutReported = true } }

    private static func wait() -> Never {
        var set = signalSet
        while true {
            let next = state.withLock { $0.deadline.next(hasRun: $0.report != nil) }
            let left = next.map { $0.at - SystemClock.sinceBoot } ?? .max
            if let next, left <= 0 { end(next.cause) }
            // Woken once an hour at the latest; a longer time would not fit into all systems' clocks.
            let pause = min(left, 3_600_000_000_000)
            var time = timespec(tv_sec: Int(pause / 1_000_000_000), tv_nsec: Int(pause % 1_000_000_000))
            let number = sigtimedwait(&set, nil, &time)
            guard number > 0 else { continue }
            let report = state.withLock { state in
                state.deadline.received(number, at: SystemClock.sinceBoot, hasRun: state.report != nil)
                return state.report
            }
            report?(number)
        }
    }

    private static func end(_ cause: BatchDeadline.Cause) -> Never {
        if case .signal(let number) = cause { ProcessSignals.die(of: number) }
        ProcessSignals.killCommands()
        let (hasRun, isReported) = state.withLock { ($0.report != nil, $0.isTimeoutReported) }
        if !isReported {
            let what = hasRun ? "and belay could not end in order" : "before belay could begin"
            FileDescriptor.standardError.writeIfReady(
                "belay: the time-out (--timeout) has passed, \(what):"
                    + " the server, a file, a pipe or another process's lock does not respond\n")
        }
        // Not exit(3): its handlers could wait for the thread that hangs.
        _exit(BatchExit.temporaryFailure.rawValue)
    }

    private static var signalSet: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in all { sigaddset(&set, number) }
        return set
    }
}
