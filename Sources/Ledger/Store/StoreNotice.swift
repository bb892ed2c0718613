public import Wire

/// What a store tells its subscribers: that something changed, never what the state is. A notice may be lost with the
/// store's connection, so whoever acts on one reads the store, and does so now and then without one.
public enum StoreNotice: Hashable, Sendable {
    /// A token was added or revoked (``TokenStore/revocations(by:)``).
    case tokensChanged
    /// A session was marked as expired.
    case expired(SessionID, SessionRecord.Expired)
    /// A session was written to by another node, up to this entry: it is served there now.
    case committed(SessionID, head: Seq, by: NodeID)
}

/// A subscription to a store's notices, until it is cancelled.
public struct StoreSubscription: Sendable {
    private let end: @Sendable () -> Void

    /// Creates a subscription that ends by calling the function.
    public init(_ end: @escaping @Sendable () -> Void) { self.end = end }

    /// Ends it; a notice that is being told may still arrive.
    public func cancel() { end() }
}
