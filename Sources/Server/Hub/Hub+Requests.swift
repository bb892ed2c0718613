import Ledger
import Logging
import NIOCore
import Transport
import Wire

/// Requests and notifications of clients.
extension Hub {
    /// Handles one message.
    ///
    /// - Returns: A future that has to complete before the connection's next message is handled; `nil` when there is
    ///   none.
    func receive(_ message: Message, from peer: Peer) -> EventLoopFuture<Void>? {
        switch message {
        case .request(let id, let method, let params):
            do throws(RPCError) {
                return try receive(ClientRequest(method: method, params: params), id, from: peer)
            } catch {
                peer.queue(.failure(id, error))
            }
        case .notification(let method, let params):
            // A notification has no answer, so one that cannot be decoded is only logged.
            do throws(RPCError) {
                if let notice = try ClientNotice(method: method, params: params) { receive(notice, from: peer) }
            } catch {
                note(
                    .info, "notification ignored", of: peer.principal,
                    ["method": method, "error": error.description])
            }
        case .response(let id, let result): answered(id, result, by: peer)
        case .failure(let id, _): declined(id, by: peer)
        }
        return nil
    }

    private func receive(
        _ request: ClientRequest, _ id: RequestID, from peer: Peer
    ) throws(RPCError) -> EventLoopFuture<Void>? {
        if case .initialize(let initialize) = request {
            guard !peer.isInitialized else {
                // Answered before: in the 101 for a `Belay-Initialize` header, or for an earlier frame.
                throw RPCError(.invalidRequest, "this connection is already initialized")
            }
            return initializeLate(peer, id, initialize)
        }
        guard peer.isInitialized else { throw RPCError(.invalidRequest, "the first request must be 'initialize'") }
        switch request {
        case .initialize: return nil
        case .authenticate:
            peer.queue(.response(id, result: [:]))
            return nil
        case .newSession(let new): return create(new, id, for: peer)
        case .loadSession(let session):
            return attach(peer.id, AttachRequest(session: session, position: nil), .load(id)) { _ in nil }
        case .resumeSession(let resume):
            let attachment = peer.layer == nil ? .follow : SessionLedger.Attachment(resume)
            let hasLayer = peer.layer != nil
            return attach(peer.id, resume, attachment) { outcome in
                switch outcome {
                case .attached(let result):
                    .response(id, result: hasLayer ? ["_meta": ["belay": result.json]] : [:])
                case .refused(_, let error): .failure(id, error)
                }
            }
        case .listSessions(let directory, let cursor): return try list(directory, cursor, id, for: peer)
        case .closeSession(let session): return close(session, id, for: peer)
        case .deleteSession(let session): return delete(session, id, for: peer)
        case .prompt(var prompt):
            prompt.clientMessageID = prompt.clientMessageID ?? ClientMessageID(mint())
            return self.prompt(prompt, id, from: peer)
        case .state(let session, let parts): return state(session, parts, id, for: peer)
        case .history(let request): return history(request, id, for: peer)
        case .fill(let request): return fill(request, id, for: peer)
        case .ping(let time, _):
            let heads = peer.sessions.compactMap { session in
                ledgers[session].map { JSON.Member(session.rawValue, .integer($0.record.headSeq)) }
            }
            peer.queue(
                .response(
                    id,
                    result: .object(of: [
                        "t": time, "serverTime": .integer(clock.now.timestamp), "heads": .object(heads),
                        "working": sessionsWorking(of: peer.principal).map { .integer($0) },
                    ])))
            return nil
        }
    }

    /// How many sessions have a turn that runs or waits; only told to programs of the server's own user, which check it
    /// before they replace a private server of another version.
    func sessionsWorking(of principal: Principal) -> Int64? {
        guard principal == SessionRoots.local else { return nil }
        return Int64(ledgers.values.count { $0.isWorking })
    }

    private func receive(_ notice: ClientNotice, from peer: Peer) {
        switch notice {
        case .cancel(let session, let turn):
            guard ledgers[session]?.record.principal == peer.principal else { return }
            handle(.cancelled(turn), in: session)
        // Acknowledgements are advisory: the journal keeps everything, so nothing is trimmed by them.
        case .ack: break
        case .detach(let session):
            guard peer.sessions.remove(session) != nil else { return }
            handle(.left(peer.id), in: session)
        }
    }

    /// `initialize` in a frame: its attaches count against the same bound as those of upgrade requests.
    private func initializeLate(
        _ peer: Peer, _ id: RequestID, _ initialize: InitializeRequest
    ) -> EventLoopFuture<Void>? {
        guard let socket = peer.connection else { return nil }
        let connection = peer.id
        return place(until: socket.socketClosed).flatMap { place in
            self.assumeIsolated { hub in
                switch place {
                case .given: return hub.greetLate(connection, id, initialize)
                case .refused: hub.closeForNow(connection)
                // The connection is closed already, or is being closed with 1012.
                case .closed, .stopping: break
                }
                return hub.loop.makeSucceededVoidFuture()
            }
        }
    }

    private func greetLate(
        _ connection: ConnectionID, _ id: RequestID, _ initialize: InitializeRequest
    ) -> EventLoopFuture<Void> {
        greet(connection, id, initialize).flatMapErrorThrowing { error in
            self.assumeIsolated { hub in
                let sentence = StoreError.told(error).sentence
                hub.peers[connection]?.connection?.close(.tryAgainLater, "retry_after_ms=2000; \(sentence)")
            }
        }.always { _ in self.assumeIsolated { $0.freePlace() } }
    }

    /// Closes a connection whose attaches are refused, with the delay of ``AttachAdmission``.
    private func closeForNow(_ connection: ConnectionID) {
        let delay = admission.delay(at: clock.now.instant, using: &generator)
        peers[connection]?.connection?.close(
            .tryAgainLater, "retry_after_ms=\(delay); more clients are attaching than the server can serve at once")
        closed(connection)
    }

    /// The result of looking up a session before an attach.
    private enum Found: Equatable {
        case here, absent
        case damaged(StoreError)
    }

    /// Answers `initialize` and attaches the sessions it names: first the answer, then the replays.
    func greet(
        _ id: ConnectionID, _ request: RequestID, _ initialize: InitializeRequest
    ) -> EventLoopFuture<Void> {
        guard let peer = peers[id] else { return loop.makeSucceededVoidFuture() }
        peer.isInitialized = true
        peer.layer = initialize.layer
        // Only a frame proves that the client uses this connection; an upgrade request may be one of several in
        // parallel.
        if peer.hasSpoken { takeOver(peer) }
        let resume = initialize.layer?.resume ?? []
        return pinning(resume.map(\.session)) { attachAll(resume, initialize, request, on: id, of: peer.principal) }
    }

    private func attachAll(
        _ resume: [AttachRequest], _ initialize: InitializeRequest, _ request: RequestID, on id: ConnectionID,
        of principal: Principal
    ) -> EventLoopFuture<Void> {
        let loaded = resume.map { request in
            find(request.session, for: principal).map { $0 ? Found.here : .absent }.flatMapErrorThrowing { error in
                // Damage concerns this session alone and lasts, so it is an answer; any other failure of the store may
                // pass.
                guard let damage = error as? StoreError, damage.isDamage else { throw error }
                return .damaged(damage)
            }
        }
        return EventLoopFuture.whenAllSucceed(loaded, on: loop).flatMap { found in
            self.assumeIsolated { hub in
                let here = zip(resume, found).filter { $1 == .here }.map(\.0)
                return hub.successors(of: here, for: id).and(hub.timestamps(of: here)).map { (found, $0.0, $0.1) }
            }
        }.map { found, successors, timestamps in
            self.assumeIsolated { hub in
                guard let peer = hub.peers[id] else { return }
                let attached = zip(resume, found).map { request, found in
                    switch found {
                    case .here:
                        hub.attached(
                            peer, request, SessionLedger.Attachment(request), successors[request.session],
                            timestamps[request.session])
                    case .absent: hub.refused(request.session, hub.unknown(request.session))
                    case .damaged(let error):
                        hub.refused(request.session, hub.refusal(error, of: peer.principal))
                    }
                }
                let layer = initialize.layer.map { _ in
                    InitializeResult.Layer(
                        pingInterval: hub.configuration.pingInterval.milliseconds, pingTimeout: 3_000,
                        resumed: attached.map(\.outcome),
                        sessions: .init(hub.configuration.limits),
                        messageBytesMaximum: Int64(hub.configuration.messageBytesMaximum),
                        sessionsWorking: hub.sessionsWorking(of: peer.principal))
                }
                let result = InitializeResult(
                    agent: Implementation(name: "belayd", version: Version.current), layer: layer)
                peer.queue(.response(request, result: result.json))
                for attached in attached { hub.perform(attached.effects, in: attached.session) }
            }
        }
    }

    private func prompt(
        _ prompt: ClientRequest.Prompt, _ id: RequestID, from peer: Peer
    ) -> EventLoopFuture<Void> {
        let connection = peer.id
        let request = AttachRequest(session: prompt.session, position: nil)
        return pinning([prompt.session]) {
            find(prompt.session, for: peer.principal).and(usage(of: peer.principal)).flatMap { found, used in
                self.assumeIsolated { hub in
                    // A session past `sessions.expire` has expired, even if no client or sweep has marked it yet.
                    let isWatched = hub.peers[connection]?.sessions.contains(prompt.session) ?? false
                    return hub.successors(of: found && !isWatched ? [request] : [], for: connection)
                        .map { (found, used, $0[prompt.session]) }
                }
            }.flatMap { found, used, successor in
                // Last of all: what is recalled must not leave memory again before the ledger sees the prompt.
                self.assumeIsolated { $0.recall(prompt) }.map { (found, used, successor) }
            }.map { found, used, successor in
                self.assumeIsolated { hub in
                    guard let peer = hub.peers[connection] else { return }
                    guard found else { return peer.queue(.failure(id, hub.unknown(prompt.session))) }
                    if let successor, let record = hub.ledgers[prompt.session]?.record, let expired = record.expiry {
                        return peer.queue(.failure(id, hub.expiry(expired, of: record, successor).error))
                    }
                    hub.accept(prompt, id, from: peer, used: used)
                }
            }
        }.flatMapErrorThrowing { error in
            self.assumeIsolated { $0.refuse(id, error, on: connection) }
        }
    }

    /// Reads the prompt of that key from the store when it may be one that has ended and left memory.
    private func recall(_ prompt: ClientRequest.Prompt) -> EventLoopFuture<Void> {
        guard let key = prompt.clientMessageID, let ledger = ledgers[prompt.session],
            let forgotten = ledger.mayHaveForgotten(key)
        else { return loop.makeSucceededVoidFuture() }
        return readers.run(for: ledger.record.principal) { [store] in
            try store.prompt(key, of: prompt.session)
        }.flatMap { known in
            self.assumeIsolated { hub in
                if let known { hub.ledgers[prompt.session]?.recall(known) }
                // One that ended while it was read may have left memory by now.
                guard known == nil, hub.ledgers[prompt.session]?.mayHaveForgotten(key) ?? forgotten != forgotten else {
                    return hub.loop.makeSucceededVoidFuture()
                }
                return hub.recall(prompt)
            }
        }
    }

    /// Hands a prompt to the session's ledger, unless a bound of its user stands against it.
    private func accept(_ prompt: ClientRequest.Prompt, _ id: RequestID, from peer: Peer, used: Int64) {
        let isKnown = prompt.clientMessageID.flatMap { ledgers[prompt.session]?.knows($0) } ?? false
        // No quota for the local user, who can fill the disk without the server.
        guard isKnown || peer.principal == SessionRoots.local || used < configuration.bytesPerPrincipal else {
            return peer.queue(.failure(id, .quota(maximum: configuration.bytesPerPrincipal)))
        }
        if peer.layer == nil, let key = prompt.clientMessageID {
            // Refused prompts leave their key here, since no echo removes it: start over at the bound.
            if peer.ownPrompts.count >= Hub.ownPromptsMaximum { peer.ownPrompts = [] }
            peer.ownPrompts.insert(key)
        }
        if !peer.sessions.contains(prompt.session) {
            let request = AttachRequest(session: prompt.session, position: nil)
            if case .refused(_, let error) = attached(peer, request, .follow).outcome {
                return peer.queue(.failure(id, error))
            }
        }
        handle(
            .prompted(peer.id, id, prompt, turn: TurnID(mint()), message: MessageID(mint())), in: prompt.session)
    }

    /// How many keys of own prompts are kept per connection, whose echoes a plain client is not sent.
    private static let ownPromptsMaximum = 256

    /// Answers a request with an error.
    func refuse(_ id: RequestID, _ error: any Error, on connection: ConnectionID) {
        guard let peer = peers[connection] else { return }
        peer.queue(.failure(id, refusal(error, of: peer.principal)))
    }

    /// Logs why a request failed, and returns the error for the client, without the server's paths and the database's
    /// messages.
    func refusal(_ error: any Error, of user: Principal?) -> RPCError {
        if let error = error as? RPCError { return error }
        if let error = error as? FolderRefusal {
            if error == .homeUnusable { note(.error, "the home folder of a user cannot be used", of: user, [:]) }
            return .invalidParams(error.description)
        }
        note(.error, "request failed", of: user, ["error": "\(error)"])
        let (sentence, reason) = StoreError.told(error)
        if (error as? StoreError)?.isDamage == true { return RPCError(.internalError, sentence, reason: reason) }
        return .notNow(sentence, reason: reason, retryAfter: Hub.retryAfter)
    }

    /// The retry delay for what could not be read from the disk, in milliseconds.
    private static let retryAfter: Int64 = 2_000

    /// The error for a session that left memory while a request waited. It is temporary: only the store can say that a
    /// session does not exist.
    func notHere(_ session: SessionID) -> RPCError {
        .notNow("the session \(session) cannot be loaded just now: try again later", retryAfter: Hub.retryAfter)
    }

    /// The error for a session that does not exist, and exactly the same for one of another user.
    func unknown(_ session: SessionID) -> RPCError {
        RPCError(.resourceNotFound, "there is no session \(session)", reason: "unknown_session")
    }
}

extension InitializeResult.Sessions {
    /// The retention times that clients are told.
    fileprivate init(_ limits: Limits) {
        self.init(brief: limits.brief.milliseconds, expire: limits.expire?.milliseconds)
    }
}
