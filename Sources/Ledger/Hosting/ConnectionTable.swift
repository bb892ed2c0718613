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

        fileprivate var installation: Installation? { client.map { Installation(principal: principal, client: $0) } }
    }

    /// An installation of a user.
    fileprivate struct Installation: Hashable, Sendable {
        var principal: Principal
        var client: ClientID
    }

    private var open: [ConnectionID: Open] = [:]
    /// The connections of each user.
    private var byUser: [Principal: Set<ConnectionID>] = [:]
    /// The connections of each installation, so that an attach costs the same however many others there are.
    private var byInstallation: [Installation: Set<ConnectionID>] = [:]

    /// Creates a table without connections.
    public init() {}

    /// How many connections are open.
    public var count: Int { open.count }

    /// All that are open.
    public var all: [Connection] { open.values.map(\.connection) }

    /// The connections of a user, in no order.
    public func connections(of principal: Principal) -> [Connection] {
        (byUser[principal] ?? []).compactMap { open[$0]?.connection }
    }

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
        guard let ended = open.removeValue(forKey: id) else { return false }
        byUser[ended.principal]?.remove(id)
        if byUser[ended.principal]?.isEmpty == true { byUser[ended.principal] = nil }
        forget(id, of: ended.installation)
        return true
    }

    /// Notes which installation a connection belongs to.
    public mutating func name(_ id: ConnectionID, _ client: ClientID) {
        guard let named = open[id] else { return }
        forget(id, of: named.installation)
        open[id]?.client = client
        byInstallation[Installation(principal: named.principal, client: client), default: []].insert(id)
    }

    private mutating func forget(_ id: ConnectionID, of installation: Installation?) {
        guard let installation else { return }
        byInstallation[installation]?.remove(id)
        if byInstallation[installation]?.isEmpty == true { byInstallation[installation] = nil }
    }

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
        let ids = byInstallation[Installation(principal: principal, client: client)] ?? []
        return ids.compactMap { id in
            guard let other = open[id], other.generation < generation, other.generation != .none else { return nil }
            return other.connection
        }
    }
}

extension ConnectionTable: Sendable where Connection: Sendable {}
extension ConnectionTable.Open: Sendable where Connection: Sendable {}
