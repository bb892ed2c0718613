import Glibc
import Logging
import ServiceLifecycle

/// Bounds the graceful shutdown: what blocks, such as a disk that does not answer, must not keep the process from
/// ending.
struct ShutdownDeadline: Service {
    let logger: Logger

    /// Time-out for the shutdown, in seconds.
    static let seconds: UInt32 = 10

    func run() async throws {
        try? await gracefulShutdown()
        // From now on a second signal has its default effect, and ends the process at once.
        for number in [SIGTERM, SIGINT] { signal(number, SIG_DFL) }
        // On a thread of its own: those of the tasks may all be blocked.
        let context = Unmanaged.passRetained(Box(logger)).toOpaque()
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                sleep(ShutdownDeadline.seconds)
                if let context {
                    Unmanaged<Box>.fromOpaque(context).takeRetainedValue().logger.critical(
                        "the shutdown took too long: the process ends without it")
                }
                _exit(74)
            }, context)
    }

    private final class Box {
        let logger: Logger

        init(_ logger: Logger) { self.logger = logger }
    }
}
