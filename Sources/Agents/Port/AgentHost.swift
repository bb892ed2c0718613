public import Wire

/// What an agent works for: the journal of its session, and the session's user.
///
/// Updates are journaled in the order in which they were emitted. What was emitted when an agent's turn ends is durable
/// before the end is. Nothing here waits for a client.
public protocol AgentHost: Sendable {
    /// Emits entries: updates, changes of memory, and notes; those of one call become durable together.
    ///
    /// Returns at once as long as less than 256 KiB wait to become durable; beyond that the agent waits for the disk
    /// (back-pressure). Adjacent chunks of one message are joined, and reach clients that are live within 100 ms.
    ///
    /// - Parameters:
    ///   - updates: The entries, in order.
    ///   - turn: The turn that they belong to; `nil` for what comes outside of turns, such as commands, modes, titles and
    ///     usage. Entries of a turn that has ended are dropped, and so is what comes outside of turns when the session's
    ///     journal is full.
    /// - Throws: ``TurnFailure`` for an entry that only the server may write, or that could not be read back;
    ///   `CancellationError` when the agent was closed, or was cancelled while it waited.
    func emit(_ updates: [Entry.Body], in turn: TurnID?) async throws

    /// Waits until everything that was emitted is durable.
    ///
    /// A step with an effect outside of the journal flushes before it, so that it is known that it may have begun, and
    /// after it, so that it is never repeated. Other steps need no barrier.
    ///
    /// - Throws: `CancellationError` when the agent was closed, or was cancelled while it waited.
    func flush() async throws

    /// Asks the user, and waits without a time-out until a client of the user has answered.
    ///
    /// The question is an entry of the journal, so it outlives connections and restarts. An agent that resumes a turn
    /// asks again under the same name: the user sees one question, and an answered one is not asked again.
    ///
    /// - Parameters:
    ///   - name: The question's name, unique within the turn.
    ///   - turn: The turn that asks.
    ///   - method: `session/request_permission` or `elicitation/create` (ACP).
    ///   - params: The method's parameters without `sessionId`.
    /// - Returns: The result of the method; ACP's `cancelled` when the turn is being stopped, or the question withdrawn.
    ///   A ``TurnFailure`` is thrown for a question of more than 256 KiB.
    /// - Throws: `CancellationError` when the agent was closed, or was cancelled while it waited.
    func ask(_ name: String, in turn: TurnID, method: String, params: JSON) async throws -> JSON

    /// Whether a client of the user is attached, who would see a question now.
    var isAttended: Bool { get }

    /// Closes a question that the agent does not want answered any more (ACP's `$/cancel_request`); it is answered as
    /// `cancelled`. No effect on one that is answered, or was never asked.
    func withdraw(_ name: String, in turn: TurnID)

    /// Has a client of the user do something for the agent: a file or a terminal of an editor (ACP, File System and
    /// Terminals).
    ///
    /// A client whose connection is lost is waited for, and asked again under the same key, so that it does nothing twice. To
    /// cancel the task cancels the call.
    ///
    /// - Parameters:
    ///   - method: ACP's method.
    ///   - params: Its parameters; the session's name is the host's to add.
    ///   - client: The client that has the terminal; `nil` for the one that attached last of those that offer the method.
    func call(_ method: String, _ params: JSON, of client: ClientPeer?) async -> ClientCallOutcome

    /// Keeps the agent's own name for the session with the session, for ``SessionContext/agentSessionID``. Returns when
    /// it is durable.
    ///
    /// - Throws: `CancellationError` when the agent was closed, or was cancelled while it waited.
    func remember(_ session: AgentSessionID) async throws

    /// Reports that the agent ended without having been told to. What it emitted before is kept, the turn that it was
    /// given ends, and the session is not used any more: the next turn opens the agent again.
    func exited(_ exit: AgentExit)
}

extension AgentHost {
    /// A host without clients: everything is the agent's host's to do.
    public func call(_ method: String, _ params: JSON, of client: ClientPeer?) async -> ClientCallOutcome {
        client == nil ? .nobody : .gone
    }
}
