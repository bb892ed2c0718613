import Ledger
import Wire

/// Sessions in memory: found on the disk, kept while somebody attaches, let go, and deleted when nobody came back.
extension Server {
    /// What became of looking for a session.
    enum Found {
        case here, absent
        /// The disk did not answer as it should: nothing is known of the session.
        case failed
    }

    typealias Step = () throws(Violation) -> Void

    /// Sees to it that a session is in memory.
    func find(
        _ session: SessionID, then next: @escaping (Found) throws(Violation) -> Void
    ) throws(Violation) {
        if process?.ledgers[session] != nil { return try next(isAbandoned(session) ? .absent : .here) }
        later(world.chance.duration(.microseconds(200)...(.milliseconds(3)))) { [self] () throws(Violation) in
            guard canRead else { return try next(world.variant == .failureIsAbsence ? .absent : .failed) }
            guard try take(session) else { return try next(.absent) }
            try next(isAbandoned(session) ? .absent : .here)
        }
    }

    private func isAbandoned(_ session: SessionID) -> Bool {
        guard let ledger = process?.ledgers[session], !ledger.isWorking else { return false }
        return ledger.record.isAbandoned(limits, at: moment)
    }

    /// Goes on with a session in which something was going on when the last process died.
    func goOn(with session: SessionID) throws(Violation) {
        guard canRead else {
            return later(.seconds(1)) { [self] () throws(Violation) in try goOn(with: session) }
        }
        _ = try take(session)
    }

    /// Takes a session from the disk into memory, unless it is there by now.
    ///
    /// - Returns: Whether there is such a session.
    private func take(_ session: SessionID) throws(Violation) -> Bool {
        guard let number = process?.number, process?.ledgers[session] == nil else { return true }
        guard let (stored, lease) = try disk.acquire(session, for: number) else { return false }
        process?.leases[session] = lease
        try host(stored)
        return true
    }

    private func host(_ stored: StoredSession) throws(Violation) {
        let session = stored.record.id
        var stored = stored
        // The end of a turn may not be written down as a sign of life; by the wall clock it is no later than this.
        let sinceTurn = stored.state.turn?.end.map { Duration.milliseconds(moment.timestamp - $0.timestamp) }
        let turnEnd = sinceTurn.map { Instant(nanoseconds: moment.instant.nanoseconds - $0.nanoseconds) }
        stored.record.seenAt = max(stored.record.seenAt, turnEnd ?? .zero, process?.seen[session] ?? .zero)
        var ledger = SessionLedger(stored, limits: limits, at: moment)
        let effects = world.variant == .forgetTurn ? [] : ledger.recover(at: moment)
        process?.ledgers[session] = ledger
        try perform(effects, in: session)
    }

    /// Keeps a session in memory until what is prepared in it is done.
    func pin(_ session: SessionID) { process?.pins[session, default: 0] += 1 }

    func unpin(_ session: SessionID) {
        let count = (process?.pins[session] ?? 1) - 1
        process?.pins[session] = count == 0 ? nil : count
    }

    /// Memory is short: whatever may go, goes.
    func evict() {
        for (session, ledger) in process?.ledgers ?? [:] where ledger.isIdle && isFree(session) {
            process?.ledgers[session] = nil
        }
    }

    private func isFree(_ session: SessionID) -> Bool {
        process?.pins[session] == nil || world.variant == .evictPinned
    }

    // MARK: Expiry

    /// A client of the session gave a sign of life, or a turn ended in it.
    func note(_ seenAt: Instant, in session: SessionID) {
        process?.seen[session] = seenAt
        signs[session] = uptime
    }

    func touch(_ peer: Peer) {
        for session in peer.sessions {
            process?.ledgers[session]?.touch(at: moment)
            note(moment.instant, in: session)
        }
    }

    /// Whether a session has expired for which there is no room to make the one in its place.
    func isStuck(_ session: SessionID) -> Bool {
        isFull && process?.ledgers[session]?.isExpired(at: moment) ?? false
    }

    /// The clean session in the place of one that has expired; `nil` when it has not.
    func successor(of session: SessionID) throws(Violation) -> SessionRecord? {
        guard let ledger = process?.ledgers[session], ledger.isExpired(at: moment) else { return nil }
        let record = disk.create(
            SessionRecord(
                id: SessionID("s\(world.number())"), epoch: Epoch("e\(world.number())"),
                principal: ledger.record.principal, directory: ledger.record.directory, agent: ledger.record.agent,
                clientSessionKey: "successor:\(session)", createdAt: moment.timestamp, seenAt: moment.instant))
        if ledger.record.expiry == nil {
            let absence = uptime - (signs[session] ?? .zero)
            try require(
                absence >= limits.expire ?? .zero, "session \(session) expires \(absence) after its last sign of life")
            let expiry = SessionRecord.Expired(at: moment.timestamp, successor: record.id)
            disk.expire(session, expiry)
            process?.ledgers[session]?.expire(expiry)
        }
        _ = try take(record.id)
        began(record.id)
        return try successor(of: record.id) ?? record
    }

    /// How often signs of life are written down.
    private static let signInterval = Duration.seconds(5)

    /// Writes down who was there, and how long sessions have been served.
    func keepSigns() {
        later(Server.signInterval) { [self] () throws(Violation) in
            keepSigns()
            guard !isFull, let process, !process.seen.isEmpty || moment.instant - process.servedWritten > .seconds(60)
            else { return }
            disk.touch(process.seen, served: moment.instant)
            signsWritten = signs
            self.process?.seen = [:]
            self.process?.servedWritten = moment.instant
        }
    }

    /// Deletes sessions that nobody came back to, once they cannot be read any more.
    func lookForAbandoned() {
        guard world.expire != nil, world.variant != .retainUntilAsked else { return }
        later(.seconds(60)) { [self] () throws(Violation) in
            lookForAbandoned()
            guard canRead else { return }
            for session in disk.abandoned(seenBefore: limits.abandonedSince(moment)) {
                if let ledger = process?.ledgers[session] {
                    guard ledger.isIdle, process?.pins[session] == nil, isAbandoned(session) else { continue }
                    process?.ledgers[session] = nil
                }
                disk.delete(session)
            }
        }
    }

    /// A script made a session and is gone for good.
    func visit() {
        guard process != nil, !isFull else { return }
        let record = disk.create(
            SessionRecord(
                id: SessionID("s\(world.number())"), epoch: Epoch("e\(world.number())"), principal: Principal("user"),
                directory: "/folder", agent: world.agent, clientSessionKey: "script-\(world.number())",
                createdAt: moment.timestamp, seenAt: moment.instant))
        began(record.id)
    }

    /// A session was made, or was there already.
    func began(_ session: SessionID) {
        guard signsWritten[session] == nil else { return }
        (signs[session], signsWritten[session]) = (uptime, uptime)
    }
}
