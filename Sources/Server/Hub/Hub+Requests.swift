import Ledger
import Logging
import NIOCore
import Transport
import Wire

/// What clients ask.
extension Hub {
    func receive(_ message: Message, from peer: Peer) {
        switch message {
        case .request(let id, let method, let params):
            do throws(RPCError) {
                try receive(ClientRequest(method: method, params: params), id, from: peer)
            } catch {
                peer.queue(.failure(id, error))
            }
        case .notification(let method, let params):
            // A notification has no answer, so one that cannot be read is only noted.
            do throws(RPCError) {
                if let notice = try ClientNotice(method: method, params: params) { receive(notice, from: peer) }
            } catch {
                logger.info("notification ignored", metadata: ["method": "\(method)", "error": "\(error)"])
            }
        case .response(let id, let result): answered(id, result, by: peer)
        case .failure(let id, _): declined(id, by: peer)
        }
    }

    private func receive(_ request: ClientRequest, _ id: RequestID, from peer: Peer) throws(RPCError) {
        if case .initialize(let initialize) = request {
            guard !peer.isInitialized else {
                // The same words came in the upgrade request; what follows was answered there.
                throw RPCError(.invalidRequest, "this connection is initialized already")
            }
            let connection = peer.id
            greet(connection, id, initialize).whenComplete { result in
                self.assumeIsolated { hub in
                    if case .failure(let error) = result {
                        hub.peers[connection]?.connection?.close(.tryAgainLater, "retry_after_ms=2000; \(error)")
                    }
                    hub.pump(connection)
                }
            }
            return
        }
        guard peer.isInitialized else { throw RPCError(.invalidRequest, "'initialize' comes first") }
        switch request {
        case .initialize: break
        case .authenticate: peer.queue(.response(id, result: [:]))
        case .newSession(let new): create(new, id, for: peer)
        case .loadSession(let session):
            attach(peer.id, AttachRequest(session: session, position: nil), .load(id)) { _ in nil }
        case .resumeSession(let resume):
            let attachment = peer.layer == nil ? .follow : SessionLedger.Attachment(resume)
            let hasLayer = peer.layer != nil
            attach(peer.id, resume, attachment) { outcome in
                switch outcome {
                case .attached(let result):
                    .response(id, result: hasLayer ? ["_meta": ["belay": result.json]] : [:])
                case .refused(_, let error): .failure(id, error)
                }
            }
        case .listSessions(let directory, let cursor): try list(directory, cursor, id, for: peer)
        case .closeSession(let session): close(session, id, for: peer)
        case .deleteSession(let session): delete(session, id, for: peer)
        case .prompt(var prompt):
            prompt.clientMessageID = prompt.clientMessageID ?? ClientMessageID(mint())
            self.prompt(prompt, id, from: peer)
        case .state(let session, let parts): state(session, parts, id, for: peer)
        case .history(let request): history(request, id, for: peer)
        case .fill(let request): fill(request, id, for: peer)
        case .ping(let time, _):
            let heads = peer.sessions.compactMap { session in
                ledgers[session].map { JSON.Member(session.rawValue, .integer($0.record.headSeq)) }
            }
            peer.queue(
                .response(
                    id, result: ["t": time, "serverTime": .integer(clock.now.timestamp), "heads": .object(heads)]))
        }
    }

    private func receive(_ notice: ClientNotice, from peer: Peer) {
        switch notice {
        case .cancel(let session, let turn):
            guard ledgers[session]?.record.principal == peer.principal else { return }
            handle(.cancelled(turn), in: session)
        // What a client holds is told for flow control; the journal keeps everything, so nothing is trimmed by it.
        case .ack: break
        case .detach(let session):
            guard peer.sessions.remove(session) != nil else { return }
            handle(.detached(peer.id), in: session)
        }
    }

    func pump(_ id: ConnectionID) { peers[id]?.pump() }

    /// Answers `initialize`, and attaches what it names: first the answer, then the replays.
    func greet(
        _ id: ConnectionID, _ request: RequestID, _ initialize: InitializeRequest
    ) -> EventLoopFuture<Void> {
        guard let peer = peers[id] else { return loop.makeSucceededVoidFuture() }
        peer.isInitialized = true
        peer.layer = initialize.layer
        // A client that says it in a frame has spoken; one that says it in the upgrade request has not yet.
        if peer.hasSpoken { takeOver(peer) }
        let resume = initialize.layer?.resume ?? []
        let loaded = resume.map { find($0.session, for: peer.principal) }
        return EventLoopFuture.andAllComplete(loaded, on: loop).flatMap {
            self.assumeIsolated { hub in
                hub.successors(of: resume, for: id).and(hub.timestamps(of: resume))
            }
        }.map { successors, timestamps in
            self.assumeIsolated { hub in
                guard let peer = hub.peers[id] else { return }
                let attached = resume.map {
                    hub.attached(
                        peer, $0, SessionLedger.Attachment($0), successors[$0.session], timestamps[$0.session])
                }
                let layer = initialize.layer.map { _ in
                    InitializeResult.Layer(
                        pingInterval: hub.configuration.pingInterval.milliseconds, pingTimeout: 3_000,
                        resumed: attached.map(\.outcome),
                        sessions: .init(hub.configuration.limits))
                }
                let result = InitializeResult(
                    agent: Implementation(name: "belayd", version: Version.current), layer: layer)
                peer.queue(.response(request, result: result.json))
                for attached in attached { hub.perform(attached.effects, in: attached.session) }
            }
        }
    }

    private func prompt(_ prompt: ClientRequest.Prompt, _ id: RequestID, from peer: Peer) {
        let connection = peer.id
        find(prompt.session, for: peer.principal).whenComplete { found in
            self.assumeIsolated { hub in
                guard let peer = hub.peers[connection] else { return }
                guard case .success(true) = found else {
                    peer.queue(.failure(id, hub.refusal(found, prompt.session)))
                    return peer.pump()
                }
                if peer.layer == nil, let key = prompt.clientMessageID { peer.ownPrompts.insert(key) }
                if !peer.sessions.contains(prompt.session) {
                    _ = hub.attached(peer, AttachRequest(session: prompt.session, position: nil), .follow)
                }
                hub.handle(
                    .prompted(connection, id, prompt, turn: TurnID(hub.mint()), message: MessageID(hub.mint())),
                    in: prompt.session)
                peer.pump()
            }
        }
    }

    func refusal(_ found: Result<Bool, any Error>, _ session: SessionID) -> RPCError {
        if case .failure(let error) = found {
            let reason = (error as? StoreError)?.reason ?? "storage_failed"
            return RPCError(
                .internalError, "session \(session) cannot be read: \(error)",
                data: ["belay": ["reason": .string(reason)]])
        }
        // Somebody else's session answers exactly as one that does not exist.
        return RPCError(
            .resourceNotFound, "there is no session \(session)", data: ["belay": ["reason": "unknown_session"]])
    }
}

extension InitializeResult.Sessions {
    /// How long sessions wait, as clients are told.
    fileprivate init(_ limits: Limits) {
        self.init(brief: limits.brief.milliseconds, expire: limits.expire?.milliseconds)
    }
}
