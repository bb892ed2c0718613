public import Wire

/// The store of sessions and their journals, which a database implements.
///
/// Calls block until the disk has answered, so they are made on threads of their own. What ``commit(_:)`` has returned
/// from survives a crash of the process and a power cut.
public protocol JournalStore: Sendable {
    /// Writes all commits in one transaction, or nothing.
    ///
    /// - Throws: ``StoreError``.
    func commit(_ commits: [Commit]) throws(StoreError)

    /// Everything a ledger needs to go on with a session.
    ///
    /// - Parameter principal: The owner that it has to have; any when `nil`. Checked before anything else is read.
    /// - Returns: `nil` when the session does not exist or has another owner.
    func load(_ session: SessionID, of principal: Principal?) throws(StoreError) -> StoredSession?

    /// The prompt with that idempotency key, accepted in this session; without its content once its turn has ended.
    func prompt(_ id: ClientMessageID, of session: SessionID) throws(StoreError) -> PromptRecord?

    /// A page of a session's journal, in order.
    func entries(of session: SessionID, _ page: EntryPage) throws(StoreError) -> [EncodedEntry]

    /// How many bytes a user's sessions take, about: what entries and prompts hold, and a kilobyte for each session.
    func usage(of principal: Principal) throws(StoreError) -> Int64

    /// The sessions of a principal, the one used last first, at most `limit` of them behind `offset`.
    func sessions(
        of principal: Principal, directory: String?, offset: Int, limit: Int
    ) throws(StoreError) -> [SessionRecord]

    /// The sessions with a turn that has not ended or with waiting prompts, which are recovered when a server starts.
    func unfinishedSessions() throws(StoreError) -> [SessionID]

    /// Whether a user may add a session.
    ///
    /// - Parameters:
    ///   - session: The session; one whose `clientSessionKey` exists already always has room.
    ///   - maximum: How many the user may have that are not marked as expired.
    ///   - seenSince: Those whose clients gave their last sign of life before this do not count.
    func hasRoom(for session: SessionRecord, maximum: Int, seenSince: Instant) throws(StoreError) -> Bool

    /// Adds a session, and stores its sign of life as the served time unless a later one is stored.
    ///
    /// - Returns: The session that is stored under that name or under its `clientSessionKey`: the new one, or the one
    ///   that was there before.
    func create(_ session: SessionRecord) throws(StoreError) -> SessionRecord

    /// Marks a session as expired.
    func expire(_ session: SessionID, at: Timestamp, successor: SessionID) throws(StoreError)

    /// How long the sessions have been served, as last stored; zero at first.
    func served() throws(StoreError) -> Instant

    /// Stores when clients of these sessions gave their last sign of life; expired sessions are left unchanged.
    ///
    /// - Parameter served: How long the sessions have been served; never less than before.
    func touch(_ sessions: [SessionID: Instant], served: Instant) throws(StoreError)

    /// Marks sessions, their journals and their prompts as deleted, all of them or none: from now on they cannot be
    /// found. ``purge()`` removes their rows.
    func delete(_ sessions: [SessionID]) throws(StoreError)

    /// Sessions in which nothing is going on and whose clients gave their last sign of life before `seenBefore`, those
    /// that have been away longest first.
    ///
    /// - Parameters:
    ///   - isExpired: Whether only those are wanted that are marked as expired.
    ///   - limit: How many at most.
    func abandonedSessions(seenBefore: Instant, isExpired: Bool, limit: Int) throws(StoreError) -> [SessionID]

    /// Removes a bounded number of rows of deleted sessions, in a transaction of its own, so that commits do not wait
    /// while a long journal is deleted.
    ///
    /// - Returns: Whether more remains.
    func purge() throws(StoreError) -> Bool
}

extension JournalStore {
    /// Deletes one session, as ``delete(_:)-([SessionID])`` does.
    public func delete(_ session: SessionID) throws(StoreError) { try delete([session]) }
}

/// A page of a journal: a range of entries, bounded in number and in bytes.
public struct EntryPage: Hashable, Sendable {
    /// Which end of the range is kept when not all of it fits.
    public enum End: Hashable, Sendable {
        /// Keep the first entries.
        case first
        /// The last entries, in order as well.
        case last
    }

    /// Which entries of the range are read.
    public enum Kinds: Hashable, Sendable {
        /// All of them.
        case all
        /// Chunks of messages of the user and the agent.
        case messages
    }

    /// The entry before the range.
    public var after: Seq
    /// The last entry of the range.
    public var through: Seq
    /// How many entries at most.
    public var limit: Int
    /// How many bytes of payload at most; one entry is always returned.
    public var bytes: Int
    /// Which entries are read.
    public var kinds: Kinds
    /// Which end is kept.
    public var end: End

    /// The default of ``bytes``: what a page costs in memory while it is sent.
    public static let bytesMaximum = 1 << 20

    /// Names a range of entries, without the entry `after` and with the entry `through`.
    public init(
        after: Seq, through: Seq, limit: Int = 2_000, bytes: Int = EntryPage.bytesMaximum, kinds: Kinds = .all,
        end: End = .first
    ) {
        self.after = after
        self.through = through
        self.limit = limit
        self.bytes = bytes
        self.kinds = kinds
        self.end = end
    }
}
