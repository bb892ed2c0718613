import Ledger
import Logging
import NIOCore
import Transport
import Wire

/// What is looked after from time to time.
extension Hub {
    /// How often tokens of live connections are looked at: a revoked one is closed within a second.
    static let tokenInterval = TimeAmount.milliseconds(500)
    /// How often signs of life are written down, so that a restart does not forget who was there.
    static let seenInterval = TimeAmount.seconds(5)
    /// How often it is looked for sessions whose time is over.
    static let retentionInterval = TimeAmount.minutes(1)
    /// How much time may pass unwritten while nobody is there: a server that is killed forgets so much of everybody's
    /// absence, and one that rests does not write for nothing.
    static let servedUnwritten = Duration.seconds(60)
    /// Sessions that are deleted at once; the next look finds the others.
    private static let retentionSessions = 256

    func beginUpkeep() {
        every(Hub.tokenInterval) { $0.checkTokens() }
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
        // Looking at the clock is what makes it run (`Clock.servedMaximum`).
        let now = clock.now.timestamp
        let tokens = Set(peers.values.compactMap(\.token))
        guard !tokens.isEmpty else { return }
        blocking { [store] in try store.tokens(Array(tokens)) }.whenSuccess { records in
            let refused = Dictionary(
                uniqueKeysWithValues: records.compactMap { record in record.refusal(at: now).map { (record.id, $0) } })
            self.assumeIsolated { hub in
                for peer in hub.peers.values {
                    guard let token = peer.token, let refusal = refused[token] else { continue }
                    peer.connection?.close(.tokenRejected, refusal.message)
                    hub.closed(peer.id)
                }
            }
        }
    }

    /// Writes down who was there, and how long the data have been served.
    ///
    /// - Parameter isLast: Whether the server ends, and every second has to be written.
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
                // They are not lost: with the next ones they are written again.
                hub.seen.merge(batch, uniquingKeysWith: max)
                hub.logger.warning("signs of life not written", metadata: ["error": "\(error)"])
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
        diary.tidy(at: now)
    }

    /// Deletes sessions that nobody came back to, once they cannot be read any more.
    private func deleteAbandoned() {
        let now = clock.now
        let limits = configuration.limits
        blocking { [store] in
            try store.abandonedSessions(
                seenBefore: limits.abandonedSince(now), isExpired: limits.expire == nil, limit: Hub.retentionSessions)
        }.flatMap { found -> EventLoopFuture<[SessionID]> in
            self.assumeIsolated { hub in
                // What is in memory may know of a sign of life that is not written down yet.
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
                    // Whose they were is not known any more: what users hold is asked for again.
                    hub.usage = [:]
                    hub.purge()
                case .failure(let error):
                    hub.logger.warning("abandoned sessions are still there", metadata: ["error": "\(error)"])
                }
            }
        }
    }
}
