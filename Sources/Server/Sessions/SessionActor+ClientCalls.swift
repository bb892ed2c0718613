import Agents
import Ledger
import NIOCore
import Wire

/// What clients do for the agent: files and terminals of editors (``ClientCalls``).
extension SessionActor {
    /// Has a client do something; returns when it has, or when it is known that none does.
    func call(_ method: String, _ params: JSON, of client: ClientPeer?) async -> ClientCallOutcome {
        guard !isGone else { return client == nil ? .nobody : .gone }
        let number = services.number()
        let call = ClientCall(key: RequestKey("call-\(services.mint())"), method: method, params: params)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                callers[number] = continuation
                perform(clientCalls.call(call, number, of: client))
            }
        } onCancel: {
            // Behind the call itself, which runs on this loop now.
            loop.execute { self.assumeIsolated { $0.perform($0.clientCalls.cancelled(number)) } }
        }
    }

    /// A client has attached, which may do something for agents. Forms are questions, which are no calls.
    func offers(_ attacher: Attacher) {
        let offered = attacher.capabilities.subtracting([.elicitation])
        perform(clientCalls.attached(attacher.peer, offering: offered, on: attacher.connection.id))
    }

    /// A client has answered to a call.
    func answered(_ number: ClientCalls.Number, on connection: ConnectionID, _ result: Result<JSON, RPCError>) {
        perform(clientCalls.answered(number, on: connection, result))
    }

    /// A client is away: it is waited for if it may come back.
    func lostClient(_ connection: ConnectionID, returns: Bool) {
        perform(clientCalls.detached(connection, returns: returns, at: services.clock.now.instant))
        guard let deadline = clientCalls.nextDeadline else { return }
        let delay = max(.zero, deadline - services.clock.now.instant)
        loop.scheduleTask(in: .nanoseconds(delay.nanoseconds)) {
            self.assumeIsolated { $0.perform($0.clientCalls.advance(to: deadline)) }
        }
    }

    /// The session leaves memory: its agent waits for nobody.
    func endCalls() { perform(clientCalls.endAll()) }

    private func perform(_ actions: [ClientCalls.Action]) {
        for action in actions {
            switch action {
            case .send(let call, let number, let connection):
                services.connections[connection]?.post { [id] in $0.carry(call, number, of: id) }
            case .withdraw(let number, let connection):
                services.connections[connection]?.post { $0.withdraw(number) }
            case .finish(let number, let outcome):
                callers.removeValue(forKey: number)?.resume(returning: outcome)
            }
        }
    }
}

extension SessionActor.Attacher {
    /// The client, by a name that it keeps; a plain ACP client has none, and is its connection.
    fileprivate var peer: ClientPeer {
        ClientPeer(client.map { "client \($0)" } ?? "connection \(connection.id.rawValue)")
    }
}
