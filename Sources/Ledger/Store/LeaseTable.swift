public import Wire

/// Who serves which session: the rules of leases, as a value.
///
/// What counts is the token. A lease that lapsed and that nobody has taken since is still the newest, and its holder may
/// write and renew it: nothing can have been written in between.
public struct LeaseTable: Sendable {
    /// Who may hold leases.
    public enum Sharing: Hashable, Sendable {
        /// One process has the store for itself. A lease is always granted, fences the one before it, and never lapses.
        case oneProcess
        /// Several nodes share the store. A node gets no session of which another has a lease that has not lapsed.
        case severalNodes
    }

    /// Who may hold leases.
    public let sharing: Sharing
    private var leases: [SessionID: Lease] = [:]
    /// The token that was issued last. One count for all sessions, so that a session's tokens grow also when its earlier
    /// leases are forgotten.
    private var last: Int64

    /// Creates a table without leases.
    ///
    /// - Parameter last: The last token that an earlier table of the store may have issued.
    public init(_ sharing: Sharing, after last: FencingToken = FencingToken(rawValue: 0)) {
        self.sharing = sharing
        self.last = last.rawValue
    }

    /// The token that was issued last.
    public var lastToken: FencingToken { FencingToken(rawValue: last) }

    /// Checks that a node may take a session.
    ///
    /// - Throws: ``StoreError/notNow(_:retryAfter:)`` while another node serves it, with the rest of its lease as the
    ///   delay.
    public func check(_ session: SessionID, for node: NodeID, at now: Instant) throws(StoreError) {
        guard sharing == .severalNodes, let lease = leases[session], lease.node != node, !lease.hasLapsed(at: now)
        else {
            return
        }
        let left = lease.expiresAt.map { $0 - now } ?? StoreError.Obstacle.retryDefault
        throw .notNow(.ownedElsewhere(session, by: lease.node.rawValue), retryAfter: left)
    }

    /// Grants the next lease of a session, which fences all before it, also those of the same node.
    ///
    /// - Parameter ttl: When it lapses unless it is renewed, from now on; of no meaning to one process.
    /// - Throws: As ``check(_:for:at:)``.
    public mutating func grant(
        _ session: SessionID, to node: NodeID, ttl: Duration, at now: Instant
    ) throws(StoreError) -> Lease {
        try check(session, for: node, at: now)
        last += 1
        return keep(session, node, FencingToken(rawValue: last), ttl, now)
    }

    /// Prolongs a lease from now on.
    ///
    /// - Returns: The lease with its new end; `nil` when it is not the newest of its session.
    public mutating func renew(_ lease: Lease, ttl: Duration, at now: Instant) -> Lease? {
        guard isNewest(lease) else { return nil }
        return keep(lease.session, lease.node, lease.token, ttl, now)
    }

    private mutating func keep(
        _ session: SessionID, _ node: NodeID, _ token: FencingToken, _ ttl: Duration, _ now: Instant
    ) -> Lease {
        let expiresAt: Instant? =
            switch sharing {
            case .oneProcess: nil
            case .severalNodes: now + ttl
            }
        let lease = Lease(session: session, node: node, token: token, expiresAt: expiresAt)
        leases[session] = lease
        return lease
    }

    /// Whether the lease is the newest of its session, and has been given back neither by its holder nor by the deletion
    /// of the session: only under such a one is anything written.
    public func isNewest(_ lease: Lease) -> Bool {
        guard let newest = leases[lease.session] else { return false }
        return newest.token == lease.token && newest.node == lease.node
    }

    /// Takes a lease back from its holder; one that is not the newest is gone already.
    public mutating func release(_ lease: Lease) {
        if isNewest(lease) { leases[lease.session] = nil }
    }

    /// Takes a session from whoever serves it.
    public mutating func revoke(_ session: SessionID) { leases[session] = nil }

    /// Takes all sessions from whoever serves them.
    public mutating func revokeAll() { leases = [:] }

    /// The node that serves a session; `nil` when none does, or when its lease has lapsed.
    public func owner(of session: SessionID, at now: Instant) -> NodeID? {
        leases[session].flatMap { $0.hasLapsed(at: now) ? nil : $0.node }
    }
}
