public import Ledger
public import Wire

/// A store that passes everything on to another one. A type that conforms to it implements what it changes.
public protocol ForwardingStore: JournalStore, TokenStore {
    /// Where everything is.
    var base: any JournalStore & TokenStore { get }
}

extension ForwardingStore {
    /// As in the base.
    public var now: Instant { base.now }
    /// As in the base.
    public func acquire(
        _ session: SessionID, of principal: Principal?, node: NodeID, ttl: Duration, by deadline: Deadline
    ) throws(StoreError) -> (session: StoredSession, lease: Lease)? {
        try base.acquire(session, of: principal, node: node, ttl: ttl, by: deadline)
    }
    /// As in the base.
    public func renew(_ leases: [Lease], ttl: Duration, by deadline: Deadline) throws(StoreError) -> [Lease] {
        try base.renew(leases, ttl: ttl, by: deadline)
    }
    /// As in the base.
    public func release(_ leases: [Lease], by deadline: Deadline) throws(StoreError) {
        try base.release(leases, by: deadline)
    }
    /// As in the base.
    public func owner(of session: SessionID, by deadline: Deadline) throws(StoreError) -> NodeID? {
        try base.owner(of: session, by: deadline)
    }
    /// As in the base.
    public func claimUnfinished(
        node: NodeID, limit: Int, ttl: Duration, by deadline: Deadline
    ) throws(StoreError) -> [Lease] {
        try base.claimUnfinished(node: node, limit: limit, ttl: ttl, by: deadline)
    }
    /// As in the base.
    public func commit(_ commits: [LeasedCommit], by deadline: Deadline) -> [CommitOutcome] {
        base.commit(commits, by: deadline)
    }
    /// As in the base.
    public func create(
        _ session: SessionRecord, within room: SessionRoom?, by deadline: Deadline
    ) throws(StoreError) -> Creation {
        try base.create(session, within: room, by: deadline)
    }
    /// As in the base.
    public func fork(
        _ session: SessionRecord, _ plan: ForkPlan, within room: SessionRoom?, by deadline: Deadline
    ) throws(StoreError) -> Creation? {
        try base.fork(session, plan, within: room, by: deadline)
    }
    /// As in the base.
    public func expire(
        _ lease: Lease, at: Timestamp, successor: SessionID, by deadline: Deadline
    ) throws(StoreError) {
        try base.expire(lease, at: at, successor: successor, by: deadline)
    }
    /// As in the base.
    public func touch(
        _ sessions: [SessionID: Instant], served: Instant, by deadline: Deadline
    ) throws(StoreError) {
        try base.touch(sessions, served: served, by: deadline)
    }
    /// As in the base.
    public func delete(_ sessions: [SessionID], node: NodeID, by deadline: Deadline) throws(StoreError) {
        try base.delete(sessions, node: node, by: deadline)
    }
    /// As in the base.
    public func purge(by deadline: Deadline) throws(StoreError) -> Bool { try base.purge(by: deadline) }
    /// As in the base.
    public func prompt(
        _ id: ClientMessageID, of session: SessionID, by deadline: Deadline
    ) throws(StoreError) -> PromptRecord? {
        try base.prompt(id, of: session, by: deadline)
    }
    /// As in the base.
    public func entries(
        of session: SessionID, _ page: EntryPage, by deadline: Deadline
    ) throws(StoreError) -> [EncodedEntry] {
        try base.entries(of: session, page, by: deadline)
    }
    /// As in the base.
    public func usage(of principal: Principal, by deadline: Deadline) throws(StoreError) -> Int64 {
        try base.usage(of: principal, by: deadline)
    }
    /// As in the base.
    public func sessions(
        of principal: Principal, directory: String?, offset: Int, limit: Int, by deadline: Deadline
    ) throws(StoreError) -> [SessionRecord] {
        try base.sessions(of: principal, directory: directory, offset: offset, limit: limit, by: deadline)
    }
    /// As in the base.
    public func served(by deadline: Deadline) throws(StoreError) -> Instant { try base.served(by: deadline) }
    /// As in the base.
    public func abandonedSessions(
        seenBefore: Instant, isExpired: Bool, node: NodeID, limit: Int, by deadline: Deadline
    ) throws(StoreError) -> [SessionID] {
        try base.abandonedSessions(
            seenBefore: seenBefore, isExpired: isExpired, node: node, limit: limit, by: deadline)
    }
    /// As in the base.
    public func nextGeneration(by deadline: Deadline) throws(StoreError) -> Generation {
        try base.nextGeneration(by: deadline)
    }
    /// As in the base.
    public func subscribe(
        as node: NodeID, _ tell: @escaping @Sendable (StoreNotice) -> Void
    ) -> StoreSubscription {
        base.subscribe(as: node, tell)
    }
    /// As in the base.
    public func add(_ token: TokenRecord, by deadline: Deadline) throws(StoreError) {
        try base.add(token, by: deadline)
    }
    /// As in the base.
    public func token(hash: [UInt8], by deadline: Deadline) throws(StoreError) -> TokenRecord? {
        try base.token(hash: hash, by: deadline)
    }
    /// As in the base.
    public func tokens(_ ids: [String]?, by deadline: Deadline) throws(StoreError) -> [TokenRecord] {
        try base.tokens(ids, by: deadline)
    }
    /// As in the base.
    public func revoke(_ id: String, at: Timestamp, by deadline: Deadline) throws(StoreError) -> Bool {
        try base.revoke(id, at: at, by: deadline)
    }
    /// As in the base.
    public func revocations(by deadline: Deadline) throws(StoreError) -> Int64 {
        try base.revocations(by: deadline)
    }
}
