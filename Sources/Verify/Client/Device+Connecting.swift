import NIOCore
import Platform
import Transport
import Wire

/// The identity of the examination at the server, and the folder of its sessions.
struct Account: Sendable {
    var endpoint: Endpoint
    var token: @Sendable () async throws -> String?
    var authorities: Authorities
    var proxies: Proxies
    var allowsPlaintext = false
    var compression = Compression.auto
    /// The folder of the sessions, an absolute path on the server.
    var directory: String
    /// The sessions that were created, to be deleted at the end.
    let made = Made()

    /// A list that all clients of an examination share.
    final class Made: Sendable {
        private let list = Locked<[SessionID]>([])

        var sessions: [SessionID] { list.withLock { $0 } }

        func add(_ session: SessionID) { list.withLock { $0.append(session) } }
    }
}

extension Device {
    /// Connects, resumes the session if there is one, and returns when all missed entries were received.
    ///
    /// - Returns: The time that it took, from opening the connection.
    @discardableResult
    func connect(from place: Place = .home) async throws -> Duration {
        let clock = ContinuousClock()
        let givenUp = clock.now + Timeout.busy
        while true {
            drop()
            let begun = clock.now
            do {
                try await greet(from: place)
                if session != nil { try await until("the end of the replay") { $0.fence != nil } }
                return clock.now - begun
            } catch DialError.refused(let refusal) where refusal.status == 503 && clock.now < givenUp {
                // A busy server says when to come back; that is not a failure.
                try await Task.sleep(for: Timeout.delay(asked: refusal.retryAfter))
            } catch DialError.refused(let refusal) where [401, 403, 429].contains(refusal.status) {
                blocks += 1
                throw DialError.refused(refusal)
            }
        }
    }

    private func greet(from place: Place) async throws {
        (attached, expiry, copy.fence) = (nil, nil, nil)
        let generation = generation
        let resume = session.map { [AttachRequest(session: $0, position: copy.position)] } ?? []
        // Replays are requested without merging, so that they can be compared entry by entry.
        let initialize = InitializeRequest(
            client: Implementation(name: "belay-verify", version: "1"),
            layer: .init(clientID: client, coalesce: false, resume: resume))
        let request = Dialer.Request(
            endpoint: account.endpoint, token: try await account.token(), userAgent: place.userAgent,
            initialize: initialize.json, headers: place.headers, localAddress: place.address,
            authorities: account.authorities, allowsPlaintext: account.allowsPlaintext, proxies: account.proxies,
            compression: account.compression)
        let promise = loop.makePromise(of: JSON.self)
        pending[.number(0)] = Pending(promise: promise) { try $0.greeted($1) }
        do {
            try await Dialer.dial(request, on: loop) { connection, greeted in
                self.assumeIsolated { $0.opened(connection, generation, greeted ? nil : initialize) }
            }.get()
        } catch {
            pending[.number(0)] = nil
            promise.fail(error)
            throw error
        }
        _ = try await Timeout.wait(for: promise, Timeout.answer, "the answer to initialize")
    }

    private func opened(_ connection: Connection, _ generation: Int, _ initialize: InitializeRequest?) {
        guard generation == self.generation else { return connection.abort() }
        self.connection = connection
        connection.onEvent { event in self.assumeIsolated { $0.happened(event, generation) } }
        guard let initialize else { return }
        connection.write(
            Message.request(.number(0), method: Method.initialize, params: initialize.json).encoded)
        connection.flush()
    }

    private func greeted(_ json: JSON) throws {
        let server = try InitializeResult(json: json)
        self.server = server
        guard let layer = server.layer else {
            throw Trouble("the server does not support the resume layer")
        }
        switch layer.resumed.first {
        case nil: break
        case .attached(let result): attached(result)
        case .refused(_, let error):
            guard let expiry = Expiry(error) else { throw error }
            self.expiry = expiry
            session = expiry.successorID
            account.made.add(expiry.successorID)
            copy = Copy(epoch: expiry.successor.epoch)
        }
    }

    private func attached(_ result: AttachResult) {
        attached = result
        guard result.mode == .snapshot || result.epoch != copy.epoch else { return }
        copy = Copy(epoch: result.epoch)
    }

    /// Creates a session, and waits for the end of its replay.
    func makeSession() async throws {
        let new = ClientRequest.NewSession(
            directory: account.directory, clientSessionKey: UUIDv7.make(now: SystemClock.wall, using: &generator))
        try await request(Method.newSession, new.json) { device, result in
            let session: SessionID = try result.requiredIdentifier("sessionId")
            device.session = session
            device.account.made.add(session)
            device.copy = Copy(epoch: try (result.belay ?? .null).requiredIdentifier("epoch"))
        }
        try await until("the end of the replay") { $0.fence != nil }
    }

    /// Replays the whole session on this connection.
    ///
    /// - Returns: The time that it took.
    @discardableResult
    func refetch() async throws -> Duration {
        guard let session else { throw Trouble("there is no session to fetch") }
        let clock = ContinuousClock()
        let begun = clock.now
        let params: JSON = [
            "sessionId": .string(session.rawValue), "cwd": .string(account.directory), "mcpServers": [],
        ]
        try await request(Method.resumeSession, params) { device, result in
            device.copy = Copy(epoch: nil)
            device.attached(try AttachResult(json: result.belay ?? .null))
        }
        try await until("the end of the replay") { $0.fence != nil }
        return clock.now - begun
    }

    /// Loads an expired session with `session/load`, as an archive.
    func load(_ archived: SessionID) async throws {
        begin(archived)
        let params: JSON = [
            "sessionId": .string(archived.rawValue), "cwd": .string(account.directory), "mcpServers": [],
        ]
        try await request(Method.loadSession, params)
    }
}
