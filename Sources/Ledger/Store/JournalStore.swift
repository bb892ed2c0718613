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

    /// Everything a ledger needs to go on with a session; `nil` when there is none of that name.
    func load(_ session: SessionID) throws(StoreError) -> StoredSession?

    /// Entries in order, the first behind `after` and none past `through`.
    ///
    /// - Parameter limit: How many at most.
    func entries(
        of session: SessionID, after: Seq, through: Seq, limit: Int
    ) throws(StoreError) -> [EncodedEntry]

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
    func hasRoom(for session: SessionRecord, maximum: Int, seenSince: Timestamp) throws(StoreError) -> Bool

    /// Adds a session.
    ///
    /// - Returns: The session that is stored under that name or under its `clientSessionKey`: the new one, or the one
    ///   that was there before.
    func create(_ session: SessionRecord) throws(StoreError) -> SessionRecord

    /// Marks a session as expired.
    func expire(_ session: SessionID, at: Timestamp, successor: SessionID) throws(StoreError)

    /// Says when clients of these sessions gave their last sign of life.
    func touch(_ sessions: [SessionID: Timestamp]) throws(StoreError)

    /// Forgets a session, its journal and its prompts.
    func delete(_ session: SessionID) throws(StoreError)

    /// Forgets the sessions that expired before the time.
    ///
    /// - Returns: How many.
    func deleteSessions(expiredBefore: Timestamp) throws(StoreError) -> Int
}
