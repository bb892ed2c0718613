import CProcess
import Glibc
import Subprocess
import SystemPackage

/// A command that never outlives the process that runs it, with all its descendants, whatever happens to either.
///
/// It runs under a guard: a process of its own (`belayd guard`), which kills whatever is left when the command ends, when
/// it is told to, and when the process that wanted the command was killed.
public struct GuardedCommand: Sendable {
    /// The program that guards, an absolute path.
    public var guardian: String
    /// The command's path or name, and its arguments.
    public var words: [String]
    /// Changes of the environment; `nil` removes a variable.
    public var environment: [String: String?]
    /// The folder that it runs in, an absolute path.
    public var directory: String

    private static let guardArgument = "guard"

    /// Guards a command, if this process was started for that (`guard PARENT MASK COMMAND…`), and ends as the command
    /// does; returns otherwise. The program that ``guardian`` names calls it first of all.
    @MainActor public static func guardIfAsked() {
        let words = CommandLine.arguments
        guard words.count > 4, words[1] == guardArgument, let parent = Int32(words[2]), let mask = UInt32(words[3])
        else { return }
        guard_run(parent, mask, CommandLine.unsafeArgv + 4)
    }

    /// Creates a command.
    public init(guardian: String, words: [String], environment: [String: String?] = [:], directory: String) {
        self.guardian = guardian
        self.words = words
        self.environment = environment
        self.directory = directory
    }

    /// Runs the command, and returns when it has ended and nothing of it is left.
    ///
    /// - Parameter body: Talks to the command while it runs. When it returns, the command's standard input is closed.
    ///   When it throws, or when the task is cancelled, the command is ended.
    /// - Returns: How the command ended; see ``ProcessEnd/isNotRun`` for one that could not be run.
    /// - Throws: What the body throws; ``CommandError/notStarted(_:)`` when the guard cannot be started.
    public func run(_ body: @escaping @Sendable (GuardedProcess) async throws -> Void) async throws -> ProcessEnd {
        // A command that reads no more fails a write, and must not end this process.
        ProcessSignals.reportFailedWrites()
        var options = PlatformOptions()
        options.createSession = true
        // The guard ends the command in its own time; the second step is for a guard that does not.
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: false, allowedDurationToNextStep: GuardedCommand.endMaximum)
        ]
        let changes = Dictionary(
            uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0), $1) })
        let failure = Locked<(any Error)?>(nil)
        let result = try await Subprocess.run(
            .path(FilePath(guardian)),
            arguments: Arguments([Self.guardArgument, "\(getpid())", "\(FileMask.inherited)"] + words),
            environment: .inherit.updating(changes), workingDirectory: FilePath(directory), platformOptions: options,
            input: .inputWriter, output: .sequence, error: .sequence
        ) { execution in
            do { try await body(GuardedProcess(execution)) } catch {
                failure.withLock { $0 = error }
                throw error
            }
        }
        return switch result.terminationStatus {
        case .exited(let code): .exited(code)
        case .signaled(let number): .signaled(number)
        }
    }

    /// The time that the guard needs to end a command, at most.
    private static let endMaximum = Duration.milliseconds(Int(GUARD_GRACE_MS) + 3_000)
}

/// How a process ended.
public enum ProcessEnd: Hashable, Sendable {
    /// With that exit code.
    case exited(Int32)
    /// By that signal.
    case signaled(Int32)

    /// The exit codes by which a guard and a shell say that there is no such command, or that it cannot be run.
    public var isNotRun: Bool { self == .exited(127) || self == .exited(126) || self == .exited(125) }
}

/// A command that runs: its three streams, and its end.
public struct GuardedProcess: Sendable {
    private let execution: Execution<CustomWriteInput, SequenceOutput, SequenceOutput>

    init(_ execution: Execution<CustomWriteInput, SequenceOutput, SequenceOutput>) { self.execution = execution }

    /// Writes to the standard input; waits while the command reads nothing.
    ///
    /// - Throws: When the command has closed it.
    public func write(_ bytes: [UInt8]) async throws { _ = try await execution.standardInputWriter.write(bytes) }

    /// Closes the standard input.
    public func finishInput() async { try? await execution.standardInputWriter.finish() }

    /// Reads the standard output to its end; called once. A body that waits keeps the command waiting.
    public func readOutput(_ body: ([UInt8]) async throws -> Void) async throws {
        for try await buffer in execution.standardOutput { try await body(buffer.withUnsafeBytes { [UInt8]($0) }) }
    }

    /// Reads the standard error to its end; called once.
    public func readErrors(_ body: ([UInt8]) async throws -> Void) async throws {
        for try await buffer in execution.standardError { try await body(buffer.withUnsafeBytes { [UInt8]($0) }) }
    }

    /// Tells the guard to end the command; returns at once.
    public func end() { kill(execution.processIdentifier.value, SIGTERM) }
}
