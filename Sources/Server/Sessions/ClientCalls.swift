import Agents
import Ledger
import Wire

/// The methods of clients that a session's agent calls, and the clients that do them. A value: it decides, and does no I/O.
///
/// ```
///               ┌── the client comes back ──┐
///               ▼                           │
///  call ──► sent on a connection ── lost ──► waits ── `returnMaximum` ──► gone
///    │          │
///    │          └── answered ──► done, refused
///    └── no client offers the method ──► nobody
/// ```
struct ClientCalls {
    /// How long a client whose connection was lost is waited for.
    static let returnMaximum = Duration.seconds(10)
    /// The most calls of a session that are open.
    static let countMaximum = 64
    /// The most bytes of their parameters: what a client that does not read keeps in memory.
    static let bytesMaximum = 16 << 20

    /// The name of a call within the session.
    typealias Number = UInt64

    /// What is to be done.
    enum Action: Hashable {
        /// Send the call on this connection.
        case send(ClientCall, Number, on: ConnectionID)
        /// The client need not do it any more.
        case withdraw(Number, on: ConnectionID)
        /// The agent is told.
        case finish(Number, ClientCallOutcome)
    }

    private struct Client {
        /// `nil` while it is away.
        var connection: ConnectionID?
        var capabilities: Set<ClientCapability>
        /// Its place in the order of attaches.
        var order: UInt64
        /// Until when it is waited for, while it is away.
        var until: Instant
    }

    private struct Open {
        var call: ClientCall
        var bytes: Int
        var client: ClientPeer
    }

    private var clients: [ClientPeer: Client] = [:]
    private var open: [Number: Open] = [:]
    private var attachments: UInt64 = 0

    /// When a client that is away is not waited for any more; `nil` while none is.
    var nextDeadline: Instant? { clients.values.filter { $0.connection == nil }.map(\.until).min() }

    /// A client has attached: what it was asked before it went away is sent to it again.
    mutating func attached(
        _ peer: ClientPeer, offering capabilities: Set<ClientCapability>, on connection: ConnectionID
    ) -> [Action] {
        let before = clients[peer]
        guard before?.connection != connection else { return [] }
        guard !capabilities.isEmpty || before != nil else { return [] }
        attachments += 1
        clients[peer] = Client(connection: connection, capabilities: capabilities, order: attachments, until: .zero)
        return numbers(of: peer).compactMap { number in open[number].map { .send($0.call, number, on: connection) } }
    }

    /// A connection has ended, or its client has left the session.
    ///
    /// - Parameter returns: Whether the client may come back: not if it has left, nor if it cannot be told from others.
    mutating func detached(_ connection: ConnectionID, returns: Bool, at now: Instant) -> [Action] {
        guard let (peer, client) = clients.first(where: { $0.value.connection == connection }) else { return [] }
        guard returns, !client.capabilities.isEmpty else { return forget(peer) }
        clients[peer]?.connection = nil
        clients[peer]?.until = now + ClientCalls.returnMaximum
        return []
    }

    /// The time has passed: clients that did not come back are gone.
    mutating func advance(to now: Instant) -> [Action] {
        let gone = clients.filter { $0.value.connection == nil && $0.value.until <= now }
        return gone.keys.sorted { $0.name < $1.name }.flatMap { forget($0) }
    }

    private mutating func forget(_ peer: ClientPeer) -> [Action] {
        clients[peer] = nil
        return numbers(of: peer).map { finish($0, .gone) }
    }

    /// The agent calls a method.
    ///
    /// - Parameter peer: The client that has to do it; `nil` for the one that attached last of those that offer it.
    mutating func call(_ call: ClientCall, _ number: Number, of peer: ClientPeer?) -> [Action] {
        guard let capability = ClientCapability(for: call.method) else {
            return [.finish(number, .refused(.methodNotFound(call.method)))]
        }
        let offering = clients.filter { $0.value.capabilities.contains(capability) && (peer == nil || $0.key == peer) }
        guard let (peer, client) = offering.max(by: { $0.value.order < $1.value.order }) else {
            return [.finish(number, peer == nil ? .nobody : .gone)]
        }
        let bytes = call.params.text.utf8.count
        guard open.count < ClientCalls.countMaximum,
            open.values.reduce(bytes, { $0 + $1.bytes }) <= ClientCalls.bytesMaximum
        else {
            return [
                .finish(number, .refused(RPCError(.internalError, "too much waits for the client already")))
            ]
        }
        open[number] = Open(call: call, bytes: bytes, client: peer)
        return client.connection.map { [.send(call, number, on: $0)] } ?? []
    }

    /// A client has answered.
    mutating func answered(
        _ number: Number, on connection: ConnectionID, _ result: Result<JSON, RPCError>
    ) -> [Action] {
        guard let peer = open[number]?.client, clients[peer]?.connection == connection else { return [] }
        switch result {
        case .success(let result): return [finish(number, .done(result, by: peer))]
        case .failure(let error): return [finish(number, .refused(error))]
        }
    }

    /// The agent does not wait for it any more.
    mutating func cancelled(_ number: Number) -> [Action] {
        guard let call = open.removeValue(forKey: number) else { return [] }
        let connection = clients[call.client]?.connection
        return [.finish(number, .gone)] + (connection.map { [.withdraw(number, on: $0)] } ?? [])
    }

    /// The session leaves memory.
    mutating func endAll() -> [Action] {
        clients = [:]
        return open.keys.sorted().map { finish($0, .gone) }
    }

    private mutating func finish(_ number: Number, _ outcome: ClientCallOutcome) -> Action {
        open[number] = nil
        return .finish(number, outcome)
    }

    private func numbers(of peer: ClientPeer) -> [Number] {
        open.filter { $0.value.client == peer }.keys.sorted()
    }
}
