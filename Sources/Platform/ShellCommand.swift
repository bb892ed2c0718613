import Glibc
import Subprocess
import SystemPackage

/// Runs a command of the user's configuration with `sh -c`, in a session of its own and with a time-out. When the
/// time-out passes or the task is cancelled, the command and its child processes are killed.
public enum ShellCommand {
    /// The most that a command may print, in bytes.
    public static let bytesMaximum = 1 << 20

    private struct Commands {
        /// The sessions of running commands, by their process group.
        var running: Set<pid_t> = []
        /// How many are being started, and run perhaps already.
        var starting = 0
        /// Whether they are being killed, so that no other is started.
        var isOver = false
    }

    private static let commands = Locked(Commands())
    /// How long those that are being started are waited for, in milliseconds, before the others are killed.
    private static let startMaximum = 1_000
    /// Kills them when the process exits; evaluated once.
    private static let killsAtExit: Void = { _ = atexit { ShellCommand.killAll() } }()

    /// Kills the running commands and their child processes (SIGKILL): for a process that ends at once and cannot wait
    /// for them. No other is started after it. Done by itself at exit(3).
    public static func killAll() {
        for _ in 0..<startMaximum {
            let isStarting = commands.withLock { commands in
                commands.isOver = true
                return commands.starting > 0
            }
            if !isStarting { break }
            usleep(1_000)
        }
        for group in commands.withLock({ $0.running }) { kill(-group, SIGKILL) }
    }

    /// Returns the standard output of a command. Its standard input is empty, it has no terminal, and its standard
    /// error is discarded.
    ///
    /// - Parameters:
    ///   - command: The command, for `sh -c`.
    ///   - timeout: The time-out. When it passes, or when the task is cancelled, the session gets SIGTERM, and SIGKILL
    ///     a second later.
    /// - Throws: ``CommandError``.
    public static func output(of command: String, within timeout: Duration) async throws(CommandError) -> String {
        do {
            return try await withTimeLimit(timeout) {
                CommandError.timedOut(timeout)
            } _: {
                try await run(command)
            }
        } catch let error as CommandError {
            throw error
        } catch let error as SubprocessError where error.code == .outputLimitExceeded {
            throw .tooMuch
        } catch is CancellationError {
            throw .cancelled
        } catch {
            throw .notStarted("\(error)")
        }
    }

    private static func run(_ command: String) async throws -> String {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .seconds(1))]
        _ = killsAtExit
        try commands.withLock { commands in
            if commands.isOver { throw CommandError.cancelled }
            commands.starting += 1
        }
        let group = Locked<pid_t?>(nil)
        defer {
            let group = group.withLock { $0 }
            commands.withLock { commands in
                // Without a group it was not started.
                guard let group else { return commands.starting -= 1 }
                commands.running.remove(group)
            }
        }
        let result = try await Subprocess.run(
            .path("/bin/sh"), arguments: ["-c", command], platformOptions: options, input: .none,
            output: .string(limit: bytesMaximum), error: .discarded
        ) { execution in
            // It leads the session that it was started in, and so its process group.
            let process = execution.processIdentifier.value
            group.withLock { $0 = process }
            commands.withLock { commands in
                commands.running.insert(process)
                commands.starting -= 1
            }
        }
        switch result.terminationStatus {
        case .exited(0): return result.standardOutput
        case .exited(let code): throw CommandError.failed("it ended with exit code \(code)")
        case .signaled(let number): throw CommandError.failed("it ended by signal \(number)")
        }
    }
}

/// Why a command gave no output.
public enum CommandError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It did not exit within the time-out.
    case timedOut(Duration)
    /// It exited with another code than 0, or by a signal.
    case failed(String)
    /// It printed more than ``ShellCommand/bytesMaximum``.
    case tooMuch
    /// It could not be started.
    case notStarted(String)
    /// The task that waited for it was cancelled.
    case cancelled

    /// What happened, as the end of a sentence.
    public var description: String {
        switch self {
        case .timedOut(let timeout): "it did not end within \(timeout.components.seconds) seconds"
        case .failed(let how): how
        case .tooMuch: "it printed more than \(ShellCommand.bytesMaximum >> 20) MiB"
        case .notStarted(let reason): "it cannot be started: \(reason)"
        case .cancelled: "it was stopped"
        }
    }
}
