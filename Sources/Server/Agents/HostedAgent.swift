import Agents
import Ledger
import Platform
import Wire

/// The agent of one session that is in memory: opened for the first turn, opened again when it ended, and one outbox
/// for everything that it says.
///
/// ```
///  agent's tasks ── emit, ask, … ──► outbox ── wake ──► take() ─► the session's ledger
///        ▲                                                              │
///        └───────────── goes on ◄── release(_:), answer(_:_:) ◄─────────┘
/// ```
///
/// The session's actor knows nothing of it but ``take()``, ``release(_:)``, ``answer(_:_:)``, ``cancel(_:)``,
/// ``terminate(_:)`` and ``close()``; it may be used from any thread.
final class HostedAgent: Sendable {
    struct State {
        var outbox = AgentOutbox()
        /// Whether the session was told that there is something to take.
        var isWoken = false
        /// The number of the agent that is open, or is being opened; what earlier ones call is refused.
        var generation = 0
        var open: (any AgentSession)?
        /// The opening that is under way, for all who wait for it.
        var opening: Opening?
        /// The turn that the open agent was given.
        var turn: TurnID?
        /// A turn that was cancelled before an agent was given it.
        var cancelled: TurnID?
        /// How the agent ended that was opened last; `nil` unless it did so by itself.
        var exit: AgentExit?
        /// The name that the agent asked to remember last.
        var sessionID: AgentSessionID?
        /// Whether the session left memory, or the server ends.
        var isClosed = false
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var questions: [CorrelationID: CheckedContinuation<JSON?, Never>] = [:]
        var lastWaiter: UInt64 = 0

        struct Opening {
            var generation: Int
            var task: Task<any AgentSession, any Error>
        }

        func isOpen(_ generation: Int) -> Bool { !isClosed && generation == self.generation }
    }

    let session: SessionID
    let state = Locked(State())
    private let agent: any Agent
    /// The servers of tools that the session's client named; `nil` when it named some and must not.
    private let mcpServers: [JSON]?
    private let wake: @Sendable (HostedAgent) -> Void
    private let retire: @Sendable (any AgentSession) -> Void
    /// Whether a client is attached to the session.
    let isAttended: @Sendable () -> Bool
    /// Has a client do something for the agent.
    let call: Call

    /// How a client is had do something (``AgentHost/call(_:_:of:)``).
    typealias Call = @Sendable (_ method: String, _ params: JSON, _ client: ClientPeer?) async -> ClientCallOutcome

    /// - Parameters:
    ///   - agent: The back end.
    ///   - session: The session that it works for.
    ///   - mcpServers: The servers of tools that the session's client named; `nil` when it named some and must not.
    ///   - wake: Called on any thread when there is something to ``take()``.
    ///   - retire: Called on any thread with the side of an agent that ended by itself; closes it.
    ///   - isAttended: Called on any thread: whether a client is attached to the session.
    ///   - call: Called on any thread: has a client of the session do something.
    init(
        _ agent: any Agent, session: SessionID, mcpServers: [JSON]? = [],
        wake: @escaping @Sendable (HostedAgent) -> Void,
        retire: @escaping @Sendable (any AgentSession) -> Void, isAttended: @escaping @Sendable () -> Bool,
        call: @escaping Call = { _, _, _ in .nobody }
    ) {
        self.agent = agent
        self.session = session
        self.mcpServers = mcpServers
        self.wake = wake
        self.retire = retire
        self.isAttended = isAttended
        self.call = call
    }

    // MARK: The session's side

    /// Everything that the agent has said since the last call, in order.
    func take() -> [LedgerEvent] {
        state.withLock { state in
            state.isWoken = false
            return state.outbox.take()
        }
    }

    /// The entries of a correlation identifier are durable, or dropped.
    func release(_ correlation: CorrelationID) {
        let waiters = state.withLock { state in
            state.outbox.release(correlation)
            return state.takeWaiters()
        }
        for waiter in waiters { waiter.resume() }
    }

    /// A question was answered, and the answer is durable.
    func answer(_ correlation: CorrelationID, _ answer: JSON) {
        state.withLock { $0.questions.removeValue(forKey: correlation) }?.resume(returning: answer)
    }

    /// Tells the agent to stop a turn.
    ///
    /// - Returns: Whether the agent was given the turn; if not, it will not be.
    func cancel(_ turn: TurnID) -> Bool {
        let open = state.withLock { state -> (any AgentSession)? in
            if state.turn == turn { return state.open }
            state.cancelled = turn
            return nil
        }
        open?.cancel(turn)
        return open != nil
    }

    /// The turn was ended without its agent: what it still says is dropped, and the next turn opens the agent again.
    ///
    /// - Returns: What to close.
    func terminate(_ turn: TurnID) -> (any AgentSession)? {
        end { state in state.turn == turn }
    }

    /// The session leaves memory, or the server ends.
    ///
    /// - Returns: What to close.
    func close() -> (any AgentSession)? {
        end { state in
            state.isClosed = true
            return true
        }
    }

    /// How many calls of the agent wait: for the disk, or for an answer.
    var waitingCount: Int { state.withLock { $0.waiters.count + $0.questions.count } }

    /// How many bytes of the journal before a turn the agent wants.
    var historyBytes: Int { agent.historyBytes }

    /// Whether nothing that the agent said is on its way, so that the session may leave memory.
    var isQuiet: Bool { state.withLock { $0.outbox.isTaken && $0.outbox.isDurable } }

    // MARK: The turn's side

    /// The agent's side of the session, opened unless it is open; whoever asks meanwhile waits for the same opening.
    ///
    /// - Parameters:
    ///   - folder: The session's folder.
    ///   - known: What the journal says of the agent. If it ended, it says as well that it was started again; if
    ///   it offers something else than it did, it says so.
    /// - Throws: What the agent failed with; `CancellationError` when it was closed, or the caller was cancelled: then the
    ///   opening goes on for the others.
    func opened(in folder: SessionFolder, known: SessionState.Agent) async throws -> any AgentSession {
        let context = SessionContext(
            session: session, folder: folder, agentSessionID: known.sessionID, mcpServers: mcpServers ?? [],
            options: known.options)
        let (open, task) = try state.withLock { state throws(CancellationError) in
            guard !state.isClosed else { throw CancellationError() }
            if let open = state.open { return (open as (any AgentSession)?, nil as Task<any AgentSession, any Error>?) }
            if let opening = state.opening { return (nil, opening.task) }
            state.generation += 1
            (state.exit, state.sessionID) = (nil, context.agentSessionID)
            let generation = state.generation
            let task = Task { try await self.open(context, known, generation) }
            state.opening = State.Opening(generation: generation, task: task)
            return (nil, task)
        }
        if let open { return open }
        guard let task else { throw CancellationError() }
        return try await task.valueUnlessCancelled
    }

    private static let noServers =
        "the servers of tools that the client named (mcpServers) were left out: this server takes "
        + "them from the local user alone, unless 'agents.mcp_servers_from_clients' says otherwise"

    private func open(
        _ context: SessionContext, _ known: SessionState.Agent, _ generation: Int
    ) async throws -> any AgentSession {
        let opened: any AgentSession
        do { opened = try await agent.open(context, host: SessionHost(agent: self, generation: generation)) } catch {
            let exit = state.withLock { state in
                if state.opening?.generation == generation { state.opening = nil }
                if state.generation == generation { state.generation += 1 }
                return state.exit
            }
            throw exit.map { TurnFailure($0.sentence) } ?? error
        }
        let settings = opened.offers.settings
        let (isKept, exit) = change { state in
            if state.opening?.generation == generation { state.opening = nil }
            guard state.isOpen(generation) else { return (false, state.exit) }
            state.open = opened
            if mcpServers == nil, known.sessionID == nil {
                state.outbox.emit([.event(.note(HostedAgent.noServers))], in: nil, size: 0)
            }
            if known.exit != nil { state.outbox.emit([.event(.agentRestarted)], in: nil, size: 0) }
            if settings != known.options {
                state.outbox.emit([.update(ConfigOption.update(settings))], in: nil, size: 0)
            }
            return (true, nil)
        }
        guard isKept else {
            await opened.close()
            throw exit.map { TurnFailure($0.sentence) } ?? CancellationError()
        }
        return opened
    }

    /// Waits until everything that the agent has said is durable.
    func flush() async throws {
        let generation = state.withLock { $0.generation }
        try await SessionHost(agent: self, generation: generation).flush()
    }

    /// The agent is about to be given a turn.
    ///
    /// - Throws: `CancellationError` when the turn was cancelled before; a ``TurnFailure`` when the agent has ended.
    func begin(_ turn: TurnID) throws {
        try state.withLock { state in
            guard state.cancelled != turn else { throw CancellationError() }
            guard state.open != nil else {
                throw state.exit.map { TurnFailure($0.sentence) } ?? CancellationError()
            }
            state.turn = turn
        }
    }

    /// Adds an entry of the turn that the server makes, such as of the agent's answer.
    func say(_ entry: Entry.Body, in turn: TurnID) {
        change { $0.outbox.emit([entry], in: turn, size: 0) }
    }

    /// The turn has ended; behind everything that was emitted in it.
    func finish(_ turn: TurnID, _ outcome: TurnOutcome) {
        change { state in
            if state.turn == turn { state.turn = nil }
            state.outbox.add(.finished(turn, outcome))
        }
    }

    // MARK: The agent's end

    /// The agent ended by itself.
    func exited(_ exit: AgentExit, by generation: Int) {
        let open = end { state in
            guard state.isOpen(generation) else { return false }
            state.exit = exit
            state.outbox.add(.exited(exit, during: state.turn))
            return true
        }
        if let open { retire(open) }
    }

    /// Ends the agent that is open, if the condition holds: its calls are refused from now on, and those that wait end.
    private func end(if condition: (inout State) -> Bool) -> (any AgentSession)? {
        let ended = change { state -> Ended? in
            guard condition(&state) else { return nil }
            let ended = Ended(
                open: state.open, waiters: state.takeWaiters(), questions: Array(state.questions.values))
            state.generation += 1
            state.opening?.task.cancel()
            (state.open, state.opening, state.turn, state.questions) = (nil, nil, nil, [:])
            return ended
        }
        for waiter in ended?.waiters ?? [] { waiter.resume() }
        for question in ended?.questions ?? [] { question.resume(returning: nil) }
        return ended?.open
    }

    private struct Ended {
        var open: (any AgentSession)?
        var waiters: [CheckedContinuation<Void, Never>]
        var questions: [CheckedContinuation<JSON?, Never>]
    }

    /// Changes the state, and wakes the session when there is something new to take.
    func change<Value: Sendable, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let (value, isNew) = try state.withLock { state throws(Failure) in
            let value = try body(&state)
            let isNew = !state.outbox.isTaken && !state.isWoken
            if isNew { state.isWoken = true }
            return (value, isNew)
        }
        if isNew { wake(self) }
        return value
    }
}

extension HostedAgent.State {
    /// Removes and returns what waits for a change; each looks again whether it has to wait.
    mutating func takeWaiters() -> [CheckedContinuation<Void, Never>] {
        defer { waiters = [:] }
        return Array(waiters.values)
    }
}
