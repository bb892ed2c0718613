import Glibc
import Ledger
import Logging
import NIOCore
import Synchronization
import Transport
import Wire

/// An upgrade request on its way to a connection: admission, authentication, bounds, and the attaches that it asks for,
/// which are answered together with the 101.
struct Arrival: Sendable {
    typealias Answer = Result<Acceptance, Refusal>

    let request: UpgradeRequest
    let services: Services
    let loop: any EventLoop

    /// Accepts or refuses the request, once there is a place for it.
    ///
    /// The future fails when the connection was closed meanwhile: nobody is left to be answered.
    func decide() -> EventLoopFuture<Answer> {
        if services.isStopping.load(ordering: .relaxed) { return answer(refusalWhileStopping) }
        return services.admission.place(until: request.socketClosed).flatMap { place in
            switch place {
            case .given: authenticateAndAdmit().always { _ in services.admission.free() }
            case .refused: answer(refusalForNow("more clients are attaching than the server can serve at once"))
            case .stopping: answer(refusalWhileStopping)
            case .closed: loop.makeFailedFuture(ChannelError.ioOnClosedChannel)
            }
        }
    }

    private func authenticateAndAdmit() -> EventLoopFuture<Answer> {
        authenticate().flatMap { identity in
            switch identity {
            case .success(let identity): return admit(identity)
            case .failure(let refusal):
                services.note(
                    .notice, "connection refused", of: nil,
                    ["reason": refusal.reason, "address": request.peer.text])
                return answer(refusal)
            }
        }
    }

    // MARK: - Refusals

    private func answer(_ refusal: Refusal) -> EventLoopFuture<Answer> { loop.makeSucceededFuture(.failure(refusal)) }

    private var refusalWhileStopping: Refusal {
        Refusal(.restarting, "the server restarts", retryAfter: services.restartDelay())
    }

    /// 503 with a random delay, so that many clients do not come back at once (``AttachAdmission``).
    private func refusalForNow(_ message: String) -> Refusal {
        Refusal(.busy, "\(message); try again later", retryAfter: services.admission.delay())
    }

    // MARK: - Who it is

    /// Who connects, and the place of the connection in the order of all.
    private struct Identity: Sendable {
        var principal: Principal
        /// The ID of the token; `nil` for a local program of the server's own user.
        var token: String?
        var generation: Generation
    }

    private func authenticate() -> EventLoopFuture<Result<Identity, Refusal>> {
        guard let token = request.token else {
            if case .local(let user) = request.peer, user == geteuid() {
                return services.lookup(on: loop) { [services] deadline in
                    let generation = services.generation(by: deadline)
                    return .success(Identity(principal: SessionRoots.local, token: nil, generation: generation))
                }
            }
            let refusal = Refusal(
                .tokenMissing, "this server requires a token: set BELAY_TOKEN, or ask its operator for one")
            return loop.makeSucceededFuture(.failure(refusal))
        }
        let hash = Tokens.hash(token)
        let now = services.clock.now.timestamp
        return services.lookup(on: loop) { [services] deadline in
            guard let record = try services.store.token(hash: hash, by: deadline) else {
                return .failure(.tokenUnknown)
            }
            if let refusal = record.refusal(at: now) { return .failure(refusal) }
            // `local` is not confined to roots, so no token may sign in under that name, whoever wrote it into the
            // store.
            guard record.principal != SessionRoots.local else { return .failure(.tokenUnknown) }
            let generation = services.generation(by: deadline)
            return .success(Identity(principal: record.principal, token: record.id, generation: generation))
        }.flatMapErrorThrowing { error in .failure(.storageFailed(error)) }
    }

    // MARK: - The connection

    private func admit(_ identity: Identity) -> EventLoopFuture<Answer> {
        // The server may have begun to shut down while the token was looked up.
        if services.isStopping.load(ordering: .relaxed) { return answer(refusalWhileStopping) }
        let configuration = services.configuration
        let connection = ConnectionActor(
            principal: identity.principal, token: identity.token, generation: identity.generation,
            deflate: request.deflate, on: loop, services)
        switch services.connections.add(
            connection, maximum: configuration.connectionsMaximum, perUser: configuration.connectionsPerPrincipal)
        {
        case .full:
            let maximum = configuration.connectionsMaximum
            return answer(refusalForNow("the server has reached its limit of \(maximum) connections"))
        case .userFull:
            return answer(
                Refusal(
                    .connections, "this user has \(configuration.connectionsPerPrincipal) connections already",
                    retryAfter: 5_000))
        case nil: break
        }
        services.note(
            .info, "connection admitted", of: identity.principal,
            [
                "connection": "\(connection.id.rawValue)", "address": request.peer.text,
                "agent": request.userAgent ?? "-",
            ])
        let initialize = request.initialize.flatMap { try? InitializeRequest(json: $0) }
        let acceptance = Acceptance(
            connectionID: "\(connection.id.rawValue)", honoursInitialize: initialize?.layer != nil,
            opened: { socket in connection.assumeIsolated { $0.opened(socket) } },
            abandoned: { connection.assumeIsolated { $0.ended() } })
        guard let initialize, initialize.layer != nil else { return loop.makeSucceededFuture(.success(acceptance)) }
        let promise = loop.makePromise(of: Answer.self)
        connection.assumeIsolated { $0.begin(initialize, acceptance, promise) }
        return promise.futureResult
    }
}

extension ConnectionActor {
    /// Attaches what the upgrade request asks for.
    fileprivate func begin(
        _ initialize: InitializeRequest, _ acceptance: Acceptance, _ promise: EventLoopPromise<Arrival.Answer>
    ) {
        Task.immediate {
            do {
                try await greet(.number(0), initialize)
                promise.succeed(.success(acceptance))
            } catch {
                // The attach cannot be answered without the store: refuse with 503 rather than guess what the client
                // holds.
                ended()
                promise.succeed(.failure(.storageFailed(error)))
            }
        }
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
        return Refusal(
            Reason(rawValue: reason) ?? .storageFailed, sentence, retryAfter: StoreError.retryDelay(after: error))
    }
}
