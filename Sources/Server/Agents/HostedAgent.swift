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

        func isOpen(_ generation: Int) -> Bool { !isClosed && generation == self.generation }
    }

    let session: SessionID
    let state = Locked(State())
    private let agent: any Agent
    private let wake: @Sendable (HostedAgent) -> Void
    private let retire: @Sendable (any AgentSession) -> Void
    /// Whether a client is attached to the session.
    let isAttended: @Sendable () -> Bool

    /// - Parameters:
    ///   - agent: The back end.
    ///   - session: The session that it works for.
    ///   - wake: Called on any thread when there is something to ``take()``.
    ///   - retire: Called on any thread with the side of an agent that ended by itself; closes it.
    ///   - isAttended: Called on any thread: whether a client is attached to the session.
    init(
        _ agent: any Agent, session: SessionID, wake: @escaping @Sendable (HostedAgent) -> Void,
        retire: @escaping @Sendable (any AgentSession) -> Void, isAttended: @escaping @Sendable () -> Bool
    ) {
        self.agent = agent
        self.session = session
        self.wake = wake
        self.retire = retire
        self.isAttended = isAttended
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

    /// The agent's side of the session, opened unless it is open.
    ///
    /// - Parameter isRestart: Whether the journal says that the agent ended: then it says as well that it was started
    ///   again.
    func opened(_ context: SessionContext, isRestart: Bool) async throws -> any AgentSession {
        let (open, generation) = try state.withLock { state throws(CancellationError) in
            guard !state.isClosed else { throw CancellationError() }
            if let open = state.open { return (open as (any AgentSession)?, state.generation) }
            state.generation += 1
            (state.exit, state.sessionID) = (nil, context.agentSessionID)
            return (nil, state.generation)
        }
        if let open { return open }
        let opened: any AgentSession
        do { opened = try await agent.open(context, host: SessionHost(agent: self, generation: generation)) } catch {
            let exit = state.withLock { state in
                if state.generation == generation { state.generation += 1 }
                return state.exit
            }
            throw exit.map { TurnFailure($0.sentence) } ?? error
        }
        let (isKept, exit) = change { state in
            guard state.isOpen(generation) else { return (false, state.exit) }
            state.open = opened
            if isRestart { state.outbox.emit([.event(.agentRestarted)], in: nil, size: 0) }
            return (true, nil)
        }
        guard isKept else {
            await opened.close()
            throw exit.map { TurnFailure($0.sentence) } ?? CancellationError()
        }
        return opened
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

    /// Adds an update of the turn that the server makes of the agent's answer.
    func say(_ update: SessionUpdate, in turn: TurnID) {
        change { $0.outbox.emit([.update(update)], in: turn, size: 0) }
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
            (state.open, state.turn, state.questions) = (nil, nil, [:])
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
