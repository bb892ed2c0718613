import Ledger
import Logging
import NIOCore
import Transport
import Wire

/// Periodic tasks: tokens, last-seen times, retention.
extension Hub {
    /// How often tokens of open connections are checked, so that a revoked one is closed within a second.
    static let tokenInterval = TimeAmount.milliseconds(500)
    /// How often all of them are read again: a token may have been revoked by what does not count it, such as SQL that
    /// an operator types.
    static let tokenWatchInterval = TimeAmount.minutes(1)
    /// How often last-seen times are stored, so that a restart does not count clients as away.
    static let seenInterval = TimeAmount.seconds(5)
    /// How often expired archives are looked for.
    static let retentionInterval = TimeAmount.minutes(1)
    /// How much served time may pass without being stored while no client is connected. A killed server forgets at most
    /// this much of its clients' absence, and an idle one does not write every few seconds.
    static let servedUnwritten = Duration.seconds(60)
    /// How many sessions one sweep deletes; the next sweep finds the others.
    private static let retentionSessions = 256

    func beginUpkeep() {
        every(Hub.tokenInterval) { $0.checkTokens() }
        every(Hub.tokenWatchInterval) { $0.tokenWatch.forget() }
        every(Hub.seenInterval) { $0.persistSeen() }
        every(.nanoseconds(configuration.idleInterval.nanoseconds)) { $0.evictIdle() }
        every(Hub.retentionInterval) { $0.deleteAbandoned() }
        deleteAbandoned()
        purge()
    }

    private func every(_ interval: TimeAmount, _ action: @escaping @Sendable (isolated Hub) -> Void) {
        timers.append(
            loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
                self.assumeIsolated { action($0) }
            })
    }

    private func checkTokens() {
        // The clock only counts time between reads that are close together (`Clock.servedMaximum`).
        let now = clock.now.timestamp
        let tokens = Set(peers.values.compactMap(\.token))
        guard !tokens.isEmpty else { return }
        blocking { [store, tokenWatch] () throws -> (Int64, [TokenRecord]) in
            // The number first: what is revoked in between changes it, and is read again.
            let revocations = try store.revocations()
            let unread = tokenWatch.unread(of: tokens, revocations: revocations)
            return (revocations, try unread.isEmpty ? [] : store.tokens(Array(unread)))
        }.whenSuccess { revocations, records in
            self.assumeIsolated { hub in
                hub.tokenWatch.update(records, of: tokens, revocations: revocations)
                for peer in hub.peers.values {
                    guard let token = peer.token, let refusal = hub.tokenWatch.refusal(of: token, at: now) else {
                        continue
                    }
                    peer.connection?.close(.tokenRejected, refusal.message)
                    hub.closed(peer.id)
                }
            }
        }
    }

    /// Stores the last-seen times of sessions, and how long the data have been served.
    ///
    /// - Parameter isLast: Whether the server ends; then the served time is stored even if little has passed.
    @discardableResult
    func persistSeen(isLast: Bool = false) -> EventLoopFuture<Void> {
        let served = clock.now.instant
        guard !seen.isEmpty || isLast || served - servedWritten >= Hub.servedUnwritten else {
            return loop.makeSucceededVoidFuture()
        }
        let batch = seen
        (seen, servedWritten) = ([:], served)
        let written = blocking { [store] in try store.touch(batch, served: served) }
        written.whenFailure { error in
            self.assumeIsolated { hub in
                // Merge them into the next batch, so that they are not lost.
                hub.seen.merge(batch, uniquingKeysWith: max)
                hub.logger.warning("last-seen times could not be stored", metadata: ["error": "\(error)"])
            }
        }
        return written
    }

    private func evictIdle() {
        persistSeen()
        let now = clock.now.instant
        for (session, ledger) in ledgers where isEvictable(session) && now - ledger.seenAt > .seconds(60) {
            unhost(session)
        }
        if freed.takeIfDue(at: now) { _ = blocking { FreedMemory.giveBack() } }
        diary.tidy(at: now)
    }

    /// Deletes sessions whose archive has ended.
    private func deleteAbandoned() {
        let now = clock.now
        let limits = configuration.limits
        blocking { [store] in
            try store.abandonedSessions(
                seenBefore: limits.abandonedSince(now), isExpired: limits.expire == nil, limit: Hub.retentionSessions)
        }.flatMap { found -> EventLoopFuture<[SessionID]> in
            self.assumeIsolated { hub in
                // A ledger in memory may have a newer last-seen time than the store.
                let sessions = found.filter { session in
                    guard let ledger = hub.ledgers[session] else { return true }
                    return hub.isEvictable(session) && ledger.record.isAbandoned(limits, at: now)
                }
                for session in sessions { hub.forget(session) }
                return hub.blocking { [store = hub.store] in
                    if !sessions.isEmpty { try store.delete(sessions) }
                    return sessions
                }.always { _ in self.assumeIsolated { $0.deleting.subtract(sessions) } }
            }
        }.whenComplete { result in
            self.assumeIsolated { hub in
                switch result {
                case .success(let sessions):
                    guard !sessions.isEmpty else { return }
                    hub.logger.info("abandoned sessions deleted", metadata: ["sessions": "\(sessions.count)"])
                    // The owners of the deleted sessions are not known here, so all usage is read from the store again.
                    hub.usage = [:]
                    hub.purge()
                case .failure(let error):
                    hub.logger.warning("abandoned sessions could not be deleted", metadata: ["error": "\(error)"])
                }
            }
        }
    }
}
