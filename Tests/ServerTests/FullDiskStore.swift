import Journal
import Ledger
import Synchronization
import Wire

/// A store whose disk is full when a test says so; everything else goes to the real one.
final class FullDiskStore: JournalStore, TokenStore, Sendable {
    private let base: SQLiteJournal
    private let isFull = Mutex(false)
    private let refusals = Mutex(0)

    init(folder: String) throws { base = try SQLiteJournal(folder: folder) }

    /// Fills the disk, or frees it.
    func fill(_ full: Bool) { isFull.withLock { $0 = full } }

    /// How many commits were refused.
    var refused: Int { refusals.withLock { $0 } }

    private func checkRoom() throws(StoreError) {
        guard isFull.withLock({ $0 }) else { return }
        refusals.withLock { $0 += 1 }
        throw .full("journal.db")
    }

    func commit(_ commits: [Commit]) throws(StoreError) {
        try checkRoom()
        try base.commit(commits)
    }

    func create(_ session: SessionRecord) throws(StoreError) -> SessionRecord {
        try checkRoom()
        return try base.create(session)
    }

    func load(_ session: SessionID, of principal: Principal?) throws(StoreError) -> StoredSession? {
        try base.load(session, of: principal)
    }
    func prompt(_ id: ClientMessageID, of session: SessionID) throws(StoreError) -> PromptRecord? {
        try base.prompt(id, of: session)
    }
    func entries(of session: SessionID, _ page: EntryPage) throws(StoreError) -> [EncodedEntry] {
        try base.entries(of: session, page)
    }
    func usage(of principal: Principal) throws(StoreError) -> Int64 { try base.usage(of: principal) }
    func purge() throws(StoreError) -> Bool { try base.purge() }
    func sessions(
        of principal: Principal, directory: String?, offset: Int, limit: Int
    ) throws(StoreError) -> [SessionRecord] {
        try base.sessions(of: principal, directory: directory, offset: offset, limit: limit)
    }
    func hasRoom(for session: SessionRecord, maximum: Int, seenSince: Instant) throws(StoreError) -> Bool {
        try base.hasRoom(for: session, maximum: maximum, seenSince: seenSince)
    }
    func unfinishedSessions() throws(StoreError) -> [SessionID] { try base.unfinishedSessions() }
    func expire(_ session: SessionID, at: Timestamp, successor: SessionID) throws(StoreError) {
        try base.expire(session, at: at, successor: successor)
    }
    func served() throws(StoreError) -> Instant { try base.served() }
    func touch(_ sessions: [SessionID: Instant], served: Instant) throws(StoreError) {
        try base.touch(sessions, served: served)
    }
    func delete(_ sessions: [SessionID]) throws(StoreError) { try base.delete(sessions) }
    func abandonedSessions(seenBefore: Instant, isExpired: Bool, limit: Int) throws(StoreError) -> [SessionID] {
        try base.abandonedSessions(seenBefore: seenBefore, isExpired: isExpired, limit: limit)
    }
    func add(_ token: TokenRecord) throws(StoreError) { try base.add(token) }
    func token(hash: [UInt8]) throws(StoreError) -> TokenRecord? { try base.token(hash: hash) }
    func tokens(_ ids: [String]?) throws(StoreError) -> [TokenRecord] { try base.tokens(ids) }
    func revoke(_ id: String, at: Timestamp) throws(StoreError) -> Bool { try base.revoke(id, at: at) }
    func revocations() throws(StoreError) -> Int64 { try base.revocations() }
}
