import Glibc
import Ledger
import Logging
import NIOCore
import Transport
import Wire

/// Connections: from the upgrade request to the end.
extension Hub {
    /// Accepts or refuses an upgrade request, once there is a place for it. The attaches that it asks for are answered
    /// together with the 101.
    ///
    /// The future fails when the connection was closed meanwhile: nobody is left to be answered.
    func accept(_ request: UpgradeRequest) -> EventLoopFuture<Result<Acceptance, Refusal>> {
        if isStopping { return refuseWhileStopping() }
        return place(until: request.socketClosed).flatMap { place in
            self.assumeIsolated { hub in
                switch place {
                case .given: return hub.decide(request).always { _ in self.assumeIsolated { $0.freePlace() } }
                case .refused: return hub.refuseForNow("more clients are attaching than the server can serve at once")
                case .stopping: return hub.refuseWhileStopping()
                case .closed: return hub.loop.makeFailedFuture(ChannelError.ioOnClosedChannel)
                }
            }
        }
    }

    private func decide(_ request: UpgradeRequest) -> EventLoopFuture<Result<Acceptance, Refusal>> {
        authenticate(request).flatMap { identity in
            self.assumeIsolated { hub in
                switch identity {
                case .failure(let refusal):
                    hub.note(
                        .notice, "connection refused", of: nil,
                        ["reason": refusal.reason, "address": request.peer.text])
                    return hub.loop.makeSucceededFuture(.failure(refusal))
                case .success(let (principal, token)): return hub.admit(request, principal, token: token)
                }
            }
        }
    }

    private func refuseWhileStopping() -> EventLoopFuture<Result<Acceptance, Refusal>> {
        let delay = AttachAdmission.restartDelay(connections: peers.count, using: &generator)
        return refuse(.restarting, "the server restarts", retryAfter: delay)
    }

    /// Refuses with 503 and a random delay, so that many clients do not come back at once (``AttachAdmission``).
    private func refuseForNow(_ message: String) -> EventLoopFuture<Result<Acceptance, Refusal>> {
        let delay = admission.delay(at: clock.now.instant, using: &generator)
        return refuse(.busy, "\(message); try again later", retryAfter: delay)
    }

    private func refuse(
        _ reason: Refusal.Reason, _ message: String, retryAfter: Int64
    ) -> EventLoopFuture<Result<Acceptance, Refusal>> {
        loop.makeSucceededFuture(.failure(Refusal(reason, message, retryAfter: retryAfter)))
    }

    private func authenticate(
        _ request: UpgradeRequest
    ) -> EventLoopFuture<Result<(Principal, token: String?), Refusal>> {
        guard let token = request.token else {
            if case .local(let user) = request.peer, user == geteuid() {
                return loop.makeSucceededFuture(.success((SessionRoots.local, token: nil)))
            }
            let refusal = Refusal(
                .tokenMissing, "this server requires a token: set BELAY_TOKEN, or ask its operator for one")
            return loop.makeSucceededFuture(.failure(refusal))
        }
        let hash = Tokens.hash(token)
        let now = clock.now.timestamp
        return blocking { [store] in try store.token(hash: hash) }.map { record in
            guard let record else {
                return .failure(.tokenUnknown)
            }
            if let refusal = record.refusal(at: now) { return .failure(refusal) }
            // `local` is not confined to roots, so no token may sign in under that name, whoever wrote it into the
            // store.
            guard record.principal != SessionRoots.local else {
                return .failure(.tokenUnknown)
            }
            return .success((record.principal, token: record.id))
        }.flatMapErrorThrowing { error in
            .failure(.storageFailed(error))
        }
    }

    private func admit(
        _ request: UpgradeRequest, _ principal: Principal, token: String?
    ) -> EventLoopFuture<Result<Acceptance, Refusal>> {
        // The server may have begun to shut down while the token was looked up.
        if isStopping { return refuseWhileStopping() }
        guard peers.count < configuration.connectionsMaximum else {
            return refuseForNow("the server has reached its limit of \(configuration.connectionsMaximum) connections")
        }
        guard connections[principal]?.count ?? 0 < configuration.connectionsPerPrincipal else {
            return refuse(
                .connections, "this user has \(configuration.connectionsPerPrincipal) connections already",
                retryAfter: 5_000)
        }
        let peer = Peer(
            id: ConnectionID(rawValue: number()), principal: principal, token: token, address: request.peer.text)
        peers[peer.id] = peer
        connections[principal, default: []].insert(peer.id)
        let id = peer.id
        note(
            .info, "connection admitted", of: principal,
            [
                "connection": "\(id.rawValue)", "address": peer.address, "agent": request.userAgent ?? "-",
            ])
        let initialize = request.initialize.flatMap { try? InitializeRequest(json: $0) }
        let greeted: EventLoopFuture<Void> =
            if let initialize, initialize.layer != nil {
                greet(peer.id, .number(0), initialize)
            } else {
                loop.makeSucceededVoidFuture()
            }
        return greeted.map {
            .success(
                Acceptance(
                    connectionID: "\(id.rawValue)", honoursInitialize: initialize?.layer != nil,
                    opened: { connection in self.assumeIsolated { $0.opened(id, connection) } },
                    abandoned: { self.assumeIsolated { $0.closed(id) } }))
        }.flatMapErrorThrowing { error in
            // The attach cannot be answered without the store: refuse with 503 rather than guess what the client holds.
            self.assumeIsolated { $0.closed(id) }
            return .failure(.storageFailed(error))
        }
    }

    private func opened(_ id: ConnectionID, _ connection: Connection) {
        guard let peer = peers[id] else {
            return connection.close(.goingAway, "retry_after_ms=0; the server could not finish the attach")
        }
        peer.connection = connection
        connection.onEvent { event in self.assumeIsolated { $0.happened(event, on: id) } }
        pump(peer)
    }

    private func happened(_ event: Connection.Event, on id: ConnectionID) {
        guard let peer = peers[id] else { return }
        switch event {
        case .received(let messages):
            touch(peer)
            if !peer.hasSpoken {
                peer.hasSpoken = true
                takeOver(peer)
            }
            received(messages, from: peer)
        case .alive: touch(peer)
        case .writabilityChanged: pump(peer)
        case .closed: closed(id)
        }
    }

    /// Closes older connections of the same client with 4409 once it speaks on this one: they may be half-open, and
    /// their time-out would come much later. A newer connection stays: the first frame on an old one may have been in
    /// flight since before the network changed.
    func takeOver(_ peer: Peer) {
        guard let client = peer.layer?.clientID else { return }
        // Only older ones: the first frame on an old connection may arrive while a newer one is open and still silent.
        for id in connections[peer.principal] ?? [] where id.rawValue < peer.id.rawValue {
            guard let other = peers[id], other.layer?.clientID == client else { continue }
            other.connection?.close(.superseded, "a newer connection of this client took over")
            closed(other.id)
        }
    }

    func closed(_ id: ConnectionID) {
        guard let peer = peers.removeValue(forKey: id) else { return }
        connections[peer.principal]?.remove(id)
        if connections[peer.principal]?.isEmpty == true { connections[peer.principal] = nil }
        for session in peer.sessions { handle(.detached(id), in: session) }
        note(.info, "connection ended", of: peer.principal, ["connection": "\(id.rawValue)"])
    }

    /// Notes a sign of life for every session that the connection watches.
    private func touch(_ peer: Peer) {
        let now = clock.now
        for session in peer.sessions {
            ledgers[session]?.touch(at: now)
            seen[session] = now.instant
        }
    }

    /// Back-pressure for a client that reads too slowly: drops the queued entries and marks their sessions as lagging;
    /// they are read from the journal again when the queue has drained.
    func shed(_ peer: Peer) {
        for (session, through) in peer.dropEntries() {
            peer.lagging.insert(session)
            handle(.lagging(peer.id, through: through), in: session)
        }
    }

    /// Logs an event that a peer caused, within its user's rate limit (``Diary``).
    func note(
        _ level: Logger.Level, _ message: Logger.Message, of user: Principal?,
        _ metadata: KeyValuePairs<String, String>
    ) {
        diary.note(level, message, of: user, at: clock.now.instant, metadata)
    }
}

extension UpgradeRequest.Peer {
    /// The address of the peer, for the log.
    fileprivate var text: String {
        switch self {
        case .network(let address): address
        case .local: "this machine"
        }
    }
}

extension Refusal {
    /// Also for a token that the store has and the server does not accept.
    fileprivate static let tokenUnknown = Refusal(.tokenUnknown, "this server does not know the token")

    /// 503 with the reason of a failed store; the details go into the log only.
    fileprivate static func storageFailed(_ error: any Error) -> Refusal {
        let (sentence, reason) = StoreError.told(error)
        return Refusal(Reason(rawValue: reason) ?? .storageFailed, sentence, retryAfter: 2_000)
    }
}
