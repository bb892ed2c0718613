import Glibc
import Synchronization

/// Signals that concern a whole process.
public enum ProcessSignals {
    /// Ignores SIGPIPE and SIGXFSZ: a write to a pipe without a reader, or beyond the limit of a file's size
    /// (RLIMIT_FSIZE), then fails with EPIPE or EFBIG and is reported, instead of ending the process without a word.
    /// Called first in `main`.
    public static func reportFailedWrites() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
    }

    private static let isDying = Atomic(false)

    /// Kills the running commands of ``ShellCommand`` for a process that ends at once.
    public static func killCommands() {
        isDying.store(true, ordering: .sequentiallyConsistent)
        ShellCommand.killAll()
    }

    /// Returns unless the process is being ended: whoever waited for a command that was killed for that must not exit first,
    /// with a code of its own.
    public static func waitIfDying() {
        while isDying.load(ordering: .sequentiallyConsistent) { pause() }
    }

    /// Ends the process with a signal, so that the shell sees which one it was; running commands of ``ShellCommand``
    /// are killed first. A handler that restores the terminal is run.
    public static func die(of number: Int32) -> Never {
        killCommands()
        var action = sigaction()
        sigaction(number, nil, &action)
        // SIG_IGN is a constant address, and Swift cannot compare C functions.
        if unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1 { signal(number, SIG_DFL) }
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, number)
        raise(number)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        exit(128 + number)
    }
}
