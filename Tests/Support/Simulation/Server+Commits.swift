import Ledger
import Wire

/// Commits: on their way to the disk, and what becomes of them.
extension Server {
    func commit(_ commit: Commit, of session: HostedSession) throws(Violation) {
        if world.variant == .acknowledgeBeforeCommit {
            later(.zero) { [self] () throws(Violation) in try handle(.committed, in: session) }
        }
        if world.variant == .checkpointAhead { disk.keepCheckpoint(of: commit) }
        write(LeasedCommit(commit, under: session.lease), of: session)
    }

    private func write(_ leased: LeasedCommit, of session: HostedSession) {
        let process = process
        let due = world.now + world.chance.duration(.microseconds(100)...(.milliseconds(4)))
        world.schedule.add(at: due) { [self] () throws(Violation) in
            guard self.process === process else { return arriveLate(leased) }
            if crashPoint == .beforeCommit {
                crashPoint = nil
                crash()
                return arriveLate(leased)
            }
            try arrive(leased, of: session)
        }
    }

    private func arrive(_ leased: LeasedCommit, of session: HostedSession) throws(Violation) {
        let acknowledges = world.variant != .acknowledgeBeforeCommit
        if isFull || isCut {
            // What was sent before the store went out of reach may still arrive.
            if isCut { arriveLate(leased) }
            let failure: StoreError = isFull ? .full("the disk") : .failed("the network")
            guard acknowledges else { return }
            return isCut ? settle(leased, of: session) : try handle(.commitFailed(failure), in: session)
        }
        let isTaken = !failsCommits || world.chance.oneIn(2)
        if isTaken, !(try disk.commit(leased, isFenced: isFenced)) {
            guard !session.isGone else { return }
            // A load that raced with the one of this session may have taken the newer lease for it.
            if leased.lease.token < session.lease.token {
                return write(LeasedCommit(leased.commit, under: session.lease), of: session)
            }
            return try fence(session, session.lease)
        }
        if crashPoint == .afterCommit {
            crashPoint = nil
            return crash()
        }
        guard acknowledges else { return }
        if failsCommits { return settle(leased, of: session, after: .zero) }
        try handle(.committed, in: session)
    }

    /// Whether the disk looks at leases.
    private var isFenced: Bool { world.variant != .ignoreFence }

    /// A commit of a process that is no more, or does not reach the store: it may have left before, and arrive when
    /// another process has gone on with the session.
    private func arriveLate(_ leased: LeasedCommit) {
        guard world.chance.oneIn(3) else { return }
        let due = world.now + world.chance.duration(.zero...(world.servers.count > 1 ? .seconds(20) : .seconds(2)))
        world.schedule.add(at: due) { [self] () throws(Violation) in
            if !isFull { _ = try disk.commit(leased, isFenced: isFenced) }
        }
    }

    /// The disk says that a commit failed: what stands in the journal says whether it did. A new lease fences the commit,
    /// should it still be on its way.
    private func settle(_ leased: LeasedCommit, of session: HostedSession, after delay: Duration = .seconds(1)) {
        later(delay) { [self] () throws(Violation) in
            guard !session.isGone else { return }
            let failure = StoreError.failed("the disk")
            if world.variant == .believeFailures { return try handle(.commitFailed(failure), in: session) }
            guard canRead else { return settle(leased, of: session) }
            guard let lease = try disk.reacquire(session.lease, for: self) else {
                return try fence(session, session.lease)
            }
            session.lease = lease
            let isWritten = disk.sessions[session.id]?.entries.last == leased.commit.entries.last
            try handle(isWritten ? .committed : .commitFailed(failure), in: session)
        }
    }
}
