import Ledger
import Platform
import Wire

/// Who is connected: counts connections of each user, and finds those that a newer one of the same client supersedes.
final class ConnectionRegistry: Sendable {
    /// Why a connection is not admitted.
    enum Refusal: Hashable {
        /// `limits.connections` is reached.
        case full
        /// `limits.connections_per_user` is reached.
        case userFull
    }

    private struct State {
        var connections: [ConnectionID: ConnectionActor] = [:]
        /// The connections of each user, so that work per user does not grow with everybody's connections.
        var byUser: [Principal: Set<ConnectionID>] = [:]
        /// The installations that said who they are.
        var clients: [ConnectionID: ClientID] = [:]
    }

    private let state = Locked(State())

    /// How many connections are open.
    var count: Int { state.withLock { $0.connections.count } }

    /// All that are open.
    var all: [ConnectionActor] { state.withLock { Array($0.connections.values) } }

    /// The connection of that number, if it is open.
    subscript(_ id: ConnectionID) -> ConnectionActor? { state.withLock { $0.connections[id] } }

    /// Those of them that are open.
    func find(_ ids: some Sequence<ConnectionID>) -> [ConnectionActor] {
        state.withLock { state in ids.compactMap { state.connections[$0] } }
    }

    /// Admits a connection, unless a bound is reached.
    func add(_ connection: ConnectionActor, maximum: Int, perUser: Int) -> Refusal? {
        state.withLock { state in
            guard state.connections.count < maximum else { return .full }
            guard state.byUser[connection.principal]?.count ?? 0 < perUser else { return .userFull }
            state.connections[connection.id] = connection
            state.byUser[connection.principal, default: []].insert(connection.id)
            return nil
        }
    }

    /// Removes a connection that has ended.
    ///
    /// - Returns: Whether it was there.
    func remove(_ connection: ConnectionActor) -> Bool {
        state.withLock { state in
            guard state.connections.removeValue(forKey: connection.id) != nil else { return false }
            state.clients[connection.id] = nil
            state.byUser[connection.principal]?.remove(connection.id)
            if state.byUser[connection.principal]?.isEmpty == true { state.byUser[connection.principal] = nil }
            return true
        }
    }

    /// Notes which installation a connection belongs to.
    func name(_ connection: ConnectionID, _ client: ClientID) {
        state.withLock { if $0.connections[connection] != nil { $0.clients[connection] = client } }
    }

    /// The older connections of the same user and the same client, in the order that the store issues. A newer connection
    /// stays: the first frame on an old one may have been in flight since before the network changed.
    func older(than connection: ConnectionActor, of client: ClientID) -> [ConnectionActor] {
        state.withLock { state in
            (state.byUser[connection.principal] ?? [])
                .filter { state.clients[$0] == client }
                .compactMap { state.connections[$0] }
                .filter { $0.generation < connection.generation }
        }
    }
}
