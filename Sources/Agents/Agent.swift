public import Wire

/// A back end that answers turns.
///
/// An agent never sees a connection: it works for the journal, and who is watching is none of its business.
public protocol Agent: Sendable {
    /// The name that `session/new` may ask for.
    var name: String { get }

    /// Whether a turn that the server's death interrupted can be gone on with.
    var resumesTurns: Bool { get }

    /// Answers a turn, or goes on with one.
    ///
    /// Cancelling the task that runs it is the cancel of ACP; the agent then throws `CancellationError`.
    ///
    /// - Parameters:
    ///   - turn: What is asked, and all that is known.
    ///   - journal: Where what the agent says and does goes.
    /// - Returns: Why the turn ended.
    /// - Throws: A ``TurnError`` ends the turn with its sentence, anything else with one of the server's.
    func answer(_ turn: Turn, journal: some TurnJournal) async throws -> StopReason
}

/// A turn as an agent receives it.
public struct Turn: Sendable {
    /// Its name.
    public var id: TurnID
    /// The session.
    public var session: SessionID
    /// The folder of the session, and how to open it.
    public var folder: SessionFolder
    /// What is asked.
    public var prompt: [ContentBlock]
    /// The session's state: memory, plan and tool calls, those of this turn included when it is gone on with.
    public var state: SessionState
    /// The conversation before this turn, oldest first; the newest 40 messages at most.
    public var history: [HistoryMessage]
    /// The entries of this turn that are in the journal already; empty unless it is gone on with.
    public var recorded: [Entry]

    /// A turn.
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

    /// The folder's path as the user named it.
    public var directory: String { folder.path }

    /// The text of the prompt.
    public var text: String { prompt.compactMap(\.text).joined(separator: "\n") }
}

/// The way from an agent to the session's journal.
public protocol TurnJournal: Sendable {
    /// Appends entries, in order, in one transaction.
    ///
    /// It returns when they are durable: an agent that waits for it never does a step twice, and never runs ahead of
    /// a slow disk. It does not wait for any client.
    ///
    /// - Throws: `CancellationError` when the turn was cancelled meanwhile.
    func append(_ entries: [Entry.Body]) async throws

    /// Asks the user, and waits until somebody has answered, however long that takes and from wherever.
    ///
    /// The question is in the journal, so it outlives connections and the server. An agent that goes on with a turn
    /// asks again under the same name: the user sees one question, and one that was answered is not asked again.
    ///
    /// - Parameters:
    ///   - name: What the question is called in this turn.
    ///   - method: `session/request_permission` or `elicitation/create` (ACP).
    ///   - params: The method's parameters without the session's name.
    /// - Returns: The result of the method; when the turn is being stopped, the one that says so.
    /// - Throws: `CancellationError` when the turn was cancelled meanwhile.
    func ask(_ name: String, method: String, params: JSON) async throws -> JSON
}
