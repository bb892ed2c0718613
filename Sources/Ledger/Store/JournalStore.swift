public import Wire

/// What has a clock by which the deadlines of its callers are counted.
public protocol DeadlineClock: Sendable {
    /// The current moment.
    var now: Instant { get }
}

extension DeadlineClock {
    /// The deadline so much later than now.
    public func deadline(in delay: Duration) -> Deadline { Deadline(now + delay) }
}

/// The store of sessions and their journals, which a database implements, for one server or for several
/// (`Ledger.docc/Store.md`).
///
/// Calls block until the disk has answered, so they are made on threads of their own. Each has a deadline: a store refuses
/// work whose deadline has passed before it began with ``StoreError/notNow(_:retryAfter:)``, also while that waits for a
/// lock. What ``commit(_:by:)`` has called stored survives a crash of the process and a power cut.
public protocol JournalStore: DeadlineClock {
    // MARK: Leases

    /// Takes a session for a node, and reads everything that its ledger needs to go on. The lease fences all earlier ones
    /// of the session, also of the same node.
    ///
    /// - Parameters:
    ///   - principal: The owner that the session has to have; any when `nil`. Checked before anything else is read, and
    ///     before any lease is touched.
    ///   - ttl: When the lease lapses unless it is renewed, if the store's leases lapse.
    /// - Returns: `nil` when the session does not exist or has another owner.
    /// - Throws: ``StoreError``: `notNow` while another node serves it. After an error earlier leases are as they were.
    func acquire(
        _ session: SessionID, of principal: Principal?, node: NodeID, ttl: Duration, by deadline: Deadline
    ) throws(StoreError) -> (session: StoredSession, lease: Lease)?

    /// Prolongs leases.
    ///
    /// - Returns: Those that are the newest of their sessions, with their new ends; the sessions of the others have to be
    ///   dropped.
    func renew(_ leases: [Lease], ttl: Duration, by deadline: Deadline) throws(StoreError) -> [Lease]

    /// Gives leases back; those that are not the newest of their sessions are left unchanged.
    func release(_ leases: [Lease], by deadline: Deadline) throws(StoreError)

    /// The node that serves a session; `nil` when none does, or when its lease has lapsed.
    func owner(of session: SessionID, by deadline: Deadline) throws(StoreError) -> NodeID?

    /// Takes sessions for a node that have a turn that has not ended or waiting prompts and that no node serves: those
    /// that were interrupted by the end of their server.
    ///
    /// - Parameter limit: How many at most; when there are as many, there may be others.
    /// - Returns: Their leases. What is in a session is read with
    ///   ``acquire(_:of:node:ttl:by:)``, which may find it damaged.
    func claimUnfinished(
        node: NodeID, limit: Int, ttl: Duration, by deadline: Deadline
    ) throws(StoreError) -> [Lease]

    // MARK: Writing

    /// Writes commits, each completely or not at all, as far as possible in one transaction.
    ///
    /// - Returns: The outcome of each, in their order.
    func commit(_ commits: [LeasedCommit], by deadline: Deadline) -> [CommitOutcome]

    /// Adds a session if there is room for it, in one step, and stores its sign of life as the served time unless a later
    /// one is stored.
    ///
    /// - Parameter room: How many sessions the user may have; any number when `nil`. A session that is there already, under
    ///   that name or under its `clientSessionKey`, is found also when there is no room.
    func create(_ session: SessionRecord, within room: SessionRoom?, by deadline: Deadline) throws(StoreError)
        -> Creation

    /// Adds a session that begins with a copy of another one of the same user, if there is room for it: nobody finds it
    /// before all of it is copied. The entries are copied in parts, so that commits of others come in between, and a fork
    /// that the end of the process interrupts is removed by ``purge(by:)``.
    ///
    /// - Parameter room: As in ``create(_:within:by:)``.
    /// - Returns: What became of it; `nil` when there is no session to copy any more.
    func fork(_ session: SessionRecord, _ plan: ForkPlan, within room: SessionRoom?, by deadline: Deadline)
        throws(StoreError) -> Creation?

    /// Marks a session as expired; an earlier mark stays.
    ///
    /// - Throws: ``StoreError``: `notNow` when the lease is not the newest of the session.
    func expire(
        _ lease: Lease, at: Timestamp, successor: SessionID, by deadline: Deadline
    ) throws(StoreError)

    /// Stores when clients of these sessions gave their last sign of life; expired sessions are left unchanged. It needs
    /// no lease: a sign of life that was seen was given, and only a later one is stored.
    ///
    /// - Parameter served: How long the sessions have been served; never less than before.
    func touch(_ sessions: [SessionID: Instant], served: Instant, by deadline: Deadline) throws(StoreError)

    /// Marks sessions, their journals and their prompts as deleted, all of them or none: from now on they cannot be found,
    /// and nothing can be written to them. ``purge(by:)`` removes their rows.
    ///
    /// - Throws: ``StoreError``: `notNow` when another node serves one of them.
    func delete(_ sessions: [SessionID], node: NodeID, by deadline: Deadline) throws(StoreError)

    /// Removes a bounded number of rows of deleted sessions, in a transaction of its own, so that commits do not wait
    /// while a long journal is deleted.
    ///
    /// - Returns: Whether more remains.
    func purge(by deadline: Deadline) throws(StoreError) -> Bool

    // MARK: Reading

    /// The prompt with that idempotency key, accepted in this session; without its content once its turn has ended.
    func prompt(
        _ id: ClientMessageID, of session: SessionID, by deadline: Deadline
    ) throws(StoreError) -> PromptRecord?

    /// A page of a session's journal, in order.
    func entries(of session: SessionID, _ page: EntryPage, by deadline: Deadline) throws(StoreError) -> [EncodedEntry]

    /// How many bytes a user's sessions take, about: what entries and prompts hold, and a kilobyte for each session.
    func usage(of principal: Principal, by deadline: Deadline) throws(StoreError) -> Int64

    /// The sessions of a principal, the one used last first, at most `limit` of them behind `offset`.
    func sessions(
        of principal: Principal, directory: String?, offset: Int, limit: Int, by deadline: Deadline
    ) throws(StoreError) -> [SessionRecord]

    /// How long the sessions have been served, as last stored; zero at first.
    func served(by deadline: Deadline) throws(StoreError) -> Instant

    /// Sessions in which nothing is going on and whose clients gave their last sign of life before `seenBefore`, those
    /// that have been away longest first.
    ///
    /// - Parameters:
    ///   - isExpired: Whether only those are wanted that are marked as expired.
    ///   - node: Who asks; sessions that another node serves are left out.
    ///   - limit: How many at most.
    func abandonedSessions(
        seenBefore: Instant, isExpired: Bool, node: NodeID, limit: Int, by deadline: Deadline
    ) throws(StoreError) -> [SessionID]

    // MARK: Order and notices

    /// The next number in the order of connections. None is issued twice or behind a higher one, by whichever node and
    /// after whichever restart. It costs no write, except for the first one that a process asks for.
    func nextGeneration(by deadline: Deadline) throws(StoreError) -> Generation

    /// Has a function called when something changes that `node` did not change itself, or that its sessions may be
    /// concerned by (``StoreNotice``).
    ///
    /// - Parameter tell: Called on a thread of the store, which waits for it: it passes the notice on and returns.
    func subscribe(
        as node: NodeID, _ tell: @escaping @Sendable (StoreNotice) -> Void
    ) -> StoreSubscription
}
