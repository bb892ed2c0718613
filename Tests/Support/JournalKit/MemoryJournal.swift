public import Ledger
import NIOCore
import Synchronization
public import Wire

/// The store's port in memory: for one process, as SQLite is, or for several nodes, whose leases lapse in virtual time.
///
/// It exists to prove that the conformance suite is about the port, and to be what simulated servers share.
public final class MemoryJournal: JournalStore {
    /// The clock by which leases lapse and deadlines pass.
    public let clock: VirtualClock
    private let tables: Mutex<MemoryTables>
    private let subscribers = Mutex<(all: [Int: Subscriber], last: Int)>(([:], 0))

    private struct Subscriber {
        var node: NodeID
        var tell: @Sendable (StoreNotice) -> Void
    }

    /// An empty store.
    ///
    /// - Parameters:
    ///   - sharing: Whether one process has it, or several nodes share it.
    ///   - clock: The clock of the store.
    public init(_ sharing: LeaseTable.Sharing = .oneProcess, clock: VirtualClock = VirtualClock()) {
        self.clock = clock
        tables = Mutex(MemoryTables(sharing))
    }

    /// The current moment, by the store's clock.
    public var now: Instant { clock.now }

    /// Does something with the tables, unless the deadline has passed.
    func within<Value: Sendable>(
        _ deadline: Deadline, _ body: (inout MemoryTables) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        guard !deadline.hasPassed(at: now) else { throw .late }
        return try tables.withLock { tables throws(StoreError) in try body(&tables) }
    }

    /// Tells all subscribers but those of the node that made the change.
    func tell(_ notice: StoreNotice, except node: NodeID? = nil) {
        for (_, subscriber) in subscribers.withLock({ $0.all }).sorted(by: { $0.key < $1.key })
        where subscriber.node != node {
            subscriber.tell(notice)
        }
    }

    // MARK: Leases

    /// Takes a session for a node.
    public func acquire(
        _ session: SessionID, of principal: Principal?, node: NodeID, ttl: Duration, by deadline: Deadline
    ) throws(StoreError) -> (session: StoredSession, lease: Lease)? {
        try within(deadline) { tables throws(StoreError) in
            guard let stored = tables[session], stored.record.principal == principal ?? stored.record.principal else {
                return nil
            }
            try tables.leases.check(session, for: node, at: now)
            let found = try stored.session()
            return (found, try tables.leases.grant(session, to: node, ttl: ttl, at: now))
        }
    }

    /// Prolongs leases.
    public func renew(_ leases: [Lease], ttl: Duration, by deadline: Deadline) throws(StoreError) -> [Lease] {
        try within(deadline) { tables in leases.compactMap { tables.leases.renew($0, ttl: ttl, at: now) } }
    }

    /// Gives leases back.
    public func release(_ leases: [Lease], by deadline: Deadline) throws(StoreError) {
        try within(deadline) { tables in for lease in leases { tables.leases.release(lease) } }
    }

    /// The node that serves a session.
    public func owner(of session: SessionID, by deadline: Deadline) throws(StoreError) -> NodeID? {
        try within(deadline) { $0.leases.owner(of: session, at: now) }
    }

    /// Takes interrupted sessions that nobody serves.
    public func claimUnfinished(
        node: NodeID, limit: Int, ttl: Duration, by deadline: Deadline
    ) throws(StoreError) -> [Lease] {
        try within(deadline) { tables throws(StoreError) in
            let free = tables.sessions.filter(\.isUnfinished).map(\.record.id).filter { session in
                tables.leases.owner(of: session, at: now) == nil
            }
            var claimed: [Lease] = []
            for session in free.prefix(limit) {
                claimed.append(try tables.leases.grant(session, to: node, ttl: ttl, at: now))
            }
            return claimed
        }
    }

    // MARK: Writing

    /// Writes commits.
    public func commit(_ commits: [LeasedCommit], by deadline: Deadline) -> [CommitOutcome] {
        let outcomes: [CommitOutcome]
        do throws(StoreError) {
            outcomes = try within(deadline) { tables in commits.map { tables.write($0) } }
        } catch {
            let delay = error.retryAfter ?? StoreError.Obstacle.retryDefault
            return commits.map { _ in .unavailable(retryAfter: delay) }
        }
        for (leased, outcome) in zip(commits, outcomes) where outcome == .stored {
            let node = leased.lease.node
            tell(.committed(leased.commit.session, head: leased.commit.head, by: node), except: node)
        }
        return outcomes
    }

    /// Adds a session if there is room for it.
    public func create(
        _ session: SessionRecord, within room: SessionRoom?, by deadline: Deadline
    ) throws(StoreError) -> Creation {
        try within(deadline) { $0.create(session, within: room) }
    }

    /// Adds a copy of a session if there is room for it.
    public func fork(
        _ session: SessionRecord, _ plan: ForkPlan, within room: SessionRoom?, by deadline: Deadline
    ) throws(StoreError) -> Creation? {
        try within(deadline) { $0.fork(session, plan, within: room) }
    }

    /// Marks a session as expired.
    public func expire(
        _ lease: Lease, at: Timestamp, successor: SessionID, by deadline: Deadline
    ) throws(StoreError) {
        let expiry = SessionRecord.Expired(at: at, successor: successor)
        try within(deadline) { tables throws(StoreError) in
            guard tables.leases.isNewest(lease) else {
                let owner = tables.leases.owner(of: lease.session, at: now)
                throw .notNow(
                    .ownedElsewhere(lease.session, by: owner?.rawValue), retryAfter: StoreError.Obstacle.retryDefault)
            }
            tables.change(lease.session) { $0.record.expiry = $0.record.expiry ?? expiry }
        }
        tell(.expired(lease.session, expiry), except: lease.node)
    }

    /// Stores signs of life.
    public func touch(
        _ sessions: [SessionID: Instant], served: Instant, by deadline: Deadline
    ) throws(StoreError) {
        try within(deadline) { tables in
            tables.served = max(tables.served, served)
            for (session, time) in sessions where tables[session]?.record.expiry == nil {
                tables.change(session) { $0.record.seenAt = max($0.record.seenAt, time) }
            }
        }
    }

    /// Deletes sessions.
    public func delete(_ sessions: [SessionID], node: NodeID, by deadline: Deadline) throws(StoreError) {
        try within(deadline) { tables throws(StoreError) in
            for session in sessions { try tables.leases.check(session, for: node, at: now) }
            tables.delete(sessions)
        }
    }

    /// There is nothing to purge.
    public func purge(by deadline: Deadline) throws(StoreError) -> Bool { try within(deadline) { _ in false } }

    // MARK: Order and notices

    /// The next number.
    public func nextGeneration(by deadline: Deadline) throws(StoreError) -> Generation {
        try within(deadline) { tables in
            tables.lastGeneration += 1
            return Generation(rawValue: tables.lastGeneration)
        }
    }

    /// Tells of changes by other nodes.
    public func subscribe(
        as node: NodeID, _ tell: @escaping @Sendable (StoreNotice) -> Void
    ) -> StoreSubscription {
        let number = subscribers.withLock { subscribers in
            subscribers.last += 1
            subscribers.all[subscribers.last] = Subscriber(node: node, tell: tell)
            return subscribers.last
        }
        return StoreSubscription { [weak self] in
            self?.subscribers.withLock { _ = $0.all.removeValue(forKey: number) }
        }
    }
}
