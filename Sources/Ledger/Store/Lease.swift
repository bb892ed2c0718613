public import Wire

/// A server of a cluster, as the store knows it: one name for each server, the same after a restart.
public struct NodeID: RawRepresentable, Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The name.
    public let rawValue: String

    /// The node of that name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The node of that name.
    public init(stringLiteral name: String) { rawValue = name }

    /// The name, as it is logged.
    public var description: String { rawValue }
}

/// A number that grows with each lease of a session, so that the store can tell the newest one from all before it
/// (a fencing token).
///
/// A server that was stopped for a while, by its machine or its network, believes that its lease still holds. What it
/// writes then carries a lower number than that of the server in its place, and the store refuses it.
public struct FencingToken: RawRepresentable, Hashable, Comparable, Sendable {
    /// The number.
    public let rawValue: Int64

    /// The token of that number.
    public init(rawValue: Int64) { self.rawValue = rawValue }

    /// Whether the left one was issued before the right one, for leases of one session.
    public static func < (left: FencingToken, right: FencingToken) -> Bool { left.rawValue < right.rawValue }
}

/// The right of one node to serve a session and to write to it, until it lapses or another lease is granted.
public struct Lease: Hashable, Sendable {
    /// The session.
    public let session: SessionID
    /// Who serves it.
    public let node: NodeID
    /// What tells it from earlier and later leases of the session.
    public let token: FencingToken
    /// When another node may take the session, by the clock of the store, unless it is renewed; `nil` for a lease that
    /// does not lapse.
    public let expiresAt: Instant?

    /// Creates a lease; only a store grants one.
    public init(session: SessionID, node: NodeID, token: FencingToken, expiresAt: Instant?) {
        self.session = session
        self.node = node
        self.token = token
        self.expiresAt = expiresAt
    }

    /// Whether another node may take the session.
    public func hasLapsed(at now: Instant) -> Bool { expiresAt.map { now >= $0 } ?? false }
}

/// A place in the order of all connections that the servers of a store have ever accepted. Of two connections of one
/// client the one with the later generation takes over (`protocol.md` §1).
public struct Generation: RawRepresentable, Hashable, Comparable, Sendable {
    /// The number.
    public let rawValue: Int64

    /// The generation of that number.
    public init(rawValue: Int64) { self.rawValue = rawValue }

    /// The place before all that are issued, which begin at 1: for a connection that has none.
    public static let none = Generation(rawValue: 0)

    /// Whether the left one was issued first.
    public static func < (left: Generation, right: Generation) -> Bool { left.rawValue < right.rawValue }
}
