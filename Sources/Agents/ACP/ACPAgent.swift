public import Logging
import Platform
public import Wire

/// An agent that is a program of its own and speaks ACP over standard input and output.
///
/// The journal is authoritative: what the agent repeats of a session is dropped, and one that does not know a session any
/// more is given its transcript.
public final class ACPAgent: Agent {
    let settings: ACPSettings
    private let guardian: String
    private let client: Implementation
    private let permissions: PermissionBook
    private let logger: Logger
    /// The process that all sessions share, if they do.
    private let shared = Locked<Starting?>(nil)

    /// A process that is being started for all who want it, whoever of them goes away meanwhile.
    private final class Starting: Sendable {
        let task = Locked<Task<ACPProcess, any Error>?>(nil)
        let process = Locked<ACPProcess?>(nil)
    }

    /// Creates a back end; nothing is started.
    ///
    /// - Parameters:
    ///   - settings: How the agent is started.
    ///   - guardian: The program that guards its processes, an absolute path (``GuardedCommand/guardian``).
    ///   - client: The name and version that the agent is told.
    ///   - permissions: The rules about what it may do without asking.
    ///   - logger: The log for what an agent says of itself.
    public init(
        _ settings: ACPSettings, guardian: String, client: Implementation, permissions: PermissionBook, logger: Logger
    ) {
        self.settings = settings
        self.guardian = guardian
        self.client = client
        self.permissions = permissions
        self.logger = logger
    }

    /// The name by which `session/new` selects it.
    public var name: String { settings.name }

    /// A program takes seconds to start.
    public var opensEarly: Bool { true }

    /// Starts the agent, unless it runs and is shared, and opens a session of it: the one that it had, or a new one.
    public func open(_ context: SessionContext, host: any AgentHost) async throws -> any AgentSession {
        let process = try await process(for: context.folder)
        do {
            return try await withTimeout(process) {
                try await ACPSession.open(context, host: host, on: process, self.settings)
            }
        } catch {
            // One that hangs is not used by the next session either, unless others still work in it.
            if !settings.isShared || process.endIfUnused() { await process.close() }
            throw error
        }
    }

    private func process(for folder: SessionFolder) async throws -> ACPProcess {
        guard settings.isShared else { return try await start(for: folder) }
        let starting = shared.withLock { shared in
            if let shared, !(shared.process.withLock { $0 }?.isOver ?? false) { return shared }
            let new = Starting()
            new.task.withLock { task in
                task = Task {
                    let process = try await self.start(for: folder)
                    new.process.withLock { $0 = process }
                    return process
                }
            }
            shared = new
            return new
        }
        guard let task = starting.task.withLock({ $0 }) else { throw CancellationError() }
        do { return try await task.value } catch {
            shared.withLock { if $0 === starting { $0 = nil } }
            throw error
        }
    }

    private func start(for folder: SessionFolder) async throws -> ACPProcess {
        let environment = EnvironmentNames.withoutOwn().merging(settings.environment) { _, configured in configured }
        let command = GuardedCommand(
            guardian: guardian, words: settings.words, environment: environment,
            directory: settings.directory ?? folder.place)
        let process = ACPProcess(command, settings, permissions, logger)
        do { try await withTimeout(process) { try await process.initialize(self.client) } } catch {
            await process.close()
            throw missing(error) ?? error
        }
        return process
    }

    /// The failure of an agent whose command there is not, which its guard says as a shell does.
    private func missing(_ error: any Error) -> ACPFailure? {
        guard case ACPFailure.ended(let exit) = error, exit.code == 127, let command = settings.words.first,
            exit.lines.last?.hasPrefix("\(command.withoutControls): ") == true
        else { return nil }
        return .notInstalled(name: name, command: command.withoutControls)
    }

    /// Runs a step of the start, within the time that the agent has for it.
    private func withTimeout<Value: Sendable>(
        _ process: ACPProcess, _ step: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let (name, limit) = (name, settings.startMaximum)
        return try await withTimeLimit(limit) {
            ACPFailure.silent(
                name: name, limit, lines: process.connection.lastLines, noise: process.connection.noise)
        } _: {
            try await step()
        }
    }
}
