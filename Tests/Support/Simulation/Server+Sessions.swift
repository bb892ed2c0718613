import Ledger
import Wire

/// Sessions in memory: found on the disk, kept while somebody attaches, let go, and deleted when nobody came back. The
/// product's registry decides; this does what `Sessions` does around it.
extension Server {
    /// What became of looking for a session.
    enum Found {
        /// It is in memory and pinned.
        case here(HostedSession)
        case absent
        /// The disk did not answer as it should, or another server has the session: nothing is known of it.
        case failed
    }

    /// Sees to it that a session is in memory, and pins it there.
    func pin(_ session: SessionID, of principal: Principal?, then next: @escaping Process.Waiter) throws(Violation) {
        guard let process else { return }
        var principal = principal
        if world.variant == .shareLoads, process.registry[session] == nil { principal = nil }
        switch process.registry.pin(session, of: principal, next) {
        case .here(let session): try next(.here(session))
        case .absent: try next(.absent)
        case .wait: break
        case .load: load(session, of: principal)
        }
    }

    /// As ``pin(_:of:then:)``, but not a session whose archive has ended.
    func find(_ session: SessionID, of principal: Principal, then next: @escaping Process.Waiter) throws(Violation) {
        try pin(session, of: principal) { [self] found throws(Violation) in
            if case .here(let session) = found, session.ledger.isAbandoned(at: moment) {
                unpin(session)
                return try next(.absent)
            }
            try next(found)
        }
    }

    func unpin(_ session: HostedSession) { process?.registry.unpin(session.id) }

    private func load(_ session: SessionID, of principal: Principal?) {
        afterReading { [self] () throws(Violation) in
            guard canRead else {
                return try failed(session, of: principal, world.variant == .failureIsAbsence ? .absent : .failed)
            }
            switch try disk.acquire(session, of: principal, for: self) {
            case .granted(let stored, let lease): try host(stored, under: lease, of: principal)
            case .absent: try failed(session, of: principal, .absent)
            case .ownedElsewhere: try failed(session, of: principal, .failed)
            }
        }
    }

    private func failed(_ session: SessionID, of principal: Principal?, _ found: Found) throws(Violation) {
        for waiter in process?.registry.failed(session, of: principal) ?? [] { try waiter(found) }
    }

    private func host(_ stored: StoredSession, under lease: Lease, of principal: Principal?) throws(Violation) {
        guard let process else { return }
        let owner = stored.record.principal
        for idle in process.registry.evictable(of: owner, maximum: Server.sessionsMaximum) { leaveIfIdle(idle) }
        let (session, isNew, waiters) = process.registry.loaded(stored.record.id, of: principal, owner: owner) {
            var stored = stored
            stored.record.seenAt = stored.seenAt(lastSeen: process.seen[stored.record.id], at: moment)
            return HostedSession(SessionLedger(stored, limits: limits, at: moment), under: lease)
        }
        // A session that is in memory goes on under this lease, which has fenced its own.
        session?.lease = lease
        if session == nil { disk.release(lease) }
        if isNew, let session, world.variant != .forgetTurn {
            try perform(session.ledger.recover(at: moment), in: session)
        }
        for waiter in waiters { try waiter(session.map { .here($0) } ?? .absent) }
    }

    /// Goes on with the sessions in which something was going on when a process died.
    func claimUnfinished() {
        for id in disk.unfinished(for: self) { goOn(with: id) }
    }

    private func goOn(with session: SessionID) {
        let next: Step = { [self] () throws(Violation) in
            try pin(session, of: nil) { [self] found throws(Violation) in
                switch found {
                case .here(let session): unpin(session)
                case .absent: break
                case .failed: later(.seconds(1)) { [self] () throws(Violation) in goOn(with: session) }
                }
            }
        }
        later(.zero, next)
    }

    // MARK: Leaving memory

    /// Memory is short: whatever may go, goes.
    func evict() {
        for session in process?.sessions ?? [] { leaveIfIdle(session) }
    }

    private func leaveIfIdle(_ session: HostedSession) {
        guard !session.isGone, session.ledger.isIdle, let process else { return }
        if world.variant == .evictPinned {
            process.registry.remove(session.id)
        } else if !process.registry.evict(session.id) {
            return
        }
        session.isGone = true
        disk.release(session.lease)
    }

    /// Evicts the sessions that nobody has used for a minute.
    func evictIdle() {
        later(.seconds(30)) { [self] () throws(Violation) in
            evictIdle()
            for session in process?.sessions ?? [] where moment.instant - session.ledger.seenAt > .seconds(60) {
                leaveIfIdle(session)
            }
        }
    }

    /// A session is at its end here: it was deleted, or another server has it. What waits in it is answered.
    func end(_ session: HostedSession, because failure: StoreError?) throws(Violation) {
        guard !session.isGone else { return }
        let turns = session.ledger.turnsPending
        try perform(session.ledger.abandon(because: failure), in: session)
        session.isGone = true
        disk.release(session.lease)
        for turn in turns { process?.agents[turn] = nil }
        for peer in process?.peersInOrder ?? [] where peer.watches[session.id] === session {
            peer.watches[session.id] = nil
        }
    }

    // MARK: Leases

    /// Another server has taken a session.
    func fence(_ session: HostedSession, _ lease: Lease) throws(Violation) {
        guard !session.isGone, session.lease.token == lease.token else { return }
        process?.registry.remove(session.id)
        let delay = AttachAdmission.restartDelay(
            connections: session.ledger.subscriberCount, using: &world.chance)
        try end(
            session, because: .notNow(.ownedElsewhere(session.id, by: nil), retryAfter: .milliseconds(delay)))
    }

    /// Renews the leases, drops the sessions whose leases are lost, and goes on with those that a dead server has left.
    func renewLeases() {
        later(.seconds(3)) { [self] () throws(Violation) in
            renewLeases()
            guard canRead else { return }
            for session in process?.sessions ?? [] {
                if let renewed = disk.renew(session.lease) {
                    session.lease = renewed
                } else {
                    try fence(session, session.lease)
                }
            }
            claimUnfinished()
        }
    }
}
