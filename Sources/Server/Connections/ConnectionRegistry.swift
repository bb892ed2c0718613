import Ledger
import Platform
import Wire

/// Who is connected: the ``ConnectionTable`` of this server, for all threads.
final class ConnectionRegistry: Sendable {
    typealias Table = ConnectionTable<ConnectionActor>

    private let table = Locked(Table())

    /// How many connections are open.
    var count: Int { table.withLock { $0.count } }

    /// All that are open.
    var all: [ConnectionActor] { table.withLock { $0.all } }

    /// The connection of that number, if it is open.
    subscript(_ id: ConnectionID) -> ConnectionActor? { table.withLock { $0[id] } }

    /// All connections of a user.
    func connections(of principal: Principal) -> [ConnectionActor] {
        table.withLock { $0.connections(of: principal) }
    }

    /// Those of them that are open.
    func find(_ ids: some Sequence<ConnectionID>) -> [ConnectionActor] {
        table.withLock { table in ids.compactMap { table[$0] } }
    }

    /// Admits a connection, unless `limits.connections` or `limits.connections_per_user` is reached.
    func add(_ connection: ConnectionActor, maximum: Int, perUser: Int) -> Table.Refusal? {
        table.withLock { table in
            table.add(
                connection, connection.id, of: connection.principal, generation: connection.generation,
                maximum: maximum, perUser: perUser)
        }
    }

    /// Removes a connection that has ended.
    ///
    /// - Returns: Whether it was there.
    func remove(_ connection: ConnectionActor) -> Bool { table.withLock { $0.remove(connection.id) } }

    /// Notes which installation a connection belongs to.
    func name(_ connection: ConnectionID, _ client: ClientID) { table.withLock { $0.name(connection, client) } }

    /// The older connections of the same user and the same client.
    func older(than connection: ConnectionActor, of client: ClientID) -> [ConnectionActor] {
        table.withLock { $0.superseded(by: connection.generation, of: client, connection.principal) }
    }
}
