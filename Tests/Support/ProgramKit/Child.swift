public import Foundation
import Synchronization

/// A program started by the test, waited for by its own process and by nothing that its children may hold open:
/// Foundation's `Process` waits for those as well, and a server that outlives its client is what is tested here.
public struct Child: Sendable {
    /// Its process.
    public let process: pid_t

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - arguments: Its path, or its name on the PATH, and its arguments.
    ///   - files: Where its standard input, output and errors are.
    public init(
        _ arguments: [String], environment: [String: String], directory: String,
        files: (input: String, output: String, errors: String)
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let flags = O_WRONLY | O_CREAT | O_APPEND
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, files.input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, files.output, flags, 0o600)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, files.errors, flags, 0o600)
        // What the test itself has open is not held open by what outlives it.
        for descriptor in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
            guard let descriptor = Int32(descriptor), descriptor > STDERR_FILENO else { continue }
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        // The threads of a test block signals, and a program that inherits that can neither be ended nor see its
        // children end.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        // The shell changes the folder, then becomes the program.
        let shell = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", directory] + arguments
        let argv = shell.map { strdup($0) } + [nil]
        let envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var process: pid_t = 0
        let result = posix_spawn(&process, "/bin/sh", &actions, &attributes, argv, envp)
        guard result == 0 else { throw POSIXError(POSIXErrorCode(rawValue: result) ?? .ENOENT) }
        self.process = process
    }

    /// Waits for its end. A program that does not come to it is killed, so that the test fails and does not hang.
    ///
    /// - Parameter limit: When it is killed: a bound and no delay, long for what a busy machine does in seconds.
    /// - Returns: The exit code, or 128 and the signal.
    @discardableResult
    public func wait(within limit: Duration = .seconds(300)) async -> Int32 {
        let ending = Ending()
        let killing = Task {
            try await Task.sleep(for: limit)
            ending.unlessEnded { kill(process, SIGKILL) }
        }
        defer { killing.cancel() }
        return await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                // Its number is its own until it is waited for: nobody else's process is killed by it.
                var information = siginfo_t()
                while waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
                ending.ended()
                continuation.resume(returning: waitHere())
            }
        }
    }

    /// Whether a program has ended, for what may be done only before.
    private final class Ending: Sendable {
        private let hasEnded = Mutex(false)
        func ended() { hasEnded.withLock { $0 = true } }
        func unlessEnded(_ body: () -> Void) { hasEnded.withLock { if !$0 { body() } } }
    }

    /// Waits for its end on this thread.
    ///
    /// - Returns: The exit code, or 128 and the signal.
    @discardableResult
    public func waitHere() -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? status >> 8 & 0xFF : 128 + signal
    }

    /// Kills it, unless it has ended and was waited for.
    public func killAndWait() {
        guard waitpid(process, nil, WNOHANG) == 0 else { return }
        kill(process, SIGKILL)
        waitHere()
    }
}
