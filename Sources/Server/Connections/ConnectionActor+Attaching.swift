import Ledger
import NIOCore
import Platform
import Transport
import Wire

/// Attaching: `initialize` with the sessions that it names, `session/new`, `session/load` and `session/resume`.
extension ConnectionActor {
    /// This connection, as a session attaches it.
    var attacher: SessionActor.Attacher {
        SessionActor.Attacher(
            connection: self, client: layer?.clientID, capabilities: capabilities, isSignOfLife: hasSpoken,
            watched: Set(watches.keys))
    }

    /// Takes the outcome of an attach: what the session posts behind it is delivered.
    func watch(_ attached: SessionActor.Attached) {
        guard let session = attached.session else { return }
        guard services.connections[id] != nil else {
            // The connection has ended while it attached, and has given back what it watched before.
            if attached.isCounted { services.sessions.unwatch(session.id) }
            return session.post { [id] in $0.detached(id) }
        }
        // One that attaches again, while it lags, still has to answer what was held; that follows the new replay.
        let held = watches[session.id]?.held ?? []
        watches[session.id] = Watch(session: session, attach: attached.attach, held: held)
    }

    /// Why one session more may not be watched on this connection; `nil` if it may.
    func refusalToWatch(_ session: SessionID?) -> RPCError? {
        if let session, watches[session] != nil { return nil }
        let maximum = AttachRequest.listMaximum
        return watches.count < maximum ? nil : .tooManyWatched(maximum: maximum)
    }

    /// Attaches to a session, or to its successor when it has expired.
    ///
    /// - Parameters:
    ///   - replaces: Whether an expired session is replaced by its successor; `session/load` reads the transcript.
    ///   - reply: Called once, before anything of the session is delivered, unless an error is thrown.
    /// - Throws: An error of the store.
    private func attach(
        _ request: AttachRequest, _ attachment: SessionLedger.Attachment, replaces: Bool = true,
        reply: @escaping SessionActor.Reply
    ) async throws {
        let session = request.session
        if let refusal = refusalToWatch(session) { return reply(self, .refused(session, refusal)) }
        guard let pin = try await services.sessions.pin(session, of: principal) else {
            return reply(self, .refused(session, services.unknown(session)))
        }
        defer { pin.release() }
        guard try await pin.session.attach(attacher, attachment, replaces: replaces, reply: reply) else {
            return reply(self, .refused(session, services.unknown(session)))
        }
    }

    /// As ``attach(_:_:replaces:reply:)``; an error of the store is a refusal.
    private func tryAttaching(
        _ request: AttachRequest, _ attachment: SessionLedger.Attachment, replaces: Bool = true,
        reply: @escaping SessionActor.Reply
    ) async {
        do {
            try await attach(request, attachment, replaces: replaces, reply: reply)
        } catch {
            reply(self, .refused(request.session, services.refusal(error, of: principal)))
        }
    }

    // MARK: - Single sessions

    func load(_ session: SessionID, _ id: RequestID) throws(RPCError) {
        try takeWaiting()
        prepare { connection in
            await connection.tryAttaching(
                AttachRequest(session: session, position: nil), .load(id), replaces: false
            ) { connection, attached in
                connection.watch(attached)
                // The answer follows the replay.
                if case .refused(_, let error) = attached.outcome { connection.respond(id, .failure(error)) }
            }
        }
    }

    func resume(_ request: AttachRequest, _ id: RequestID) {
        let attachment = layer == nil ? .follow : SessionLedger.Attachment(request)
        prepare { connection in
            // Without a position, to attach anew would skip what was dropped because the client reads too slowly.
            if connection.followsAlready(request.session) { return connection.queue(.response(id, result: [:])) }
            await connection.tryAttaching(request, attachment) { connection, attached in
                connection.watch(attached)
                switch attached.outcome {
                case .attached(let result):
                    connection.queue(.response(id, result: connection.answer(to: result)))
                case .refused(_, let error): connection.queue(error, answering: id)
                }
            }
        }
    }

    /// The answer to `session/load` and `session/resume`. A plain ACP client is told what can be set, which one of the layer
    /// has in the entries.
    func answer(to attached: AttachResult) -> JSON {
        guard layer == nil else { return ["_meta": ["belay": attached.json]] }
        return .object(ConfigOption.members(services.sessions[attached.session]?.summary.options ?? []))
    }

    /// Whether the client is a plain ACP client, which names no position, and watches the session.
    private func followsAlready(_ session: SessionID) -> Bool { layer == nil && watches[session] != nil }

    func create(_ new: ClientRequest.NewSession, _ id: RequestID) throws(RPCError) {
        let agent = new.agent ?? services.defaultAgent
        guard services.agent(agent, for: principal) != nil else {
            let names = services.agentNames(for: principal).joined(separator: ", ")
            throw .invalidParams("this server has no agent '\(agent.withoutControls)' for you: it has \(names)")
        }
        // Refuse before creating what could not be watched; a session that the key names may be watched already.
        if new.clientSessionKey == nil {
            if let refusal = refusalToWatch(nil) { throw refusal }
            let maximum = services.configuration.sessionsInMemoryPerPrincipal
            guard services.sessions.mayWatchAnother(principal) else { throw .tooManyWatched(maximum: maximum) }
        }
        prepare { connection in
            do {
                let services = connection.services
                var pin = try await services.sessions.make(
                    for: connection.principal, new.directory, agent: agent, key: new.clientSessionKey,
                    mcpServers: new.mcpServers, atMost: services.configuration.sessionsPerPrincipal)
                defer { pin.release() }
                // If the session of this key has expired meanwhile, the client gets its successor.
                if let (successor, _) = try await pin.session.successor() {
                    pin.release()
                    pin = successor
                }
                let opening = await pin.session.openEarly()
                if new.opensAgent || connection.layer == nil { await opening?.wait(atMost: .seconds(5)) }
                await connection.begin(pin.session, id)
            } catch {
                connection.refuse(id, error)
            }
        }
    }

    private func begin(_ session: SessionActor, _ id: RequestID) async {
        if let refusal = refusalToWatch(session.id) { return queue(refusal, answering: id) }
        if followsAlready(session.id) {
            return queue(.response(id, result: created(session, nil)))
        }
        let position = Position(epoch: session.summary.record.epoch, seq: 0)
        let attachment: SessionLedger.Attachment = layer == nil ? .follow : .resume(position)
        await session.attach(attacher, session.id, attachment) { connection, attached in
            connection.watch(attached)
            switch attached.outcome {
            case .refused(_, let error): connection.queue(error, answering: id)
            case .attached(let result):
                connection.queue(.response(id, result: connection.created(session, result)))
            }
        }
    }

    /// The answer to `session/new`.
    private func created(_ session: SessionActor, _ attached: AttachResult?) -> JSON {
        let name = JSON.Member("sessionId", .string(session.id.rawValue))
        guard layer != nil else { return .object([name] + ConfigOption.members(session.summary.options)) }
        let belay = attached.map { attached -> JSON in
            ["epoch": .string(attached.epoch.rawValue), "headSeq": .integer(attached.headSeq)]
        }
        return .object(of: ["sessionId": name.value, "_meta": belay.map { ["belay": $0] }])
    }

    // MARK: - initialize

    /// Answers `initialize` and attaches the sessions that it names: first the answer, then the replays.
    ///
    /// - Throws: An error of the store that may pass: it is not answered with a guess. Damage, and another server that has
    ///   the session, concern one session alone, so they are answers.
    func greet(_ request: RequestID, _ initialize: InitializeRequest) async throws {
        isInitialized = true
        (layer, capabilities) = (initialize.layer, initialize.capabilities)
        if let client = layer?.clientID { services.connections.name(id, client) }
        // Only a frame proves that the client uses this connection; an upgrade request may be one of several in
        // parallel.
        if hasSpoken { takeOver() }
        heldBack = HeldBack()
        let resumed = try await attachAll(initialize.layer?.resume ?? [])
        let layer = initialize.layer.map { _ in
            InitializeResult.Layer(
                pingInterval: services.configuration.pingInterval.milliseconds, pingTimeout: 3_000, resumed: resumed,
                sessions: .init(services.configuration.limits),
                messageBytesMaximum: Int64(services.configuration.messageBytesMaximum),
                sessionsWorking: services.sessionsWorking(of: principal),
                agents: services.agentNames(for: principal))
        }
        let result = InitializeResult(agent: Implementation(name: "belayd", version: Version.current), layer: layer)
        queue(.response(request, result: result.json))
        performHeldBack()
    }

    private func attachAll(_ requests: [AttachRequest]) async throws -> [AttachOutcome] {
        // All of them are read at once; each is attached in its turn.
        let pins = await services.sessions.preload(requests.map(\.session), of: principal)
        defer { pins.forEach { $0.release() } }
        attachOutcomes = []
        for request in requests {
            do {
                try await attach(request, SessionLedger.Attachment(request)) { connection, attached in
                    connection.watch(attached)
                    connection.attachOutcomes.append(attached.outcome)
                }
            } catch let error as StoreError where error.isDamage || error.isOwnedElsewhere {
                attachOutcomes.append(.refused(request.session, services.refusal(error, of: principal)))
            }
        }
        return attachOutcomes
    }

    /// `initialize` in a frame: its attaches count against the same bound as those of upgrade requests.
    func initializeLate(_ id: RequestID, _ initialize: InitializeRequest) {
        guard let socket else { return }
        prepare { connection in
            let services = connection.services
            guard let place = try? await services.admission.place(until: socket.socketClosed).get() else { return }
            switch place {
            case .given:
                do { try await connection.greet(id, initialize) } catch {
                    let sentence = StoreError.told(error).sentence
                    let delay = StoreError.retryDelay(after: error)
                    connection.close(.tryAgainLater, "retry_after_ms=\(delay); \(sentence)")
                }
                services.admission.free()
            case .refused:
                connection.close(
                    .tryAgainLater,
                    "retry_after_ms=\(services.admission.delay());"
                        + " more clients are attaching than the server can serve at once")
            // The connection is closed already, or is being closed with 1012.
            case .closed, .stopping: break
            }
        }
    }
}

extension InitializeResult.Sessions {
    /// The retention times that clients are told.
    fileprivate init(_ limits: Limits) {
        self.init(brief: limits.brief.milliseconds, expire: limits.expire?.milliseconds)
    }
}
