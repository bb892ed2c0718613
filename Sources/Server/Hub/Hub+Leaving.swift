import Ledger
import Logging
import NIOCore
import Wire

/// Sessions: closed, and forgotten.
extension Hub {
    func close(_ session: SessionID, _ id: RequestID, for peer: Peer) -> EventLoopFuture<Void> {
        answer(session, id, for: peer) { hub, peer in
            // ACP: closing cancels what goes on. Leaving without cancelling is `_belay/detach`, or just leaving.
            hub.handle(.cancelled(nil), in: session)
            peer.sessions.remove(session)
            hub.handle(.left(peer.id), in: session)
            peer.queue(.response(id, result: [:]))
        }
    }

    func delete(_ session: SessionID, _ id: RequestID, for peer: Peer) -> EventLoopFuture<Void> {
        let (connection, principal) = (peer.id, peer.principal)
        return find(session, for: principal).flatMapErrorThrowing { error in
            // Whose it is was known before the damage was found; a session that cannot be read can be deleted.
            guard case StoreError.corrupt = error else { throw error }
            return true
        }.flatMap { found -> EventLoopFuture<Void> in
            self.assumeIsolated { hub in
                guard found else { return hub.loop.makeFailedFuture(hub.unknown(session)) }
                // First nobody is there any more: what is committed from now on finds no session.
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

    /// A session is none any more: whoever waits for something in it is told, and its agent is stopped.
    ///
    /// - Parameter connection: The one that deletes it, which is not sent away.
    func forget(_ session: SessionID, by connection: ConnectionID? = nil) {
        deleting.insert(session)
        if let record = ledgers[session]?.record {
            usage[record.principal]? -= record.bytes + SessionRecord.overheadBytes
        }
        let effects = (ledgers[session]?.abandon() ?? []).filter { effect in
            if case .close(let other, _, _) = effect { other != connection } else { true }
        }
        perform(effects, in: session)
        unhost(session)
        seen[session] = nil
        for peer in peers.values { peer.sessions.remove(session) }
    }

    /// Takes what was forgotten off the disk, a part at a time, between the commits of others.
    func purge() {
        guard !isPurging, !isStopping else { return }
        isPurging = true
        blocking { [store] in try store.purge() }.whenComplete { result in
            self.assumeIsolated { hub in
                hub.isPurging = false
                switch result {
                case .success(let hasMore): if hasMore { hub.purge() }
                case .failure(let error):
                    hub.logger.warning("deleted sessions are still on the disk", metadata: ["error": "\(error)"])
                }
            }
        }
    }
}
