import Glibc

/// The signals that end a batch run, as values instead of interruptions.
public enum BatchSignals {
    /// What is waited for.
    public static let all = [SIGINT, SIGTERM, SIGHUP]

    /// Keeps the signals from interrupting anything. Called before any thread is made.
    public static func block() {
        var set = signalSet
        pthread_sigmask(SIG_BLOCK, &set, nil)
        // Whoever reads our output may leave; the write then says so.
        signal(SIGPIPE, SIG_IGN)
    }

    /// The signals, as they come, for as long as the process lives.
    public static func stream() -> AsyncStream<Int32> {
        AsyncStream { continuation in
            var thread = pthread_t()
            let box = Unmanaged.passRetained(Box(continuation))
            pthread_create(
                &thread, nil,
                { @Sendable pointer in
                    guard let pointer else { return nil }
                    let continuation = Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue().continuation
                    var set = BatchSignals.signalSet
                    while true {
                        var number: Int32 = 0
                        if sigwait(&set, &number) == 0 { continuation.yield(number) }
                    }
                }, box.toOpaque())
            pthread_detach(thread)
        }
    }

    /// Ends the process by a signal, so that the shell sees which.
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
