import Ledger
import Wire

/// Sessions that nobody comes back to: signs of life, successors, retention.
extension Server {
    /// A client of the session gave a sign of life, or a turn ended in it.
    func note(_ seenAt: Instant, in session: SessionID) {
        process?.seen[session] = seenAt
        signs[session] = uptime
    }

    func touch(_ peer: Peer) {
        let now = moment
        for session in peer.watches.values {
            session.ledger.touch(at: now)
            note(now.instant, in: session.id)
        }
    }

    /// What is there in the place of a session.
    enum Succession {
        /// The session itself: it has not expired.
        case none
        /// A clean session, pinned.
        case next(HostedSession)
        /// It has expired, and the disk does not take its successor.
        case failed
    }

    /// The clean session in the place of one that has expired.
    func succeed(
        _ session: HostedSession, then next: @escaping (Succession) throws(Violation) -> Void
    ) throws(Violation) {
        guard session.ledger.isExpired(at: moment) else { return try next(.none) }
        afterReading { [self] () throws(Violation) in
            guard canRead, !isFull else { return try next(.failed) }
            let record = disk.create(
                record(for: session.principal, key: "successor:\(session.id)", in: session.ledger.record.directory))
            began(record.id)
            try pin(record.id, of: session.principal) { [self] found throws(Violation) in
                guard case .here(let successor) = found else { return try next(.failed) }
                try expire(session, to: record.id)
                try succeed(successor) { [self] later throws(Violation) in
                    switch later {
                    case .none: try next(.next(successor))
                    case .next, .failed:
                        unpin(successor)
                        try next(later)
                    }
                }
            }
        }
    }

    private func expire(_ session: HostedSession, to successor: SessionID) throws(Violation) {
        guard session.ledger.record.expiry == nil else { return }
        let absence = uptime - (signs[session.id] ?? .zero)
        try require(
            absence >= limits.expire ?? .zero, "session \(session.id) expires \(absence) after its last sign of life")
        let expiry = SessionRecord.Expired(at: moment.timestamp, successor: successor)
        disk.expire(session.id, expiry)
        session.ledger.expire(disk.sessions[session.id]?.record.expiry ?? expiry)
    }

    func record(for principal: Principal, key: String?, in directory: String) -> SessionRecord {
        SessionRecord(
            id: SessionID("s\(world.number())"), epoch: Epoch("e\(world.number())"), principal: principal,
            directory: directory, agent: world.agent, clientSessionKey: key, createdAt: moment.timestamp,
            seenAt: moment.instant)
    }

    /// How often signs of life are written down.
    private static let signInterval = Duration.seconds(5)

    /// Writes down who was there, and how long sessions have been served.
    func keepSigns() {
        later(Server.signInterval) { [self] () throws(Violation) in
            keepSigns()
            guard !isFull, !isCut, let process,
                !process.seen.isEmpty || moment.instant - process.servedWritten > .seconds(60)
            else { return }
            disk.touch(process.seen, served: moment.instant)
            signsWritten = signs
            process.seen = [:]
            process.servedWritten = moment.instant
        }
    }

    /// Deletes sessions that nobody came back to, once they cannot be read any more.
    func lookForAbandoned() {
        guard world.expire != nil, world.variant != .retainUntilAsked else { return }
        later(.seconds(60)) { [self] () throws(Violation) in
            lookForAbandoned()
            guard canRead, let process else { return }
            let (sweepsAll, now) = (world.variant == .sweepUsed, moment)
            for id in disk.abandoned(seenBefore: limits.abandonedSince(now)) {
                let isAbandoned = process.registry[id]?.ledger.isAbandoned(at: now)
                let isConfirmed = limits.confirmsAbandoned(
                    isAbandoned: isAbandoned, unstored: process.seen[id], at: now)
                guard isConfirmed || sweepsAll else { continue }
                let (isDeleting, session) = process.registry.delete(id, isUnused: !sweepsAll)
                guard isDeleting else { continue }
                process.seen[id] = nil
                if let session { try end(session, because: nil) }
                afterReading { [self] () throws(Violation) in
                    disk.delete(id)
                    process.registry.deleted(id)
                }
            }
        }
    }

    /// A script made a session and is gone for good.
    func visit() {
        guard process != nil, !isFull else { return }
        began(disk.create(record(for: World.user, key: "script-\(world.number())", in: "/folder")).id)
    }

    /// A session was made, or was there already.
    func began(_ session: SessionID) {
        guard signsWritten[session] == nil else { return }
        (signs[session], signsWritten[session]) = (uptime, uptime)
    }
}
