import Subprocess
import SystemPackage

/// A command of the user's configuration, run by the shell where it delays nobody: it has its time, ends with whoever
/// waits for it, and takes what it started with it.
public enum ShellCommand {
    /// The most that a command may print, in bytes.
    public static let bytesMaximum = 1 << 20

    /// What a command prints. It has nothing to read and no terminal; what it says on standard error is not kept.
    ///
    /// - Parameters:
    ///   - command: The command, for `sh -c`.
    ///   - patience: How long it may take; then, or when the task is cancelled, its session is told to end, and is killed
    ///     a second later.
    /// - Throws: ``CommandError``.
    public static func output(of command: String, within patience: Duration) async throws(CommandError) -> String {
        do {
            return try await withThrowingTaskGroup(of: String.self) { group in
                group.addTask { try await run(command) }
                group.addTask {
                    try await Task.sleep(for: patience)
                    throw CommandError.timedOut(patience)
                }
                defer { group.cancelAll() }
                guard let first = try await group.next() else { throw CommandError.cancelled }
                return first
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
        let result = try await Subprocess.run(
            .path("/bin/sh"), arguments: ["-c", command], platformOptions: options,
            output: .string(limit: bytesMaximum))
        switch result.terminationStatus {
        case .exited(0): return result.standardOutput
        case .exited(let code): throw CommandError.failed("it ended with exit code \(code)")
        case .signaled(let number): throw CommandError.failed("it ended by signal \(number)")
        }
    }
}

/// Why a command gave nothing.
public enum CommandError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It did not end in time.
    case timedOut(Duration)
    /// It ended otherwise than with 0.
    case failed(String)
    /// It printed more than ``ShellCommand/bytesMaximum``.
    case tooMuch
    /// It could not be started.
    case notStarted(String)
    /// Nobody waits for it any more.
    case cancelled

    /// What happened.
    public var description: String {
        switch self {
        case .timedOut(let patience): "it did not end within \(patience.components.seconds) seconds"
        case .failed(let how): how
        case .tooMuch: "it printed more than \(ShellCommand.bytesMaximum >> 20) MiB"
        case .notStarted(let reason): "it cannot be started: \(reason)"
        case .cancelled: "it was stopped"
        }
    }
}
