import Ledger
import Logging
import NIOCore
import Wire

/// Closing, deleting and purging sessions.
extension Hub {
    func close(_ session: SessionID, _ id: RequestID, for peer: Peer) -> EventLoopFuture<Void> {
        answer(session, id, for: peer) { hub, peer in
            // ACP: `session/close` cancels the work of the session, also what waits behind the running turn. To leave
            // without cancelling there is `_belay/detach`.
            for turn in hub.ledgers[session]?.turnsPending ?? [] { hub.handle(.cancelled(turn), in: session) }
            peer.sessions.remove(session)
            hub.handle(.left(peer.id), in: session)
            peer.queue(.response(id, result: [:]))
        }
    }

    func delete(_ session: SessionID, _ id: RequestID, for peer: Peer) -> EventLoopFuture<Void> {
        let (connection, principal) = (peer.id, peer.principal)
        return find(session, for: principal).flatMapErrorThrowing { error in
            // The owner was checked before the damage was found, so a damaged session may be deleted.
            guard (error as? StoreError)?.isDamage == true else { throw error }
            return true
        }.flatMap { found -> EventLoopFuture<Void> in
            self.assumeIsolated { hub in
                guard found else { return hub.loop.makeFailedFuture(hub.unknown(session)) }
                // Forget it in memory first: commits that are still in flight then find no session.
                hub.forget(session, by: connection)
                return hub.readers.run(for: principal) { [store = hub.store] in try store.delete(session) }
                    .always { _ in self.assumeIsolated { hub in _ = hub.deleting.remove(session) } }
            }
        }.map {
            self.assumeIsolated { hub in
                hub.peers[connection]?.queue(.response(id, result: [:]))
                hub.purge()
            }
        }.flatMapErrorThrowing { error in
            self.assumeIsolated { $0.refuse(id, error, on: connection) }
        }
    }

    /// Forgets a session in memory: answers its waiting requests, stops its agent, and closes its connections.
    ///
    /// - Parameter connection: The connection that deletes it, which is not closed.
    func forget(_ session: SessionID, by connection: ConnectionID? = nil) {
        deleting.insert(session)
        if let record = ledgers[session]?.record {
            count(-(record.bytes + SessionRecord.overheadBytes), of: record.principal)
        }
        let effects = (ledgers[session]?.abandon() ?? []).filter { effect in
            if case .close(let other, _, _) = effect { other != connection } else { true }
        }
        perform(effects, in: session)
        unhost(session)
        seen[session] = nil
        for peer in peers.values { peer.sessions.remove(session) }
    }

    /// Takes a session out of memory because damage was found in it: answers its waiting requests, stops its agent, and
    /// closes its connections. It is loaded again when a client asks for it, and refused if the damage is still there.
    func setAside(_ session: SessionID, because damage: StoreError) {
        guard let principal = ledgers[session]?.record.principal else { return }
        note(
            .error, "damaged session set aside", of: principal, ["session": session.rawValue, "error": "\(damage)"])
        perform(ledgers[session]?.abandon(because: damage) ?? [], in: session)
        unhost(session)
        for peer in peers.values { peer.sessions.remove(session) }
    }

    /// Purges deleted sessions from the disk, a part at a time, so that commits of others come in between.
    func purge() {
        guard !isPurging, !isStopping else { return }
        isPurging = true
        blocking { [store] in try store.purge() }.whenComplete { result in
            self.assumeIsolated { hub in
                hub.isPurging = false
                switch result {
                case .success(let hasMore): if hasMore { hub.purge() }
                case .failure(let error):
                    hub.logger.warning("deleted sessions could not be purged", metadata: ["error": "\(error)"])
                }
            }
        }
    }
}
