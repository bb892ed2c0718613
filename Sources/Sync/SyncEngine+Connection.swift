import Wire

/// One connection, from `initialize` to its end.
extension SyncEngine {
    /// `initialize` with the resume; sent in the upgrade request, and again as the first frame if the server ignored it
    /// there.
    var initializeRequest: InitializeRequest {
        let resume = replica.map { [$0.claim(window: configuration.window)] } ?? []
        var layer = InitializeRequest.Layer(clientID: configuration.clientID, resume: resume)
        layer.followsSessions = configuration.followsSessions
        return InitializeRequest(
            client: configuration.client, capabilities: configuration.capabilities,
            layer: layer)
    }

    /// The shortest delay after an answer that is not the server's, such as that of a captive portal, or that makes no
    /// sense.
    static let slowly = Duration.seconds(5)
    /// The delay after "not now" without a delay of the server's.
    static let notNowDelay = Duration.seconds(2)

    mutating func opened(_ generation: Int, greeted: Bool, upgrade: Duration, at now: Instant) -> [SyncEffect] {
        let effects = leaveOldOne(for: generation)
        link.opened(at: now, upgrade: upgrade)
        mirror.connectionOpened()
        let id = requests.add(.initialize)
        guard !greeted else { return effects }
        let hello = Message.request(id, method: Method.initialize, params: initializeRequest.json)
        return effects + [.send(generation: generation, hello)]
    }

    /// A connection that was opened beside the live one replaces it.
    private mutating func leaveOldOne(for generation: Int) -> [SyncEffect] {
        guard let old = link.generation(replacedBy: generation) else { return [] }
        lossCause = "the network changed"
        return [.abandon(generation: old, .normal)] + dropConnection()
    }

    mutating func closed(_ closure: Closure, at now: Instant) -> [SyncEffect] {
        let reason = closure.message
        lastFailure = reason.isEmpty ? nil : reason
        switch closure.code {
        case .superseded?: return stop(.superseded, code: .normal)
        case .tokenRejected?:
            let text = reason.isEmpty ? "the server no longer accepts the token" : reason
            return stopForLogin(text)
        case .tooBig? where outbox.refuseLongest(): promptIsRefused()
        default:
            guard closure.isRetryable else {
                return stop(.protocolBroken("the server closed the connection: \(reason)"), code: .normal)
            }
        }
        if let candidate = link.candidateGeneration, closure.retryAfter == nil {
            lossCause = lastFailure
            link.liveOneEnded(at: now)
            assert(link.currentGeneration == candidate)
            return dropConnection()
        }
        // A server that says "try again later" without a delay gets a second.
        let delay = closure.retryAfter ?? (closure.code == .tryAgainLater ? 1_000 : nil)
        return lose(at: now, serverDelay: delay.map { .milliseconds($0) })
    }

    /// One code path for every change of the network: a waiting client tries at once, one that is connecting over the
    /// old route begins again, and a live one probes its connection, in parallel with a new one if the route has
    /// changed.
    mutating func networkChanged(_ route: Route, at now: Instant) -> [SyncEffect] {
        switch link.state {
        case .stopped: return []
        case .waiting:
            link.hurry(at: now)
            return []
        case .dialing, .greeting, .replaying, .settling:
            guard route != .unchanged else { return [] }
            let effects = leave(at: now)
            link.hurry(at: now)
            return effects
        case .live(let generation, _, _), .contested(let generation, _, _, _):
            let attempt = link.probe(at: now, isRaced: route != .unchanged)
            return [ping(on: generation, at: now)]
                + (attempt.map { [.dial(generation: $0, initializeRequest)] } ?? [])
        }
    }

    mutating func failed(_ generation: Int, _ failure: DialFailure, at now: Instant) -> [SyncEffect] {
        // The new route does not work; the live connection is being probed anyway.
        if link.endCandidate(generation) { return [] }
        return generation == link.currentGeneration ? dialFailed(failure, at: now) : []
    }

    private mutating func dialFailed(_ failure: DialFailure, at now: Instant) -> [SyncEffect] {
        lastFailure = failure.message
        switch failure {
        case .unreachable: return lose(at: now)
        // The peer may be a captive portal, or a proxy that intercepts TLS. The refusal is not the server's, and nobody
        // knows how long the portal stays: everything is kept, and attempts continue slowly.
        case .foreign, .untrusted: return lose(at: now, serverDelay: SyncEngine.slowly)
        case .misconfigured(let message): return stop(.misconfigured(message), code: .normal)
        case .refused(let refusal) where refusal.isRetryable:
            return lose(at: now, serverDelay: refusal.retryAfter.map { .milliseconds($0) })
        case .refused(let refusal) where refusal.isFinal && refusal.status == 401: return stopForLogin(refusal.message)
        case .refused(let refusal) where refusal.isFinal: return stop(.notAllowed(refusal.message), code: .normal)
        // A request that the server did not understand may have been altered on its way.
        case .refused: return lose(at: now, serverDelay: SyncEngine.slowly)
        }
    }

    mutating func receive(_ message: Message, at now: Instant) -> [SyncEffect] {
        switch message {
        case .response(let id, let result): return answered(id, result, at: now)
        case .failure(let id, let error): return failed(id, error, at: now)
        case .notification(let method, let params): return notified(method, params, at: now)
        case .request(let id, let method, let params):
            guard let generation = link.currentGeneration else { return [] }
            switch method {
            case Method.ping:
                return [.send(generation: generation, .response(id, result: ["t": params["t"] ?? .null]))]
            case Method.requestPermission, Method.createElicitation:
                return asked(id, params, on: generation)
            default: return called(id, method, params, on: generation)
            }
        }
    }

    private mutating func answered(_ id: RequestID, _ result: JSON, at now: Instant) -> [SyncEffect] {
        guard let request = requests.answered(id) else { return [] }
        do throws(RPCError) {
            switch request {
            case .initialize: return try greeted(InitializeResult(json: result), at: now)
            case .newSession: return try created(result)
            case .ping: return pong(result, at: now)
            case .fill(let fill):
                try filled(result, answering: fill)
                return []
            // What is set now comes as an entry, too.
            case .set(let setting):
                settings.answered()
                return [.settled(setting, .success(result))]
            case .sessions(let question): return answered(question, result)
            // The prompt's turn ended; its echo has removed it from the outbox, or will.
            case .prompt: return []
            }
        } catch {
            return misunderstood("the server sent an invalid response: \(error.message)", at: now)
        }
    }

    /// Leaves a connection on which something arrived that makes no sense. It is no durable no: a proxy may have
    /// altered it, and the server may be replaced by one that is right.
    mutating func misunderstood(_ sentence: String, at now: Instant) -> [SyncEffect] {
        lastFailure = sentence
        return leave(at: now, serverDelay: SyncEngine.slowly, code: .protocolError)
    }

    private mutating func failed(_ id: RequestID, _ error: RPCError, at now: Instant) -> [SyncEffect] {
        guard let request = requests.answered(id) else { return [] }
        switch request {
        case .initialize, .newSession: return refused(request, error, at: now)
        case .ping: return pong(.null, at: now)
        case .fill:
            gapFill.failed(error.verdict, at: now)
            return []
        case .set(let setting):
            settings.answered()
            return [.settled(setting, .failure(error))]
        case .sessions(let question): return failed(question, error)
        case .prompt(let id): return failed(id, error, at: now)
        }
    }

    /// The server refused a prompt, or its turn failed.
    private mutating func failed(_ id: ClientMessageID, _ error: RPCError, at now: Instant) -> [SyncEffect] {
        let isTemporary = outbox.failed(id, error, at: now)
        if case .expired(let expiry) = error.verdict, let generation = link.currentGeneration {
            // As in the answer to an attach, but the successor is not attached on this connection.
            return expired(expiry, generation: generation) + leave(at: now)
        }
        if isTemporary { lastFailure = error.message } else { promptIsRefused() }
        return [.outbox(outbox.items)]
    }

    /// A prompt was refused for good: unless another one has gone out, there is no next turn to cancel.
    mutating func promptIsRefused() {
        if !outbox.awaitsTurn, replica?.promptWaiting == nil { cancellation.endNextTurn() }
    }

    /// The server refused `initialize` or `session/new`. After a temporary failure, or for want of room, the session is
    /// created later, under the same key.
    private mutating func refused(_ request: PendingRequests.Kind, _ error: RPCError, at now: Instant) -> [SyncEffect] {
        if case .notNow(let delay) = error.verdict {
            lastFailure = error.message
            return leave(at: now, serverDelay: delay ?? SyncEngine.notNowDelay)
        }
        switch error.code {
        case .authRequired: return stopForLogin(error.message)
        case .methodNotFound where configuration.fork != nil && request == .newSession:
            return stop(
                .notAllowed("the server cannot fork chats: it is older than this belay"), code: .normal)
        case .resourceNotFound where configuration.fork != nil && request == .newSession:
            return stop(.notAllowed("the chat that was to be forked is not at the server any more"), code: .normal)
        case .invalidParams where request == .newSession:
            // The server refuses the folder to this user; trying again would not help.
            return stop(.notAllowed("the server refused to open a session: \(error.message)"), code: .normal)
        default: return stop(.protocolBroken("the server refused the request: \(error.message)"), code: .normal)
        }
    }

    private mutating func greeted(_ result: InitializeResult, at now: Instant) throws(RPCError) -> [SyncEffect] {
        let notice: [SyncEffect] =
            switch replacement.greeted(by: result.agent?.version, ours: configuration.client.version) {
            case .older(let version): [.serverIsOld(version)]
            case .newer(let version): [.serverIsNew(version)]
            case nil: []
            }
        agents = result.layer?.agents ?? []
        if let effects = replaceServer(working: result.layer?.sessionsWorking, at: now) { return effects }
        return try notice + attached(result, at: now)
    }

    /// Leaves a server of an older version when no session is working in it, and ends it; nothing is sent to it before.
    ///
    /// - Returns: `nil` when it is not to be replaced now.
    mutating func replaceServer(working: Int64?, at now: Instant) -> [SyncEffect]? {
        guard let version = replacement.next(working: working) else { return nil }
        // It is no failure: a run that may not be offline at all goes on as well.
        lastFailure = nil
        return leave(at: now, serverDelay: .milliseconds(100)) + [.replaceServer(version)]
    }

    private mutating func attached(_ result: InitializeResult, at now: Instant) throws(RPCError) -> [SyncEffect] {
        guard result.protocolVersion == InitializeRequest.protocolVersion else {
            return stop(
                .protocolBroken(
                    "the server speaks ACP version \(result.protocolVersion) and this belay speaks version"
                        + " \(InitializeRequest.protocolVersion): update the older one"), code: .normal)
        }
        guard let layer = result.layer else {
            return stop(
                .protocolBroken("the server speaks ACP without the resume layer: connect to a belayd"), code: .normal)
        }
        link.greeted()
        outbox.messageBytesMaximum = layer.messageBytesMaximum
        guard let generation = link.currentGeneration else { return [] }
        guard let replica else {
            if let fork = configuration.fork {
                let request = ForkRequest(
                    session: fork.session, clientSessionKey: configuration.clientSessionKey, title: fork.title,
                    window: configuration.window)
                return [self.request(.newSession, Method.fork, request.json, on: generation)]
            }
            let new = ClientRequest.NewSession(
                directory: configuration.directory, clientSessionKey: configuration.clientSessionKey,
                agent: configuration.agent, opensAgent: configuration.opensAgent,
                mcpServers: configuration.mcpServers)
            return [request(.newSession, Method.newSession, new.json, on: generation)]
        }
        switch layer.resumed.first {
        case .attached(let attached)? where attached.session == replica.session:
            mirror.add(self.replica?.attached(attached) ?? [])
            let late = questions.dropAnswers(except: attached.openRequests)
            return late.isEmpty ? [] : [.dropAnswers(late)]
        case .refused(_, let error)?:
            switch (error.verdict, error.code) {
            case (.expired(let expiry), _): return expired(expiry, generation: generation)
            case (.no, .resourceNotFound):
                return stop(.unknownSession("the server does not know this session: \(error.message)"), code: .normal)
            case (.no, .authRequired): return stopForLogin(error.message)
            case (.no, _), (.notNow, _):
                // The session exists and is temporarily unavailable: only a final refusal may stop the client.
                lastFailure = error.message
                let delay = if case .notNow(let delay) = error.verdict { delay } else { Duration?.none }
                return leave(at: now, serverDelay: delay ?? SyncEngine.slowly)
            }
        case .attached?, nil: throw .invalidParams("'resumed' does not name the session that was asked for")
        }
    }

    /// Moves the chat to the successor, which is empty and attached already. Prompts that were never sent go there;
    /// those that may have been answered in the expired session are not sent again without the user.
    private mutating func expired(_ expiry: Expiry, generation: Int) -> [SyncEffect] {
        replica = Replica(session: expiry.successorID, holding: nil)
        _ = questions.dropAnswers(except: [])
        _ = replica?.attached(
            AttachResult(
                session: expiry.successorID, epoch: expiry.successor.epoch, headSeq: 0, mode: .delta, afterSeq: 0,
                tier: .brief, turn: nil, expiresAt: nil))
        mirror.add(.adopt(expiry.successorID, expiry.successor.epoch))
        cancellation.endNextTurn()
        outbox.refuse(
            outbox.items.filter(\.wasSent).map(\.id),
            "the session expired before this was confirmed; take it back to send it in the new one")
        return [.expired(expiry), .outbox(outbox.items)]
    }

    private mutating func created(_ result: JSON) throws(RPCError) -> [SyncEffect] {
        let session: SessionID = try result.requiredIdentifier("sessionId")
        guard let belay = result.belay else { throw .invalidParams("'_meta.belay' is missing") }
        let attached: AttachResult
        if configuration.fork == nil {
            // A session that was created twice under one key is one session and may have entries: then the server
            // replays them.
            attached = AttachResult(
                session: session, epoch: try belay.requiredIdentifier("epoch"),
                headSeq: try belay.required("headSeq", in: .position), mode: .delta, afterSeq: 0, tier: .brief,
                turn: nil, expiresAt: nil)
        } else {
            attached = try AttachResult(json: belay)
        }
        replica = Replica(session: session, holding: nil)
        mirror.add(.adopt(session, attached.epoch))
        mirror.add(replica?.attached(attached) ?? [])
        return []
    }
}
