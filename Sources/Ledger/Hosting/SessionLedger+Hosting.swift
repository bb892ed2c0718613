public import Wire

/// What a server asks about a session that it takes into memory, or that retention has found.
extension SessionLedger {
    /// Whether its archive has ended, so that it cannot be read any more; never while anything is going on.
    public func isAbandoned(at now: Moment) -> Bool { !isWorking && record.isAbandoned(limits, at: now) }
}

extension StoredSession {
    /// When clients gave their last sign of life, as far as is known when the session is taken into memory.
    ///
    /// A session does not expire while a turn runs, so the end of its last turn counts as a sign of life. That may not
    /// have been stored; the wall-clock time of its entry bounds it. A clock that was set back since makes it now, and
    /// not later.
    ///
    /// - Parameter lastSeen: A later sign of life than the stored one, if the server knows of one.
    public func seenAt(lastSeen: Instant?, at now: Moment) -> Instant {
        let sinceTurn = state.turn?.end.map { Duration.milliseconds(max(0, now.timestamp - $0.timestamp)) }
        return max(record.seenAt, sinceTurn.map { now.instant - $0 } ?? .zero, lastSeen ?? .zero)
    }
}
