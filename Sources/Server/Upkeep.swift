import Ledger
import Logging
import NIOCore
import Platform
import Transport
import Wire

/// Periodic tasks: tokens, last-seen times, idle sessions, retention.
final class Upkeep: Sendable {
    /// How often tokens of open connections are checked, so that a revoked one is closed within a second.
    static let tokenInterval = TimeAmount.milliseconds(500)
    /// How often all of them are read again: a token may have been revoked by what does not count it, such as SQL that
    /// an operator types.
    static let tokenWatchInterval = TimeAmount.minutes(1)
    /// How often last-seen times are stored, so that a restart does not count clients as away.
    static let seenInterval = TimeAmount.seconds(5)
    /// How often leases are renewed, in a store whose leases lapse.
    static let leaseInterval = TimeAmount.seconds(10)
    /// How often expired archives are looked for.
    static let retentionInterval = TimeAmount.minutes(1)
    /// How much served time may pass without being stored while no client is connected. A killed server forgets at most
    /// this much of its clients' absence, and an idle one does not write every few seconds.
    static let servedUnwritten = Duration.seconds(60)

    private let services: Services
    private let timers = Locked<[RepeatedTask]>([])
    /// The tokens of open connections.
    private let tokens = Locked(TokenWatch())
    /// The served time that was last stored.
    private let servedWritten: Locked<Instant>

    /// - Parameter served: The served time that is stored.
    init(_ services: Services, served: Instant) {
        self.services = services
        servedWritten = Locked(served)
    }

    /// Starts the timers.
    func begin() {
        every(Upkeep.tokenInterval) { $0.checkTokens() }
        every(Upkeep.tokenWatchInterval) { $0.tokens.withLock { $0.forget() } }
        every(Upkeep.seenInterval) { $0.persistSeen() }
        every(Upkeep.leaseInterval) { $0.services.renewLeases() }
        every(.nanoseconds(services.configuration.idleInterval.nanoseconds)) { $0.evictIdle() }
        every(Upkeep.retentionInterval) { $0.deleteAbandoned() }
        deleteAbandoned()
        services.purge()
    }

    /// Stops the timers.
    func end() {
        for timer in timers.withLock({ $0 }) { timer.cancel() }
    }

    private func every(_ interval: TimeAmount, _ action: @escaping @Sendable (Upkeep) -> Void) {
        let timer = services.loops.first.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            action(self)
        }
        timers.withLock { $0.append(timer) }
    }

    /// Takes note of what another process or server has changed in the store; called on any thread.
    func heard(_ notice: StoreNotice) {
        switch notice {
        case .tokensChanged: checkTokens()
        case .expired(let session, let expiry):
            services.sessions[session]?.post { session in session.change { $0.expire(expiry) } }
        case .committed(let session, let head, _):
            services.sessions[session]?.post { session in
                // A session that has these entries was loaded behind them: the notice is older than its lease.
                guard head > session.ledger.record.headSeq else { return }
                session.fence(session.lease.token)
            }
        }
    }

    private func checkTokens() {
        // The clock only counts time between reads that are close together (`Clock.servedMaximum`).
        let now = services.clock.now.timestamp
        let tokens = Set(services.connections.all.compactMap(\.token))
        guard !tokens.isEmpty else { return }
        services.lookup(on: services.loops.first) {
            [store = services.store, self] deadline throws -> (Int64, [TokenRecord]) in
            // The number first: what is revoked in between changes it, and is read again.
            let revocations = try store.revocations(by: deadline)
            let unread = self.tokens.withLock { $0.unread(of: tokens, revocations: revocations) }
            return (revocations, try unread.isEmpty ? [] : store.tokens(Array(unread), by: deadline))
        }.whenSuccess { revocations, records in
            let watch = self.tokens.withLock { watch in
                watch.update(records, of: tokens, revocations: revocations)
                return watch
            }
            for connection in self.services.connections.all {
                guard let token = connection.token, let refusal = watch.refusal(of: token, at: now) else { continue }
                connection.post { $0.close(.tokenRejected, refusal.message) }
            }
        }
    }

    /// Stores the last-seen times of sessions, and how long the data have been served.
    ///
    /// - Parameter isLast: Whether the server ends; then the served time is stored even if little has passed.
    @discardableResult
    func persistSeen(isLast: Bool = false) -> EventLoopFuture<Void> {
        let loop = services.loops.first
        let served = services.clock.now.instant
        let seen = services.sessions.takeSeen()
        let isDue = servedWritten.withLock { written in
            guard !seen.isEmpty || isLast || served - written >= Upkeep.servedUnwritten else { return false }
            written = served
            return true
        }
        guard isDue else { return loop.makeSucceededVoidFuture() }
        let written = services.lookup(on: loop) { [store = services.store] in
            try store.touch(seen, served: served, by: $0)
        }
        written.whenFailure { error in
            // They come with the next batch, so that they are not lost.
            self.services.sessions.putBack(seen)
            self.services.logger.warning("last-seen times could not be stored", metadata: ["error": "\(error)"])
        }
        return written
    }

    private func evictIdle() {
        persistSeen()
        for session in services.sessions.all {
            session.post {
                $0.dismissIdleAgent()
                $0.leaveIfLongIdle()
            }
        }
        services.sessions.giveBackMemory()
        services.tidyDiary()
    }

    // MARK: - Retention

    /// How many sessions one sweep deletes; the next sweep finds the others.
    private static let retentionSessions = 256

    /// Deletes sessions whose archive has ended.
    private func deleteAbandoned() {
        Task {
            do {
                let deleted = try await deleteAbandoned(at: services.clock.now)
                guard deleted > 0 else { return }
                services.logger.info("abandoned sessions deleted", metadata: ["sessions": "\(deleted)"])
                // The owners of the deleted sessions are not known here, so all usage is read from the store again.
                services.usage.forget()
                services.purge()
            } catch {
                services.logger.warning("abandoned sessions could not be deleted", metadata: ["error": "\(error)"])
            }
        }
    }

    private func deleteAbandoned(at now: Moment) async throws -> Int {
        let (limits, loop) = (services.configuration.limits, services.loops.first)
        let found = try await services.lookup(on: loop) { [store = services.store] in
            try store.abandonedSessions(
                seenBefore: limits.abandonedSince(now), isExpired: limits.expire == nil, node: Services.node,
                limit: Upkeep.retentionSessions, by: $0)
        }.get()
        var sessions: [SessionID] = []
        for session in found {
            let isAbandoned = await services.sessions[session]?.isAbandoned
            let unstored = services.sessions.unstoredSeen(session)
            guard limits.confirmsAbandoned(isAbandoned: isAbandoned, unstored: unstored, at: now) else { continue }
            if services.sessions.beginDeleting(session, isUnused: true) { sessions.append(session) }
        }
        guard !sessions.isEmpty else { return 0 }
        defer { for session in sessions { services.sessions.deleted(session) } }
        try await services.lookup(on: loop) { [store = services.store, sessions] in
            try store.delete(sessions, node: Services.node, by: $0)
        }.get()
        return sessions.count
    }
}
