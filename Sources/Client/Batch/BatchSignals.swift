import Glibc
import Platform

/// The signals that end a batch run, as values in a stream instead of interruptions.
public enum BatchSignals {
    /// SIGINT, SIGTERM and SIGHUP.
    public static let all = [SIGINT, SIGTERM, SIGHUP]

    /// Blocks the signals; must be called before any thread is started, since threads inherit the mask.
    public static func block() {
        var set = signalSet
        pthread_sigmask(SIG_BLOCK, &set, nil)
        // Whoever reads our output may close the pipe; the write then fails with EPIPE instead of killing the process.
        signal(SIGPIPE, SIG_IGN)
    }

    /// The signals in order of arrival, for the lifetime of the process.
    public static func stream() -> AsyncStream<Int32> {
        AsyncStream { continuation in
            var thread = pthread_t()
            let box = Unmanaged.passRetained(Box(continuation))
            pthread_create(
                &thread, nil,
                { @Sendable pointer in
                    guard let pointer else { return nil }
                    let continuation = Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue().continuation
                    BatchSignals.wait { continuation.yield($0) }
                }, box.toOpaque())
            pthread_detach(thread)
        }
    }

    /// How long a run may take to end after a signal, in milliseconds, since a write may block on a reader that does
    /// not read. A first SIGINT has two seconds more, for the turn that it cancels (`BatchRun.interruptPatience`).
    static func patience(after number: Int32, isFirst: Bool) -> Int64 { number == SIGINT && isFirst ? 3_000 : 1_000 }

    /// Waits for signals forever; ends the process if a run does not end within ``patience(after:isFirst:)``.
    private static func wait(_ report: (Int32) -> Void) -> Never {
        var set = signalSet
        var last: (number: Int32, deadline: Int64)?
        while true {
            let left = last.map { max(0, $0.deadline - SystemClock.sinceBoot) } ?? 3_600_000_000_000
            var time = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
            let number = sigtimedwait(&set, nil, &time)
            if number > 0 {
                report(number)
                let deadline = SystemClock.sinceBoot + patience(after: number, isFirst: last == nil) * 1_000_000
                last = (number, min(last?.deadline ?? .max, deadline))
            } else if errno == EAGAIN, let last {
                die(of: last.number)
            }
        }
    }

    /// Ends the process with a signal's default action, so that the shell sees which one it was.
    public static func die(of number: Int32) -> Never {
        signal(number, SIG_DFL)
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, number)
        raise(number)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        exit(128 + number)
    }

    private static var signalSet: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in all { sigaddset(&set, number) }
        return set
    }

    private final class Box: Sendable {
        let continuation: AsyncStream<Int32>.Continuation
        init(_ continuation: AsyncStream<Int32>.Continuation) { self.continuation = continuation }
    }
}
