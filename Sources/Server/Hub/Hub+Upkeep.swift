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
    /// How often archives are looked at.
    static let archiveInterval = TimeAmount.minutes(1)

    func beginUpkeep() {
        every(Hub.tokenInterval) { $0.checkTokens() }
        every(Hub.seenInterval) { _ = $0.persistSeen() }
        every(.nanoseconds(configuration.idleInterval.nanoseconds)) { $0.evictIdle() }
        every(Hub.archiveInterval) { $0.deleteArchives() }
        deleteArchives()
        purge()
    }

    private func every(_ interval: TimeAmount, _ action: @escaping @Sendable (isolated Hub) -> Void) {
        timers.append(
            loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
                self.assumeIsolated { action($0) }
            })
    }

    private func checkTokens() {
        let tokens = Set(peers.values.compactMap(\.token))
        guard !tokens.isEmpty else { return }
        let now = clock.now.timestamp
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

    func persistSeen() -> EventLoopFuture<Void> {
        guard !seen.isEmpty else { return loop.makeSucceededVoidFuture() }
        let batch = seen
        seen = [:]
        let written = blocking { [store] in try store.touch(batch) }
        written.whenFailure { error in
            self.logger.warning("signs of life not written", metadata: ["error": "\(error)"])
        }
        return written
    }

    private func evictIdle() {
        _ = persistSeen()
        let now = clock.now.instant
        for (session, ledger) in ledgers where ledger.isIdle && now - ledger.seenAt > .seconds(60) {
            unhost(session)
        }
        diary.tidy(at: now)
    }

    private func deleteArchives() {
        let limit = clock.now.timestamp - configuration.limits.archive.milliseconds
        blocking { [store] in try store.deleteSessions(expiredBefore: limit) }.whenSuccess { sessions in
            guard !sessions.isEmpty else { return }
            self.logger.info("archives deleted", metadata: ["sessions": "\(sessions.count)"])
            self.assumeIsolated { hub in
                // Whose they were is not known any more: what users hold is asked for again.
                hub.usage = [:]
                for session in sessions {
                    hub.forget(session)
                    hub.deleting.remove(session)
                }
                hub.purge()
            }
        }
    }
}
