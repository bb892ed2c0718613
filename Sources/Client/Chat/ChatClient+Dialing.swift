import FailPoints
import Glibc
import Mirror
import NIOCore
import NIOPosix
import Platform
import Sync
import Transport
import Wire

/// Opening connections, and handling their events.
extension ChatClient {
    func dial(_ generation: Int, _ initialize: InitializeRequest) {
        guard let tokens = configuration.tokens else { return prepare(generation, initialize, token: nil) }
        guard tokens.needsCommand else { return prepareWithStoredToken(generation, initialize, tokens) }
        // The command may be slow, so it is run in a task: neither the disk nor the user waits for it.
        preparation?.cancel()
        preparation = Task {
            do throws(ClientError) {
                let token = try await tokens.token(for: configuration.endpoint)
                prepare(generation, initialize, token: token)
            } catch {
                failed(generation, error)
            }
        }
    }

    /// Without a task: on Linux the global executor, once it has begun, looks at its threads each second for as long as
    /// the process lives.
    private func prepareWithStoredToken(
        _ generation: Int, _ initialize: InitializeRequest, _ tokens: TokenSource
    ) {
        let endpoint = configuration.endpoint
        background.runIfActive(eventLoop: loop) {
            Result { () throws(ClientError) in try tokens.stored(for: endpoint) }
        }.whenSuccess { result in
            self.assumeIsolated { client in
                switch result {
                case .success(let token): client.prepare(generation, initialize, token: token)
                case .failure(let error): client.failed(generation, error)
                }
            }
        }
    }

    /// There is no token. A failed command, or a file that cannot be read just now, is retried with backoff; a wrong
    /// file or variable stops the client.
    private func failed(_ generation: Int, _ error: ClientError) {
        if case .helper(let message) = error {
            run(.failed(generation: generation, .unreachable(message)))
        } else {
            let refusal = Refusal(.tokenMissing, "\(error)")
            run(.failed(generation: generation, .refused(refusal)))
        }
    }

    /// Prepares an attempt. The position is read from the disk because another client of this user may have moved the
    /// mirror further than this process knows.
    private func prepare(_ generation: Int, _ initialize: InitializeRequest, token: String?) {
        guard !isOver, engine.isDialing(generation) else { return }
        let (store, session) = (store, initialize.layer?.resume.first?.session)
        disk.runIfActive(eventLoop: loop) {
            try session.flatMap { try store.mirror.holding(of: $0, at: store.chat.server) }
        }.whenComplete { result in
            self.assumeIsolated { client in
                switch result {
                case .success(let holding):
                    let initialize = client.claim(holding, in: initialize)
                    client.dial(generation, initialize, token: token, mayStart: true)
                case .failure(StoreError.corrupt):
                    client.run(.failed(generation: generation, .unreachable("the local copy (mirror.db) is damaged")))
                    client.replaceMirror()
                case .failure(let error):
                    client.run(.failed(generation: generation, .unreachable("\(error)")))
                }
            }
        }
    }

    /// Claims the position that the mirror holds; if it is newer than what was shown, the front end reads the mirror
    /// again.
    private func claim(_ holding: Holding?, in initialize: InitializeRequest) -> InitializeRequest {
        let claim = holding?.claim
        guard var request = initialize.layer?.resume.first, claim?.position != request.position else {
            return initialize
        }
        var initialize = initialize
        (request.position, request.timestamp) = (claim?.position, claim?.timestamp)
        initialize.layer?.resume = [request]
        // What is shown stays until there is something to replace it.
        if holding != nil { report(.replaced(request.session)) }
        return initialize
    }

    private func dial(_ generation: Int, _ initialize: InitializeRequest, token: String?, mayStart: Bool) {
        let request = Dialer.Request(
            endpoint: configuration.privateServer?.endpoint ?? configuration.endpoint, token: token,
            userAgent: "\(configuration.client.name)/\(configuration.client.version)", initialize: initialize.json,
            headers: configuration.headers, localAddress: configuration.localAddress,
            authorities: configuration.authorities, allowsPlaintext: configuration.allowsPlaintext,
            // Another user could have created the socket's path: the listener of the private server must be this user's
            // process.
            socketOwner: configuration.privateServer.map { _ in geteuid() }, proxies: configuration.proxies,
            addresses: addresses, compression: configuration.compression)
        let begun = NIODeadline.now()
        Dialer.dial(request, on: loop) { connection, greeted in
            self.assumeIsolated { $0.opened(connection, generation, greeted: greeted) }
        }.whenFailure { error in
            self.assumeIsolated { client in
                let failure = error as? DialError ?? .unreachable("\(error)")
                guard mayStart, let server = client.configuration.privateServer, failure.isMissing(server) else {
                    return client.run(.failed(generation: generation, DialFailure(failure)))
                }
                let isSilent = NIODeadline.now() - begun >= Dialer.timeout
                client.startServer(server, generation, initialize, isSilent: isSilent)
            }
        }
    }

    /// The connection to the private server failed: it was never started, it died, or it is silent: it accepted the
    /// connection and did not answer in time, which another attempt would only repeat.
    private func startServer(
        _ server: PrivateServer, _ generation: Int, _ initialize: InitializeRequest, isSilent: Bool
    ) {
        background.runIfActive(eventLoop: loop) { try server.reach() }.whenComplete { result in
            self.assumeIsolated { client in
                switch result {
                case .success(.running(let name)) where isSilent:
                    let message = "\(name) accepts connections and does not answer: it is stopped or busy"
                    client.run(.failed(generation: generation, .unreachable(message)))
                case .success: client.dial(generation, initialize, token: nil, mayStart: false)
                case .failure(ClientError.configuration(let message)):
                    client.run(.failed(generation: generation, .misconfigured(message)))
                case .failure(let error): client.run(.failed(generation: generation, .unreachable("\(error)")))
                }
            }
        }
    }

    /// Ends the private server of another version, after both programs were upgraded while it ran.
    func replaceServer(_ version: String) {
        guard let server = configuration.privateServer else { return }
        background.runIfActive(eventLoop: loop) { try server.end(version: version) }.whenFailure { error in
            self.assumeIsolated {
                $0.report(.notice("belay could not end the private server of version \(version): \(error)"))
            }
        }
    }

    /// The route to the server, compared with that of the present connection. Without a connection every change of the
    /// network is worth a new attempt.
    var route: Route {
        guard configuration.localAddress == nil, let connection = connections.values.first,
            let remote = connection.remoteAddress
        else { return configuration.localAddress == nil ? .changed : .unchanged }
        guard let source = SourceAddress.toward(remote) else { return .none }
        return source == connection.localAddress?.ipAddress ? .unchanged : .changed
    }

    private func opened(_ connection: Connection, _ generation: Int, greeted: Bool) {
        FailPoint.hit("client.opened")
        guard !isOver, engine.isDialing(generation) else {
            return connection.close(.normal, "given up")
        }
        connections[generation] = connection
        connection.onEvent { event in self.assumeIsolated { $0.happened(event, generation) } }
        if let path = connection.path { report(.path(path)) }
        run(.opened(generation: generation, greeted: greeted, upgrade: connection.upgrade))
    }

    private func happened(_ event: Connection.Event, _ generation: Int) {
        switch event {
        case .received(let messages):
            run(.received(generation: generation, messages))
            pauseReading(generation)
        case .alive, .writabilityChanged, .undecodable: break
        case .closed(let closure):
            connections[generation] = nil
            bytesStored[generation] = nil
            run(.closed(generation: generation, closure))
        }
    }
}

extension DialError {
    /// Whether no server was there, so that one may have to be started.
    fileprivate func isMissing(_ server: PrivateServer) -> Bool {
        switch self {
        case .unreachable: true
        case .untrusted: server.isSocketReplaced
        case .refused, .foreign: false
        }
    }
}

extension DialFailure {
    init(_ error: DialError) {
        switch error {
        case .unreachable(let message): self = .unreachable(message)
        case .refused(let refusal): self = .refused(refusal)
        case .foreign(let message): self = .foreign(message)
        case .untrusted(let message): self = .untrusted(message)
        }
    }
}

extension Connection {
    /// The way that it takes through the network; `nil` for one that stays on this machine.
    fileprivate var path: ClientEvent.Path? {
        guard let address = localAddress?.ipAddress, let peer = remoteAddress?.ipAddress, !HostIdentity(peer).isLoopback
        else { return nil }
        let device = (try? System.enumerateDevices())?.first { $0.address?.ipAddress == address }
        return ClientEvent.Path(interface: device?.name ?? "", address: address)
    }
}
