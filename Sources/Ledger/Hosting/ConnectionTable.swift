public import Wire

/// Who is connected, as a value: counts the connections of each user, and knows which of a client's are superseded.
///
/// Of two connections of one client the one with the later ``Generation`` takes over (`protocol.md` §1). Connections are
/// of the same client when both their user and the installation that they name are the same: an installation says its
/// own name, so another user's may say it, too.
public struct ConnectionTable<Connection> {
    /// Why a connection is not admitted.
    public enum Refusal: Hashable, Sendable {
        /// As many connections are open as may be.
        case full
        /// As many connections of this user are open as may be.
        case userFull
    }

    fileprivate struct Open {
        var connection: Connection
        var principal: Principal
        var generation: Generation
        /// The installation, once it has said who it is.
        var client: ClientID?
    }

    private var open: [ConnectionID: Open] = [:]
    /// The connections of each user, so that work per user does not grow with everybody's connections.
    private var byUser: [Principal: Set<ConnectionID>] = [:]

    /// Creates a table without connections.
    public init() {}

    /// How many connections are open.
    public var count: Int { open.count }

    /// All that are open.
    public var all: [Connection] { open.values.map(\.connection) }

    /// The connection of that number, if it is open.
    public subscript(_ id: ConnectionID) -> Connection? { open[id]?.connection }

    /// Admits a connection, unless a bound is reached.
    ///
    /// - Parameters:
    ///   - principal: The user whose it is.
    ///   - generation: Its place in the order of all connections, as the store has issued it.
    ///   - maximum: How many connections may be open.
    ///   - perUser: How many connections of one user may be open.
    /// - Returns: Why it is not admitted; `nil` when it is, until ``remove(_:)``.
    public mutating func add(
        _ connection: Connection, _ id: ConnectionID, of principal: Principal, generation: Generation,
        maximum: Int = .max, perUser: Int = .max
    ) -> Refusal? {
        guard open.count < maximum else { return .full }
        guard byUser[principal]?.count ?? 0 < perUser else { return .userFull }
        open[id] = Open(connection: connection, principal: principal, generation: generation)
        byUser[principal, default: []].insert(id)
        return nil
    }

    /// Removes a connection that has ended.
    ///
    /// - Returns: Whether it was there.
    public mutating func remove(_ id: ConnectionID) -> Bool {
        guard let principal = open.removeValue(forKey: id)?.principal else { return false }
        byUser[principal]?.remove(id)
        if byUser[principal]?.isEmpty == true { byUser[principal] = nil }
        return true
    }

    /// Notes which installation a connection belongs to.
    public mutating func name(_ id: ConnectionID, _ client: ClientID) { open[id]?.client = client }

    /// The connections that a newer one of the same client supersedes, in no order. One that is newer still is not among
    /// them: the first frame on an old one may have been in flight since before the network changed. Nor is one without a
    /// place in the order (``Generation/none``), which may be the newest of all; a half-open one ends with its heartbeat.
    ///
    /// - Parameters:
    ///   - generation: The place of the newer connection in the order of all.
    ///   - client: The installation that it belongs to.
    ///   - principal: The user whose it is.
    public func superseded(
        by generation: Generation, of client: ClientID, _ principal: Principal
    ) -> [Connection] {
        (byUser[principal] ?? []).compactMap { id in
            guard let other = open[id], other.client == client, other.generation < generation,
                other.generation != .none
            else { return nil }
            return other.connection
        }
    }
}

extension ConnectionTable: Sendable where Connection: Sendable {}
extension ConnectionTable.Open: Sendable where Connection: Sendable {}
