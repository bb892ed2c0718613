import Platform
import Wire

/// A model's side of a session. It keeps nothing of it: everything it knows is in the journal.
final class ModelSession: AgentSession {
    let agent: ModelAgent
    let toolbox: Toolbox
    let host: any AgentHost
    private let servers: [MCPServer]
    private let turns = InProcessTurns()
    /// The model that is chosen.
    private let chosen: Locked<String>

    init(
        _ agent: ModelAgent, _ toolbox: Toolbox, _ servers: [MCPServer], choosing options: [JSON], host: any AgentHost
    ) {
        chosen = Locked(agent.settings.model(chosenIn: options))
        self.agent = agent
        self.toolbox = toolbox
        self.servers = servers
        self.host = host
    }

    var offers: AgentOffers {
        AgentOffers(
            options: agent.settings.options(choosing: chosen.withLock { $0 }),
            promptKinds: agent.settings.takesImages ? [.image, .embeddedContext] : [.embeddedContext])
    }

    func set(_ setting: AgentSetting) async throws -> [JSON] {
        let (before, offers) = (offers.options, offers)
        guard case .option(_, let value) = try offers.own(setting), let model = value.string,
            before.compactMap(ConfigOption.init).contains(where: { $0.offers(model) })
        else { throw RPCError.invalidParams("there is no such model to choose") }
        chosen.withLock { $0 = model }
        let after = agent.settings.options(choosing: model)
        if before != after { try await host.emit([.update(ConfigOption.update(after))], in: nil) }
        return after
    }

    /// Goes on where the entries end: with the answer that broke off, or with the tools that have not run.
    func resume(_ turn: Turn) -> Resumption {
        let round = ModelRounds(turn.id, turn.recorded.map(\.body)).current
        guard agent.settings.continuation == .off, !round.isOver, !round.text.isEmpty else { return .goesOn }
        return .ends("the server was restarted in the middle of the answer: what there was of it is kept")
    }

    func prompt(_ turn: Turn) async throws -> TurnEnd {
        let model = chosen.withLock { $0 }
        return try await turns.run(turn.id) { [agent, toolbox, host] in
            var work = ModelTurn(turn, model: model, agent, toolbox, host)
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
