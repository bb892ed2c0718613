public import Agents
public import Wire

/// An agent whose turns are a closure.
public struct ClosureAgent: Agent {
    /// The name that `session/new` may ask for.
    public let name: String
    private let resumption: Resumption
    private let body: @Sendable (Turn, any AgentHost) async throws -> TurnEnd

    /// An agent.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - resumption: Whether it goes on with turns that a restart interrupted.
    ///   - body: A turn; it is cancelled as its task is.
    public init(
        name: String, resumption: Resumption = .interrupted,
        body: @escaping @Sendable (Turn, any AgentHost) async throws -> TurnEnd
    ) {
        self.name = name
        self.resumption = resumption
        self.body = body
    }

    /// Opens a session.
    public func open(_ context: SessionContext, host: any AgentHost) -> any AgentSession {
        ClosureSession(host: host, resumption: resumption, body: body)
    }
}

/// A session of a ``ClosureAgent``.
private struct ClosureSession: AgentSession {
    let host: any AgentHost
    let resumption: Resumption
    let body: @Sendable (Turn, any AgentHost) async throws -> TurnEnd
    private let turns = InProcessTurns()

    init(
        host: any AgentHost, resumption: Resumption,
        body: @escaping @Sendable (Turn, any AgentHost) async throws -> TurnEnd
    ) {
        self.host = host
        self.resumption = resumption
        self.body = body
    }

    func resume(_ turn: Turn) -> Resumption { resumption }

    func prompt(_ turn: Turn) async throws -> TurnEnd {
        try await turns.run(turn.id) { [body, host] in try await body(turn, host) }
    }

    func cancel(_ turn: TurnID) { turns.cancel(turn) }

    func close() { turns.close() }
}

/// An agent that answers every prompt by itself, in the same entries whenever it is asked the same.
public struct FixedAgent: Agent {
    private let agent: ClosureAgent

    /// An agent.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - script: What a turn appends, one commit after the other; what it throws fails the turn.
    public init(name: String = "fixed", script: @escaping @Sendable (Turn) throws -> [[Entry.Body]]) {
        agent = ClosureAgent(name: name) { turn, host in
            for entries in try script(turn) {
                try await host.emit(entries, in: turn.id)
                try await host.flush()
            }
            return TurnEnd(.endTurn)
        }
    }

    /// The name that `session/new` may ask for.
    public var name: String { agent.name }

    /// Opens a session; an interrupted answer is not started again.
    public func open(_ context: SessionContext, host: any AgentHost) -> any AgentSession {
        agent.open(context, host: host)
    }
}
