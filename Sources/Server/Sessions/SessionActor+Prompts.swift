import Ledger
import NIOCore
import Wire

/// Prompts: what is looked up before the ledger decides about one.
extension SessionActor {
    /// Hands a prompt to the ledger, unless the session has expired or a bound of its user stands against it.
    ///
    /// - Parameters:
    ///   - id: The request to answer; it is answered by the connection's actor.
    ///   - watch: Called on the connection when it watches from now on, before anything is sent to it.
    /// - Throws: What the client is told: ``RPCError``, or an error of the store.
    func accept(
        _ prompt: ClientRequest.Prompt, _ request: RequestID, from attacher: Attacher, watch: @escaping Reply
    ) async throws {
        let used = try await services.usage(of: principal)
        // A session past `sessions.expire` has expired, even if no client or sweep has marked it yet.
        if !attacher.watched.contains(id), let (successor, expiry) = try await successor() {
            successor.release()
            throw expiry.error
        }
        // Last of all: what is recalled must not leave memory again before the ledger sees the prompt.
        try await recall(prompt)
        let isKnown = prompt.clientMessageID.map { ledger.knows($0) } ?? false
        let maximum = services.configuration.bytesPerPrincipal
        // No quota for the local user, who can fill the disk without the server.
        guard isKnown || principal == SessionRoots.local || used < maximum else {
            throw RPCError.quota(maximum: maximum)
        }
        let (turn, message) = (TurnID(services.mint()), MessageID(services.mint()))
        let connection = attacher.connection
        guard !attacher.watched.contains(id) else {
            return handle(.prompted(connection.id, request, prompt, turn: turn, message: message))
        }
        attach(attacher, id, .follow) { connection, attached in
            watch(connection, attached)
            // Refused: the reply has said so.
            guard let session = attached.session else { return }
            let id = connection.id
            session.post { $0.handle(.prompted(id, request, prompt, turn: turn, message: message)) }
        }
    }

    /// Reads the prompt of that key from the store when it may be one that has ended and left memory.
    private func recall(_ prompt: ClientRequest.Prompt) async throws {
        guard let key = prompt.clientMessageID else { return }
        while let forgotten = ledger.mayHaveForgotten(key) {
            let known = try await services.readers.run(for: principal) { [services, id] in
                try services.store.prompt(key, of: id, by: $0)
            }
            if let known, !change({ $0.recall(known) }) {
                fence(lease.token)
                throw StoreError.notNow(.ownedElsewhere(id, by: nil), retryAfter: StoreError.Obstacle.retryDefault)
            }
            // One that ended while it was read may have left memory by now.
            guard known == nil, ledger.mayHaveForgotten(key) ?? forgotten != forgotten else { return }
        }
    }
}
