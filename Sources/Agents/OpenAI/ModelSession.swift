import Wire

/// A model's side of a session. It keeps nothing of it: everything it knows is in the journal.
struct ModelSession: AgentSession {
    let agent: ModelAgent
    let toolbox: Toolbox
    let host: any AgentHost
    private let servers: [MCPServer]
    private let turns = InProcessTurns()

    init(_ agent: ModelAgent, _ toolbox: Toolbox, _ servers: [MCPServer], host: any AgentHost) {
        self.agent = agent
        self.toolbox = toolbox
        self.servers = servers
        self.host = host
    }

    var offers: AgentOffers {
        AgentOffers(promptKinds: agent.settings.takesImages ? [.image, .embeddedContext] : [.embeddedContext])
    }

    /// Goes on where the entries end: with the answer that broke off, or with the tools that have not run.
    func resume(_ turn: Turn) -> Resumption {
        let round = ModelRounds(turn.id, turn.recorded.map(\.body)).current
        guard agent.settings.continuation == .off, !round.isOver, !round.text.isEmpty else { return .goesOn }
        return .ends("the server was restarted in the middle of the answer: what there was of it is kept")
    }

    func prompt(_ turn: Turn) async throws -> TurnEnd {
        try await turns.run(turn.id) { [agent, toolbox, host] in
            var work = ModelTurn(turn, agent, toolbox, host)
            return try await work.run()
        }
    }

    func cancel(_ turn: TurnID) { turns.cancel(turn) }

    func close() async {
        turns.close()
        await withTaskGroup(of: Void.self) { group in
            for server in servers { group.addTask { await server.close() } }
        }
    }
}
