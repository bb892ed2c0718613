public import Wire

/// An agent: a back end that answers prompts.
///
/// An agent never sees a connection. It works for the journal, through its ``AgentHost``, whether or not a client is
/// attached. The port is here and not beside the store's in the pure core, because its methods wait.
public protocol Agent: Sendable {
    /// The name by which `session/new` selects it (`_meta.belay.agent`).
    var name: String { get }

    /// How many bytes of the journal before a turn the agent is given with it (``Turn/earlier``).
    var historyBytes: Int { get }

    /// Whether the agent is opened as soon as a session begins, rather than with its first turn: because it takes a while
    /// to start, and because what can be set is not known before.
    var opensEarly: Bool { get }

    /// Opens the agent's side of a session, before the first turn since the session was loaded, or since the agent ended.
    ///
    /// - Parameters:
    ///   - context: The session, and what is known of the agent's side of it.
    ///   - host: What the agent works for; it may be used from now on until the session is closed.
    /// - Throws: A ``TurnError`` ends the turn with its sentence, any other error with a general one of the server; the
    ///   next turn opens it again.
    func open(_ context: SessionContext, host: any AgentHost) async throws -> any AgentSession
}

extension Agent {
    /// None: most agents have a memory of their own, or are content with the messages.
    public var historyBytes: Int { 0 }

    /// With the first turn.
    public var opensEarly: Bool { false }
}

/// The session that an agent is opened for.
public struct SessionContext: Sendable {
    /// The server's name for the session.
    public var session: SessionID
    /// The folder of the session, as the agent may use it.
    public var folder: SessionFolder
    /// The agent's own name for the session, if it had one (``AgentHost/remember(_:)``).
    public var agentSessionID: AgentSessionID?
    /// The servers of the Model Context Protocol that the session's client named (`mcpServers` of `session/new`).
    public var mcpServers: [JSON]
    /// What could be set when the agent was open last, with what was set (``ConfigOption``); empty before it was.
    public var options: [JSON]

    /// Creates the context of a session.
    public init(
        session: SessionID, folder: SessionFolder, agentSessionID: AgentSessionID? = nil, mcpServers: [JSON] = [],
        options: [JSON] = []
    ) {
        self.session = session
        self.folder = folder
        self.agentSessionID = agentSessionID
        self.mcpServers = mcpServers
        self.options = options
    }
}
