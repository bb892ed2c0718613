public import Wire

/// An agent: a back end that answers turns.
///
/// An agent never sees a connection. It appends to the session's journal, whether or not a client is attached.
public protocol Agent: Sendable {
    /// The name by which `session/new` selects it (`_meta.belay.agent`).
    var name: String { get }

    /// Whether the agent can resume a turn that a restart of the server interrupted.
    var resumesTurns: Bool { get }

    /// Answers a turn, or resumes one.
    ///
    /// ACP's `session/cancel` cancels the task that runs this; the agent then throws `CancellationError`.
    ///
    /// - Parameters:
    ///   - turn: The prompt, the session's state and history, and what the turn recorded before a restart.
    ///   - journal: The session's journal, to which the agent appends what it says and does.
    /// - Returns: The stop reason of the turn.
    /// - Throws: A ``TurnError`` ends the turn with its sentence; any other error with a general one of the server.
    func answer(_ turn: Turn, journal: some TurnJournal) async throws -> StopReason
}

/// A turn as an agent receives it.
public struct Turn: Sendable {
    /// The turn's identifier, from which identifiers of its tool calls and messages can be derived.
    public var id: TurnID
    /// The session that the turn belongs to.
    public var session: SessionID
    /// The folder of the session, as the agent may use it.
    public var folder: SessionFolder
    /// The content blocks of the prompt.
    public var prompt: [ContentBlock]
    /// The session's state: memory, plan and tool calls, with those of this turn when it is resumed.
    public var state: SessionState
    /// The conversation before this turn, oldest first; the newest 40 messages at most.
    public var history: [HistoryMessage]
    /// The entries of this turn that are in the journal already; empty unless it is resumed.
    public var recorded: [Entry]

    /// Creates a turn, as the server hands it to an agent.
    public init(
        id: TurnID, session: SessionID, folder: SessionFolder, prompt: [ContentBlock],
        state: SessionState = SessionState(),
        history: [HistoryMessage] = [], recorded: [Entry] = []
    ) {
        self.id = id
        self.session = session
        self.folder = folder
        self.prompt = prompt
        self.state = state
        self.history = history
        self.recorded = recorded
    }

    /// The folder's path as the client sent it.
    public var directory: String { folder.path }

    /// The text blocks of the prompt, joined by line ends.
    public var text: String { prompt.compactMap(\.text).joined(separator: "\n") }
}

/// The session's journal as an agent sees it.
public protocol TurnJournal: Sendable {
    /// Appends entries, in order, in one transaction.
    ///
    /// Returns when they are durable, so that an agent never repeats a completed step after a crash, and a slow disk
    /// slows the agent down (back-pressure). It never waits for a client.
    ///
    /// - Throws: `CancellationError` when the turn was cancelled meanwhile.
    func append(_ entries: [Entry.Body]) async throws

    /// Asks the user, and waits without a time-out until a client of the user has answered.
    ///
    /// The question is an entry of the journal, so it outlives connections and restarts. An agent that resumes a turn
    /// asks again under the same name: the user sees one question, and an answered one is not asked again.
    ///
    /// - Parameters:
    ///   - name: The question's name, unique within the turn.
    ///   - method: `session/request_permission` or `elicitation/create` (ACP).
    ///   - params: The method's parameters without `sessionId`.
    /// - Returns: The result of the method; ACP's `cancelled` when the turn is being stopped.
    /// - Throws: `CancellationError` when the turn was cancelled meanwhile.
    func ask(_ name: String, method: String, params: JSON) async throws -> JSON
}
