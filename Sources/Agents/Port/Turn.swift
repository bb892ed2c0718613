public import Wire

/// A turn as an agent receives it.
public struct Turn: Sendable {
    /// The turn's identifier, from which identifiers of its tool calls and messages can be derived.
    public var id: TurnID
    /// The session that the turn belongs to.
    public var session: SessionID
    /// The folder of the session, as the agent may use it; checked again for each turn.
    public var folder: SessionFolder
    /// The content blocks of the prompt.
    public var prompt: [ContentBlock]
    /// The session's state: memory, plan and tool calls, with those of this turn when it is resumed.
    public var state: SessionState
    /// The conversation before this turn, oldest first; the newest 40 messages at most.
    public var history: [HistoryMessage]
    /// The newest entries of the journal before this turn, as many as the back end wants (``Agent/historyBytes``): the
    /// conversation with its tool calls and their results.
    public var earlier: [Entry]
    /// The entries of this turn that are in the journal already; empty unless it is resumed.
    public var recorded: [Entry]
    /// Where the client's trace goes on.
    public var trace: TraceContext

    /// Creates a turn, as the server hands it to an agent.
    public init(
        id: TurnID, session: SessionID, folder: SessionFolder, prompt: [ContentBlock],
        state: SessionState = SessionState(),
        history: [HistoryMessage] = [], earlier: [Entry] = [], recorded: [Entry] = [],
        trace: TraceContext = TraceContext()
    ) {
        self.id = id
        self.session = session
        self.folder = folder
        self.prompt = prompt
        self.state = state
        self.history = history
        self.earlier = earlier
        self.recorded = recorded
        self.trace = trace
    }

    /// The folder's path as the client sent it.
    public var directory: String { folder.path }

    /// The text blocks of the prompt, joined by line ends.
    public var text: String { prompt.compactMap(\.text).joined(separator: "\n") }
}
