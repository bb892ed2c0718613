public import Journal
public import JournalKit
public import Ledger
public import Wire

/// A store on disk that a test gets between: it sees, holds or changes what the server reads.
public final class HookedStore: ForwardingStore {
    /// Changes the entries that were read for a replay or a page of history, or fails.
    public typealias EntriesRead = @Sendable (SessionID, [EncodedEntry]) throws(StoreError) -> [EncodedEntry]

    /// Called before a session is loaded for a user, or for the server itself, on the thread that does it; holds it, or
    /// fails.
    public typealias SessionLoaded = @Sendable (SessionID, Principal?) throws(StoreError) -> Void

    /// Called when a commit has been written, on the thread that did it; fails, and the server does not hear of it.
    public typealias Committed = @Sendable () throws(StoreError) -> Void

    /// Called before a token is looked up, on the thread that does it; holds it, or fails.
    public typealias TokenLookedUp = @Sendable () throws(StoreError) -> Void

    /// Where everything is.
    public var base: any JournalStore & TokenStore { journal }
    private let journal: SQLiteJournal
    private let tokenLookedUp: TokenLookedUp
    private let entriesRead: EntriesRead
    private let sessionLoaded: SessionLoaded
    private let committed: Committed

    /// A store.
    ///
    /// - Parameters:
    ///   - journal: Where everything is.
    ///   - tokenLookedUp: Called before a token is looked up.
    ///   - sessionLoaded: Called before a session is loaded.
    ///   - committed: Called when a commit has been written.
    ///   - entriesRead: Changes what is read.
    public init(
        _ journal: SQLiteJournal, tokenLookedUp: @escaping TokenLookedUp = {},
        sessionLoaded: @escaping SessionLoaded = { _, _ in }, committed: @escaping Committed = {},
        entriesRead: @escaping EntriesRead = { $1 }
    ) {
        self.journal = journal
        self.tokenLookedUp = tokenLookedUp
        self.sessionLoaded = sessionLoaded
        self.committed = committed
        self.entriesRead = entriesRead
    }

    /// Reads entries, and lets the test change them.
    public func entries(
        of session: SessionID, _ page: EntryPage, by deadline: Deadline
    ) throws(StoreError) -> [EncodedEntry] {
        try entriesRead(session, try base.entries(of: session, page, by: deadline))
    }

    /// Lets the test hold the thread or fail, and looks a token up.
    public func token(hash: [UInt8], by deadline: Deadline) throws(StoreError) -> TokenRecord? {
        try tokenLookedUp()
        return try base.token(hash: hash, by: deadline)
    }

    /// Writes, and lets the test fail afterwards: the store then looks for what it has written.
    public func commit(_ commits: [LeasedCommit], by deadline: Deadline) -> [CommitOutcome] {
        let outcomes = base.commit(commits, by: deadline)
        let failure: StoreError
        do throws(StoreError) {
            try committed()
            return outcomes
        } catch {
            failure = error
        }
        return zip(commits, outcomes).map { leased, outcome in
            guard outcome == .stored else { return outcome }
            return GroupCommit.outcomes(
                of: [leased], writing: { _ throws(StoreError) in throw failure },
                reading: { commit throws(StoreError) in
                    let page = EntryPage(after: commit.head - 1, through: commit.head, limit: 1)
                    return try entries(of: commit.session, page, by: deadline).first == commit.entries.last
                })[0]
        }
    }

    /// Lets the test hold the thread or fail, and loads.
    public func acquire(
        _ session: SessionID, of principal: Principal?, node: NodeID, ttl: Duration, by deadline: Deadline
    ) throws(StoreError) -> (session: StoredSession, lease: Lease)? {
        try sessionLoaded(session, principal)
        return try base.acquire(session, of: principal, node: node, ttl: ttl, by: deadline)
    }
}
