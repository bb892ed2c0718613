public import Journal
public import Ledger
public import Wire

/// A store on disk that a test gets between: it sees, holds or changes what the server reads.
public final class HookedStore: JournalStore, TokenStore {
    /// Changes the entries that were read for a replay or a page of history, or fails.
    public typealias EntriesRead = @Sendable (SessionID, [EncodedEntry]) throws(StoreError) -> [EncodedEntry]

    /// Called before a session is loaded for a user, or for the server itself, on the thread that does it; holds it, or
    /// fails.
    public typealias SessionLoaded = @Sendable (SessionID, Principal?) throws(StoreError) -> Void

    /// Called when a commit has been written, on the thread that did it; fails, and the server does not hear of it.
    public typealias Committed = @Sendable () throws(StoreError) -> Void

    /// Called before a token is looked up, on the thread that does it; holds it, or fails.
    public typealias TokenLookedUp = @Sendable () throws(StoreError) -> Void

    private let base: SQLiteJournal
    private let tokenLookedUp: TokenLookedUp
    private let entriesRead: EntriesRead
    private let sessionLoaded: SessionLoaded
    private let committed: Committed

    /// A store.
    ///
    /// - Parameters:
    ///   - base: Where everything is.
    ///   - tokenLookedUp: Called before a token is looked up.
    ///   - sessionLoaded: Called before a session is loaded.
    ///   - committed: Called when a commit has been written.
    ///   - entriesRead: Changes what is read.
    public init(
        _ base: SQLiteJournal, tokenLookedUp: @escaping TokenLookedUp = {},
        sessionLoaded: @escaping SessionLoaded = { _, _ in }, committed: @escaping Committed = {},
        entriesRead: @escaping EntriesRead = { $1 }
    ) {
        self.base = base
        self.tokenLookedUp = tokenLookedUp
        self.sessionLoaded = sessionLoaded
        self.committed = committed
        self.entriesRead = entriesRead
    }

    /// Reads entries, and lets the test change them.
    public func entries(of session: SessionID, _ page: EntryPage) throws(StoreError) -> [EncodedEntry] {
        try entriesRead(session, try base.entries(of: session, page))
    }

    /// Lets the test hold the thread or fail, and looks a token up.
    public func token(hash: [UInt8]) throws(StoreError) -> TokenRecord? {
        try tokenLookedUp()
        return try base.token(hash: hash)
    }

    /// Writes, and lets the test fail afterwards.
    public func commit(_ commits: [Commit]) throws(StoreError) {
        try base.commit(commits)
        try committed()
    }
    /// Lets the test hold the thread or fail, and loads.
    public func load(_ session: SessionID, of principal: Principal?) throws(StoreError) -> StoredSession? {
        try sessionLoaded(session, principal)
        return try base.load(session, of: principal)
    }
    /// As on the disk.
    public func prompt(_ id: ClientMessageID, of session: SessionID) throws(StoreError) -> PromptRecord? {
        try base.prompt(id, of: session)
    }
    /// As on the disk.
    public func usage(of principal: Principal) throws(StoreError) -> Int64 { try base.usage(of: principal) }
    /// As on the disk.
    public func purge() throws(StoreError) -> Bool { try base.purge() }
    /// As on the disk.
    public func sessions(
        of principal: Principal, directory: String?, offset: Int, limit: Int
    ) throws(StoreError) -> [SessionRecord] {
        try base.sessions(of: principal, directory: directory, offset: offset, limit: limit)
    }
    /// As on the disk.
    public func hasRoom(
        for session: SessionRecord, maximum: Int, seenSince: Instant
    ) throws(StoreError) -> Bool {
        try base.hasRoom(for: session, maximum: maximum, seenSince: seenSince)
    }
    /// As on the disk.
    public func create(_ session: SessionRecord) throws(StoreError) -> SessionRecord { try base.create(session) }
    /// As on the disk.
    public func unfinishedSessions() throws(StoreError) -> [SessionID] { try base.unfinishedSessions() }
    /// As on the disk.
    public func expire(_ session: SessionID, at: Timestamp, successor: SessionID) throws(StoreError) {
        try base.expire(session, at: at, successor: successor)
    }
    /// As on the disk.
    public func served() throws(StoreError) -> Instant { try base.served() }
    /// As on the disk.
    public func touch(_ sessions: [SessionID: Instant], served: Instant) throws(StoreError) {
        try base.touch(sessions, served: served)
    }
    /// As on the disk.
    public func delete(_ sessions: [SessionID]) throws(StoreError) { try base.delete(sessions) }
    /// As on the disk.
    public func abandonedSessions(
        seenBefore: Instant, isExpired: Bool, limit: Int
    ) throws(StoreError) -> [SessionID] {
        try base.abandonedSessions(seenBefore: seenBefore, isExpired: isExpired, limit: limit)
    }
    /// As on the disk.
    public func add(_ token: TokenRecord) throws(StoreError) { try base.add(token) }
    /// As on the disk.
    public func tokens(_ ids: [String]?) throws(StoreError) -> [TokenRecord] { try base.tokens(ids) }
    /// As on the disk.
    public func revoke(_ id: String, at: Timestamp) throws(StoreError) -> Bool { try base.revoke(id, at: at) }
    /// As on the disk.
    public func revocations() throws(StoreError) -> Int64 { try base.revocations() }
}
