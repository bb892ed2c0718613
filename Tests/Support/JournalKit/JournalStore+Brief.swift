public import Ledger
public import Wire

extension NodeID {
    /// The only server of a store that a test uses alone.
    public static let test: NodeID = "test"
}

/// The port in brief, for tests that are not about leases and deadlines: the only server of a store, with all the time
/// there is.
extension JournalStore {
    /// Reads a session as its server does, which gives its lease back.
    public func load(_ session: SessionID, of principal: Principal?) throws(StoreError) -> StoredSession? {
        guard let taken = try take(session, of: principal) else { return nil }
        try release([taken.lease], by: .never)
        return taken.session
    }

    /// Takes a session.
    public func take(
        _ session: SessionID, of principal: Principal? = nil, for node: NodeID = .test, ttl: Duration = .seconds(10)
    ) throws(StoreError) -> (session: StoredSession, lease: Lease)? {
        try acquire(session, of: principal, node: node, ttl: ttl, by: .never)
    }

    /// The lease of a session that is there.
    public func lease(of session: SessionID, for node: NodeID = .test) throws(StoreError) -> Lease {
        guard let lease = try take(session, for: node)?.lease else { throw .failed("there is no session \(session)") }
        return lease
    }

    /// Writes commits under leases that are taken for them, and given back.
    ///
    /// - Throws: The first failure; that of a commit that is fenced says so.
    public func commit(_ commits: [Commit]) throws(StoreError) {
        var leases: [SessionID: Lease] = [:]
        for commit in commits where leases[commit.session] == nil {
            leases[commit.session] = try lease(of: commit.session)
        }
        let leased = commits.compactMap { commit in leases[commit.session].map { LeasedCommit(commit, under: $0) } }
        let outcomes = self.commit(leased, by: .never)
        try release(Array(leases.values), by: .never)
        for outcome in outcomes {
            switch outcome {
            case .stored: break
            case .fenced: throw .failed("fenced")
            case .refused(let error), .unknown(let error): throw error
            case .unavailable(let delay): throw .notNow(.unreachable("the store"), retryAfter: delay)
            }
        }
    }

    /// Writes one commit under a lease.
    public func commit(_ commit: Commit, under lease: Lease) -> CommitOutcome {
        self.commit([LeasedCommit(commit, under: lease)], by: .never)[0]
    }

    /// Adds a session, whether there is room or not.
    @discardableResult public func create(_ session: SessionRecord) throws(StoreError) -> SessionRecord {
        guard let record = try create(session, within: nil, by: .never).record else {
            throw .failed("session \(session.id) was not created")
        }
        return record
    }

    /// Marks a session as expired.
    public func expire(_ session: SessionID, at: Timestamp, successor: SessionID) throws(StoreError) {
        let lease = try lease(of: session)
        try expire(lease, at: at, successor: successor, by: .never)
        try release([lease], by: .never)
    }

    /// Stores signs of life.
    public func touch(_ sessions: [SessionID: Instant], served: Instant) throws(StoreError) {
        try touch(sessions, served: served, by: .never)
    }

    /// Deletes a session.
    public func delete(_ session: SessionID) throws(StoreError) {
        try delete([session], node: .test, by: .never)
    }

    /// Removes rows of deleted sessions.
    public func purge() throws(StoreError) -> Bool { try purge(by: .never) }

    /// The prompt with that key.
    public func prompt(_ id: ClientMessageID, of session: SessionID) throws(StoreError) -> PromptRecord? {
        try prompt(id, of: session, by: .never)
    }

    /// A page of entries.
    public func entries(of session: SessionID, _ page: EntryPage) throws(StoreError) -> [EncodedEntry] {
        try entries(of: session, page, by: .never)
    }

    /// How many bytes a user's sessions take.
    public func usage(of principal: Principal) throws(StoreError) -> Int64 { try usage(of: principal, by: .never) }

    /// The sessions of a user.
    public func sessions(
        of principal: Principal, directory: String?, offset: Int, limit: Int
    ) throws(StoreError) -> [SessionRecord] {
        try sessions(of: principal, directory: directory, offset: offset, limit: limit, by: .never)
    }

    /// The served time.
    public func served() throws(StoreError) -> Instant { try served(by: .never) }

    /// Sessions that nobody came back to.
    public func abandonedSessions(
        seenBefore: Instant, isExpired: Bool, limit: Int
    ) throws(StoreError) -> [SessionID] {
        try abandonedSessions(
            seenBefore: seenBefore, isExpired: isExpired, node: .test, limit: limit, by: .never)
    }

    /// The sessions that were interrupted, which nobody has afterwards.
    public func unfinishedSessions() throws(StoreError) -> [SessionID] {
        let leases = try claimUnfinished(node: .test, limit: .max, ttl: .seconds(10), by: .never)
        try release(leases, by: .never)
        return leases.map(\.session)
    }
}

extension TokenStore {
    /// Stores a token.
    public func add(_ token: TokenRecord) throws(StoreError) { try add(token, by: .never) }

    /// The token with that SHA-256.
    public func token(hash: [UInt8]) throws(StoreError) -> TokenRecord? { try token(hash: hash, by: .never) }

    /// The records of tokens.
    public func tokens(_ ids: [String]?) throws(StoreError) -> [TokenRecord] { try tokens(ids, by: .never) }

    /// Revokes a token.
    public func revoke(_ id: String, at: Timestamp) throws(StoreError) -> Bool {
        try revoke(id, at: at, by: .never)
    }

    /// How often tokens were revoked.
    public func revocations() throws(StoreError) -> Int64 { try revocations(by: .never) }
}
