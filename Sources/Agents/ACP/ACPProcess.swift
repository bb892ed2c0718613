import Logging
import Platform
import Wire

/// A process of an agent, and the sessions that it has.
final class ACPProcess: ACPReceiver {
    private struct State {
        /// By the agent's own name.
        var sessions: [String: ACPSession] = [:]
        var isOver = false
        var peer: ACPPeer?
    }

    let settings: ACPSettings
    let guardian: String
    let permissions: PermissionBook
    private let logger: Logger
    private let state = Locked(State())
    private let started = Locked<ACPConnection?>(nil)

    /// Starts a process.
    init(
        _ command: GuardedCommand, _ settings: ACPSettings, _ permissions: PermissionBook, _ logger: Logger
    ) {
        self.settings = settings
        guardian = command.guardian
        self.permissions = permissions
        self.logger = logger
        started.withLock { $0 = ACPConnection.start(command, receiver: self) }
    }

    var connection: ACPConnection {
        guard let connection = started.withLock({ $0 }) else { preconditionFailure("the process has a connection") }
        return connection
    }

    /// Whether it has ended, and serves no further session.
    var isOver: Bool { state.withLock { $0.isOver } }

    /// What the agent said of itself; there is nothing before ``initialize()``.
    var peer: ACPPeer? { state.withLock { $0.peer } }

    /// Agrees on the version and the capabilities, and signs in if the settings say so.
    func initialize(_ client: Implementation) async throws {
        let peer: ACPPeer
        do {
            peer = try ACPPeer(try await connection.request(Method.initialize, ACPPeer.request(from: client)))
        } catch let error as RPCError {
            throw ACPFailure.refused(name: settings.name, error.message)
        }
        guard peer.version == ACPPeer.version else { throw ACPFailure.version(name: settings.name, peer.version) }
        state.withLock { $0.peer = peer }
        guard let signIn = settings.signIn else { return }
        do {
            _ = try await connection.request(Method.authenticate, ["methodId": .string(signIn)])
        } catch let error as RPCError {
            throw ACPFailure.refused(name: settings.name, error.message)
        }
    }

    /// From now on what the agent says of that session goes to it.
    func add(_ session: ACPSession, as id: String) { state.withLock { $0.sessions[id] = session } }

    /// The session is not used any more. One that was opened again under its name since is another.
    ///
    /// - Returns: Whether it was the last one: then the process is over.
    func remove(_ session: ACPSession) -> Bool {
        state.withLock { state in
            if state.sessions[session.id] === session { state.sessions[session.id] = nil }
            if state.sessions.isEmpty { state.isOver = true }
            return state.sessions.isEmpty
        }
    }

    /// The session could not be opened.
    func forget(_ session: ACPSession) {
        state.withLock { state in
            if state.sessions[session.id] === session { state.sessions[session.id] = nil }
        }
    }

    /// Whether no session is open: a process whose only opening failed is of no further use.
    func endIfUnused() -> Bool {
        state.withLock { state in
            if state.sessions.isEmpty { state.isOver = true }
            return state.sessions.isEmpty
        }
    }

    func close() async {
        state.withLock { $0.isOver = true }
        await connection.close()
    }

    // MARK: What the agent says

    func receive(_ method: String, _ params: JSON) async {
        guard method == Method.update, let session = session(params) else { return }
        await session.receive(params["update"] ?? .null)
    }

    func answer(_ method: String, _ params: JSON) async throws(RPCError) -> JSON {
        guard let session = session(params) else {
            throw params["sessionId"] == nil
                ? .methodNotFound(method) : RPCError(.resourceNotFound, "there is no such session")
        }
        return try await session.answer(method, params)
    }

    func ended(_ exit: AgentExit, isClosing: Bool) {
        let sessions = state.withLock { state in
            state.isOver = true
            defer { state.sessions = [:] }
            return Array(state.sessions.values)
        }
        if !isClosing {
            logger.info("agent ended", metadata: ["agent": "\(settings.name)", "how": "\(exit.sentence)"])
        }
        // Those that are still open were not told to end, whoever closed the process.
        for session in sessions { session.ended(exit) }
    }

    private func session(_ params: JSON) -> ACPSession? {
        guard let id = params["sessionId"]?.string else { return nil }
        return state.withLock { $0.sessions[id] }
    }
}
