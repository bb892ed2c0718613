public import Wire

/// Where sessions and their journals are kept: the port that a database implements.
///
/// Calls block until the disk has answered; the shell makes them where blocking does no harm. What ``commit(_:)``
/// returned from is never lost, whatever dies.
public protocol JournalStore: Sendable {
    /// Writes all of it, or nothing.
    ///
    /// - Throws: ``StoreError``.
    func commit(_ commits: [Commit]) throws(StoreError)

    /// Everything a ledger needs to go on with a session.
    ///
    /// - Parameter principal: Whose it has to be; anybody's when `nil`. Nothing else is read before this is known.
    /// - Returns: `nil` when there is none of that name, or it is somebody else's.
    func load(_ session: SessionID, of principal: Principal?) throws(StoreError) -> StoredSession?

    /// A part of a session's journal, in order.
    func entries(of session: SessionID, _ page: EntryPage) throws(StoreError) -> [EncodedEntry]

    /// How many bytes a user's sessions take, about: what entries and prompts hold, and a kilobyte for each session.
    func usage(of principal: Principal) throws(StoreError) -> Int64

    /// The sessions of a principal, the one used last first, at most `limit` of them behind `offset`.
    func sessions(
        of principal: Principal, directory: String?, offset: Int, limit: Int
    ) throws(StoreError) -> [SessionRecord]

    /// The sessions with a turn that has not ended or prompts that wait; a server that starts goes on with them.
    func unfinishedSessions() throws(StoreError) -> [SessionID]

    /// Whether a user may add a session.
    ///
    /// - Parameters:
    ///   - session: The session; one whose `clientSessionKey` is there already takes no more room.
    ///   - maximum: How many the user may have that are not marked as expired.
    ///   - seenSince: Those whose clients gave their last sign of life before this do not count.
    func hasRoom(for session: SessionRecord, maximum: Int, seenSince: Instant) throws(StoreError) -> Bool

    /// Adds a session.
    ///
    /// - Returns: The session that is stored under that name or under its `clientSessionKey`: the new one, or the one
    ///   that was there before.
    func create(_ session: SessionRecord) throws(StoreError) -> SessionRecord

    /// Marks a session as expired.
    func expire(_ session: SessionID, at: Timestamp, successor: SessionID) throws(StoreError)

    /// How long the sessions have been served, as ``touch(_:served:)`` last said it; zero at first.
    func served() throws(StoreError) -> Instant

    /// Says when clients of these sessions gave their last sign of life; an expired one has its last behind it.
    ///
    /// - Parameter served: How long the sessions have been served by now, never less than before.
    func touch(_ sessions: [SessionID: Instant], served: Instant) throws(StoreError)

    /// Forgets sessions, their journals and their prompts, all of them or none: from now on there are none of these names.
    /// What they held leaves the disk with ``purge()``.
    func delete(_ sessions: [SessionID]) throws(StoreError)

    /// Sessions in which nothing is going on and whose clients gave their last sign of life before `seenBefore`, those
    /// that have been away longest first.
    ///
    /// - Parameters:
    ///   - isExpired: Whether only those are wanted that are marked as expired.
    ///   - limit: How many at most.
    func abandonedSessions(seenBefore: Instant, isExpired: Bool, limit: Int) throws(StoreError) -> [SessionID]

    /// Takes a bounded part of what was forgotten off the disk, in a transaction of its own, so that commits do not wait
    /// for the end of a long journal.
    ///
    /// - Returns: Whether there is more.
    func purge() throws(StoreError) -> Bool
}

extension JournalStore {
    /// Forgets a session, as ``delete(_:)-([SessionID])`` does.
    public func delete(_ session: SessionID) throws(StoreError) { try delete([session]) }
}

/// A part of a journal: entries in order, within two bounds.
public struct EntryPage: Hashable, Sendable {
    /// Which end of the range is kept when not all of it fits.
    public enum End: Hashable, Sendable {
        /// The first entries.
        case first
        /// The last entries, in order as well.
        case last
    }

    /// The entry before the range.
    public var after: Seq
    /// The last entry of the range.
    public var through: Seq
    /// How many entries at most.
    public var limit: Int
    /// How many bytes of payload at most; one entry there is always.
    public var bytes: Int
    /// Which end is kept.
    public var end: End

    /// The most bytes of one read unless told: what a page costs in memory while it is sent.
    public static let bytesMaximum = 1 << 20

    /// A part of a journal.
    public init(
        after: Seq, through: Seq, limit: Int = 2_000, bytes: Int = EntryPage.bytesMaximum, end: End = .first
    ) {
        self.after = after
        self.through = through
        self.limit = limit
        self.bytes = bytes
        self.end = end
    }
}
