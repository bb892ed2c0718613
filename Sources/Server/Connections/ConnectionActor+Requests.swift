import Ledger
import Logging
import NIOCore
import Transport
import Wire

/// Requests and notifications of the client.
extension ConnectionActor {
    /// Handles what was received; a request that has to wait is prepared (``prepare(_:)``).
    func receive(_ received: Received) {
        switch received {
        case .message(let message): receive(message)
        case .undecodable(let error): queue(error, answering: .null)
        }
    }

    private func receive(_ message: Message) {
        switch message {
        case .request(let id, let method, let params):
            do throws(RPCError) {
                try receive(ClientRequest(method: method, params: params), id)
            } catch {
                queue(error, answering: id)
            }
        case .notification(let method, let params):
            // A notification has no answer, so one that cannot be decoded is only logged.
            do throws(RPCError) {
                if let notice = try ClientNotice(method: method, params: params) { receive(notice) }
            } catch {
                services.note(
                    .info, "notification ignored", of: principal, ["method": method, "error": error.description])
            }
        case .response(let id, let result): answered(id, result)
        case .failure(let id, let error): declined(id, error)
        }
    }

    private func receive(_ request: ClientRequest, _ id: RequestID) throws(RPCError) {
        if case .initialize(let initialize) = request {
            guard !isInitialized else {
                // Answered before: in the 101 for a `Belay-Initialize` header, or for an earlier frame.
                throw RPCError(.invalidRequest, "this connection is already initialized")
            }
            return initializeLate(id, initialize)
        }
        guard isInitialized else { throw RPCError(.invalidRequest, "the first request must be 'initialize'") }
        switch request {
        case .initialize: break
        case .authenticate: queue(.response(id, result: [:]))
        case .newSession(let new): try create(new, id)
        case .loadSession(let session): try load(session, id)
        case .resumeSession(let request): resume(request, id)
        case .listSessions(let directory, let cursor): try list(directory, cursor, id)
        case .closeSession(let session): close(session, id)
        case .deleteSession(let session): delete(session, id)
        case .prompt(var prompt):
            prompt.clientMessageID = prompt.clientMessageID ?? ClientMessageID(services.mint())
            try self.prompt(prompt, id)
        case .set(let session, let setting): try set(setting, of: session, id)
        case .state(let session, let parts): state(session, parts, id)
        case .history(let request): history(request, id)
        case .fill(let request): fill(request, id)
        case .fork(let request): try fork(request, id)
        case .ping(let time, _): answerPing(time, id)
        }
    }

    private func answerPing(_ time: JSON, _ id: RequestID) {
        let heads = watches.map { session, watch in
            JSON.Member(session.rawValue, .integer(watch.session.summary.record.headSeq))
        }
        queue(
            .response(
                id,
                result: .object(of: [
                    "t": time, "serverTime": .integer(services.clock.now.timestamp), "heads": .object(heads),
                    "working": services.sessionsWorking(of: principal).map { .integer($0) },
                ])))
    }

    private func receive(_ notice: ClientNotice) {
        switch notice {
        case .cancel(let session, let turn):
            guard let session = services.sessions[session], session.principal == principal else { return }
            session.post { $0.handle(.cancelled(turn)) }
        // Acknowledgements are advisory: the journal keeps everything, so nothing is trimmed by them.
        case .ack: break
        case .detach(let session): leave(session)
        case .cancelRequest(let id): cancelFill(id)
        }
    }

    /// Watches a session no more.
    func leave(_ session: SessionID) {
        guard let watch = forget(session) else { return }
        services.sessions.unwatch(session)
        watch.session.post { [id] in $0.left(id) }
    }

    /// Answers a request with an error.
    func refuse(_ id: RequestID, _ error: any Error) { queue(services.refusal(error, of: principal), answering: id) }

    // MARK: - Requests that wait

    /// The most requests of one connection that may wait for the end of a turn, or of a replay, while the connection
    /// handles others. All of them are answered when their turns end, whether or not the client reads: with this bound
    /// the answers are some 64 KiB.
    static let requestsMaximum = 256

    /// Counts a request that waits; ``respond(_:_:)`` answers it.
    ///
    /// - Throws: −32603 with the reason `queue_full` at the bound: the client keeps the request, and sends it later.
    func takeWaiting() throws(RPCError) {
        guard requestsWaiting < ConnectionActor.requestsMaximum else {
            throw RPCError(
                .internalError,
                "\(ConnectionActor.requestsMaximum) requests of this connection wait already: send it again later",
                reason: "queue_full")
        }
        requestsWaiting += 1
    }

    // MARK: - Prompts

    private func prompt(_ prompt: ClientRequest.Prompt, _ id: RequestID) throws(RPCError) {
        try takeWaiting()
        prepare { connection in
            do {
                guard let pin = try await connection.services.sessions.find(prompt.session, for: connection.principal)
                else { throw connection.services.unknown(prompt.session) }
                defer { pin.release() }
                if let refusal = connection.refusalToWatch(prompt.session) { throw refusal }
                connection.keepOwn(prompt)
                try await pin.session.accept(prompt, id, from: connection.attacher) {
                    connection, attached in
                    connection.watch(attached)
                    if case .refused(_, let error) = attached.outcome { connection.respond(id, .failure(error)) }
                }
            } catch {
                connection.respond(id, .failure(connection.services.refusal(error, of: connection.principal)))
            }
        }
    }

    /// How many keys of own prompts are kept, whose echoes a plain client is not sent.
    private static let ownPromptsMaximum = 256

    private func keepOwn(_ prompt: ClientRequest.Prompt) {
        guard layer == nil, let key = prompt.clientMessageID else { return }
        // Refused prompts leave their key here, since no echo removes it: start over at the bound.
        if ownPrompts.count >= ConnectionActor.ownPromptsMaximum { ownPrompts = [] }
        ownPrompts.insert(key)
    }

    // MARK: - Settings

    /// Changes a setting, while the connection handles others: an agent may have to be started for it.
    private func set(_ setting: AgentSetting, of session: SessionID, _ id: RequestID) throws(RPCError) {
        try takeWaiting()
        Task.immediate {
            do {
                guard let pin = try await services.sessions.find(session, for: principal) else {
                    throw services.unknown(session)
                }
                defer { pin.release() }
                let options = try await pin.session.set(setting)
                let result: JSON = if case .mode = setting { [:] } else { ["configOptions": .array(options)] }
                requestsWaiting = max(0, requestsWaiting - 1)
                queue(.response(id, result: result))
            } catch {
                respond(id, .failure(services.refusal(error, of: principal)))
            }
            pump()
        }
    }

    // MARK: - Questions

    /// Sends a question. The JSON-RPC id is valid on this connection alone.
    func ask(_ question: Question, seq: Seq, isReissue: Bool, of session: SessionID) {
        let id = RequestID.string("ask-\(services.number())")
        if let earlier = asked.updateValue(id, forKey: question.key) { questions[earlier] = nil }
        questions[id] = (session, question.key)
        queue(question.request(id, session: session, seq: layer == nil ? nil : seq, isReissue: isReissue))
    }

    /// Cancels a question that was answered on another connection, or whose turn has ended.
    func withdraw(_ key: RequestKey) {
        guard let id = asked.removeValue(forKey: key) else { return }
        questions[id] = nil
        queue(.notification(method: Method.cancelRequest, params: ["requestId": id.json]))
    }

    /// The client answers. Its own request is answered, so it is not sent a `$/cancel_request`.
    private func answered(_ id: RequestID, _ answer: JSON) {
        if answeredCall(id, .success(answer)) { return }
        guard let (session, key) = questions.removeValue(forKey: id) else { return }
        asked[key] = nil
        let resolution = Question.Resolution(
            key: key, answer: answer, by: layer?.clientID, user: principal.rawValue,
            address: socket?.remoteAddress?.ipAddress ?? "local")
        services.sessions[session]?.post { $0.handle(.answered(resolution)) }
    }

    /// The client answers with an error. The question stays open for another client, or for this one later.
    private func declined(_ id: RequestID, _ error: RPCError) {
        if answeredCall(id, .failure(error.bounded)) { return }
        guard let (_, key) = questions.removeValue(forKey: id) else { return }
        asked[key] = nil
    }
}
