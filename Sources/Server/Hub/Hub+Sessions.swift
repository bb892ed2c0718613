import Agents
import FailPoints
import Ledger
import NIOCore
import Transport
import Wire

/// Sessions: found, made, attached, expired.
extension Hub {
    /// Sees to it that a session's ledger is in memory.
    ///
    /// - Returns: Whether there is such a session.
    func load(_ session: SessionID) -> EventLoopFuture<Bool> {
        if ledgers[session] != nil { return loop.makeSucceededFuture(true) }
        let promise = loop.makePromise(of: Bool.self)
        loading[session, default: []].append(promise)
        guard loading[session]?.count == 1 else { return promise.futureResult }
        blocking { [store] in try store.load(session) }.whenComplete { result in
            self.assumeIsolated { hub in
                if case .success(let stored?) = result { hub.host(stored) }
                let found = result.map { $0 != nil }
                for waiting in hub.loading.removeValue(forKey: session) ?? [] { waiting.completeWith(found) }
            }
        }
        return promise.futureResult
    }

    /// The session, if it is this user's.
    func find(_ session: SessionID, for principal: Principal) -> EventLoopFuture<Bool> {
        load(session).map { found in
            found && self.assumeIsolated { $0.ledgers[session]?.record.principal == principal }
        }
    }

    func host(_ stored: StoredSession) {
        let now = clock.now
        // While a turn runs nobody's time runs out, and the end of a turn is no client's sign of life to be written down.
        var stored = stored
        stored.record.seenAt = max(stored.record.seenAt, stored.state.turn?.end?.timestamp ?? 0)
        var ledger = SessionLedger(stored, limits: configuration.limits, at: now)
        let effects = ledger.recover(resumesTurns: agents[stored.record.agent]?.resumesTurns ?? false, at: now)
        ledgers[stored.record.id] = ledger
        perform(effects, in: stored.record.id)
    }

    func create(_ new: ClientRequest.NewSession, _ id: RequestID, for peer: Peer) {
        let agent = new.agent ?? defaultAgent
        guard agents[agent] != nil else {
            return peer.queue(.failure(id, .invalidParams("there is no agent '\(agent)'")))
        }
        let connection = peer.id
        make(
            for: peer.principal, new.directory, agent: agent, key: new.clientSessionKey,
            atMost: configuration.sessionsPerPrincipal
        ).whenComplete { made in
            self.assumeIsolated { hub in
                guard let peer = hub.peers[connection] else { return }
                switch made {
                case .failure(let error as TooManySessions): peer.queue(.failure(id, error.answer))
                case .failure(let error):
                    peer.queue(
                        .failure(
                            id,
                            RPCError(
                                .internalError, "the session could not be made: \(error)",
                                data: ["belay": ["reason": .string((error as? StoreError)?.reason ?? "failed")]])))
                case .success(let record):
                    hub.created(record, id, for: peer)
                }
                peer.pump()
            }
        }
    }

    private func created(_ record: SessionRecord, _ id: RequestID, for peer: Peer) {
        let position = Position(epoch: record.epoch, seq: 0)
        let attachment: SessionLedger.Attachment = peer.layer == nil ? .follow : .resume(position)
        let request = AttachRequest(session: record.id, position: position)
        let attached = attached(peer, request, attachment)
        var result: JSON = ["sessionId": .string(record.id.rawValue)]
        if peer.layer != nil, let ledger = ledgers[record.id] {
            result = [
                "sessionId": .string(record.id.rawValue),
                "_meta": [
                    "belay": ["epoch": .string(record.epoch.rawValue), "headSeq": .integer(ledger.record.headSeq)]
                ],
            ]
        }
        peer.queue(.response(id, result: result))
        perform(attached.effects, in: record.id)
    }

    /// Makes a session, or finds the one that the key made before, and hosts it.
    ///
    /// - Parameter maximum: How many the user may have; `nil` for a session that takes the place of another one.
    private func make(
        for principal: Principal, _ directory: String, agent: String, key: String?, atMost maximum: Int? = nil
    ) -> EventLoopFuture<SessionRecord> {
        let record = SessionRecord(
            id: SessionID(mint()), epoch: Epoch(String(UInt64.random(in: .min ... .max, using: &generator), radix: 36)),
            principal: principal, directory: directory, agent: agent, clientSessionKey: key,
            createdAt: clock.now.timestamp)
        // One that nobody came back to in time is as good as expired, whether or not somebody has noticed.
        let seenSince = configuration.limits.expire.map { record.createdAt - $0.milliseconds } ?? .min
        return blocking { [store] in
            FailPoint.hit("server.create.begin")
            if let maximum, try !store.hasRoom(for: record, maximum: maximum, seenSince: seenSince) {
                throw TooManySessions(maximum: maximum)
            }
            return try store.create(record)
        }.flatMap { record in
            FailPoint.hit("server.created")
            return self.assumeIsolated { hub in hub.load(record.id).map { _ in record } }
        }
    }

    /// What became of an attach, and what to do after it was answered.
    struct Attached {
        var session: SessionID
        var outcome: AttachOutcome
        var effects: [LedgerEffect]
    }

    /// Attaches a connection to a session that is in memory, or to the clean one in its place.
    func attached(
        _ peer: Peer, _ request: AttachRequest, _ attachment: SessionLedger.Attachment,
        _ successor: SessionRecord? = nil, _ stored: Timestamp? = nil
    ) -> Attached {
        guard let record = ledgers[request.session]?.record, record.principal == peer.principal else {
            return Attached(
                session: request.session,
                outcome: .refused(request.session, refusal(.success(false), request.session)), effects: [])
        }
        let now = clock.now
        var session = request.session
        var attachment = attachment
        if let successor {
            session = successor.id
            attachment = .resume(Position(epoch: successor.epoch, seq: 0))
        }
        guard
            let (result, effects) = ledgers[session]?.attach(
                peer.id, client: peer.layer?.clientID, attachment, stored: stored, at: now)
        else {
            // Somebody deleted the successor while it was being made.
            return Attached(
                session: request.session, outcome: .refused(request.session, refusal(.success(false), session)),
                effects: [])
        }
        peer.sessions.insert(session)
        seen[session] = now.timestamp
        guard let successor, let expired = record.expiry ?? ledgers[request.session]?.record.expiry else {
            return Attached(session: session, outcome: .attached(result), effects: effects)
        }
        let expiry = Expiry(
            at: expired.at, lastSeq: record.headSeq,
            archiveUntil: expired.at + configuration.limits.archive.milliseconds, successorID: successor.id,
            successor: Position(epoch: successor.epoch, seq: 0))
        return Attached(session: session, outcome: .refused(request.session, expiry.error), effects: effects)
    }

    /// Attaches, answers, and only then replays.
    ///
    /// - Parameter answer: The answer to queue before the replay; none when the replay itself ends with it.
    func attach(
        _ connection: ConnectionID, _ request: AttachRequest, _ attachment: SessionLedger.Attachment,
        answer: @escaping @Sendable (AttachOutcome) -> Message?
    ) {
        guard let principal = peers[connection]?.principal else { return }
        // An archived transcript can be read, so loading one does not begin a new session.
        var isLoad = false
        var loadRequest: RequestID?
        if case .load(let id) = attachment { (isLoad, loadRequest) = (true, id) }
        let replaces = !isLoad
        find(request.session, for: principal).flatMap { _ in
            self.assumeIsolated { hub in
                hub.successors(of: replaces ? [request] : [], for: connection).and(hub.timestamps(of: [request]))
            }
        }.whenComplete { [loadRequest] known in
            self.assumeIsolated { hub in
                guard let peer = hub.peers[connection] else { return }
                let (successors, timestamps) = (try? known.get()) ?? ([:], [:])
                let attached = hub.attached(
                    peer, request, attachment, successors[request.session], timestamps[request.session])
                if case .refused(_, let error) = attached.outcome, let loadRequest {
                    peer.queue(.failure(loadRequest, error))
                } else if let message = answer(attached.outcome) {
                    peer.queue(message)
                }
                hub.perform(attached.effects, in: attached.session)
                peer.pump()
            }
        }
    }

    /// When the entries were written up to which clients claim to hold journals, where memory does not know.
    func timestamps(of requests: [AttachRequest]) -> EventLoopFuture<[SessionID: Timestamp]> {
        let wanted = requests.compactMap { request in
            ledgers[request.session]?.entryToVerify(SessionLedger.Attachment(request)).map { (request.session, $0) }
        }
        guard !wanted.isEmpty else { return loop.makeSucceededFuture([:]) }
        return blocking { [store] in
            let pairs = try wanted.compactMap { session, seq in
                try store.entries(of: session, after: seq - 1, through: seq, limit: 1).first.map {
                    (session, $0.timestamp)
                }
            }
            return Dictionary(pairs) { first, _ in first }
        }
    }

    /// Marks sessions that nobody came back to in time as expired, and makes the clean ones in their place.
    func successors(
        of requests: [AttachRequest], for connection: ConnectionID
    ) -> EventLoopFuture<[SessionID: SessionRecord]> {
        let now = clock.now
        let expired = requests.compactMap { request -> SessionRecord? in
            guard let ledger = ledgers[request.session], ledger.record.principal == peers[connection]?.principal,
                ledger.isExpired(at: now)
            else { return nil }
            return ledger.record
        }
        let made = expired.map { record in successor(of: record, at: now).map { (record.id, $0) } }
        return EventLoopFuture.whenAllSucceed(made, on: loop).map { pairs in
            // A client may name a session twice.
            Dictionary(pairs, uniquingKeysWith: { first, _ in first })
        }
    }

    /// The clean session in the place of an expired one; if that has expired in its turn, the one in its place.
    private func successor(of record: SessionRecord, at now: Moment) -> EventLoopFuture<SessionRecord> {
        // The key makes the successor the same one, however often and from wherever it is asked for.
        make(
            for: record.principal, record.directory, agent: record.agent, key: "successor:\(record.id)"
        ).flatMap { successor in
            self.assumeIsolated { hub in
                hub.expire(record.id, at: now, successor).flatMap {
                    self.assumeIsolated { hub in
                        guard let ledger = hub.ledgers[successor.id], ledger.isExpired(at: now) else {
                            return hub.loop.makeSucceededFuture(successor)
                        }
                        return hub.successor(of: ledger.record, at: now)
                    }
                }
            }
        }
    }

    private func expire(_ session: SessionID, at now: Moment, _ successor: SessionRecord) -> EventLoopFuture<Void> {
        guard let ledger = ledgers[session], ledger.record.expiry == nil else { return loop.makeSucceededVoidFuture() }
        let at =
            now.timestamp - (now.instant - ledger.seenAt).milliseconds
            + (configuration.limits.expire?.milliseconds ?? 0)
        return blocking { [store] in
            FailPoint.hit("server.expire")
            try store.expire(session, at: at, successor: successor.id)
        }.map {
            self.assumeIsolated {
                $0.ledgers[session]?.expire(.init(at: at, successor: successor.id))
            }
        }
    }

    func close(_ session: SessionID, _ id: RequestID, for peer: Peer) {
        let connection = peer.id
        find(session, for: peer.principal).whenComplete { found in
            self.assumeIsolated { hub in
                guard let peer = hub.peers[connection] else { return }
                if case .success(true) = found {
                    // ACP: closing cancels what goes on. Leaving without cancelling is `_belay/detach`, or just leaving.
                    hub.handle(.cancelled(nil), in: session)
                    peer.sessions.remove(session)
                    hub.handle(.detached(connection), in: session)
                    peer.queue(.response(id, result: [:]))
                } else {
                    peer.queue(.failure(id, hub.refusal(found, session)))
                }
                peer.pump()
            }
        }
    }

    func delete(_ session: SessionID, _ id: RequestID, for peer: Peer) {
        let connection = peer.id
        find(session, for: peer.principal).flatMap { found -> EventLoopFuture<Bool> in
            guard found else { return self.loop.makeSucceededFuture(false) }
            return self.blocking { [store = self.store] in
                try store.delete(session)
                return true
            }
        }.whenComplete { result in
            self.assumeIsolated { hub in
                if case .success(true) = result { hub.forget(session) }
                guard let peer = hub.peers[connection] else { return }
                if case .success(true) = result {
                    peer.queue(.response(id, result: [:]))
                } else {
                    peer.queue(.failure(id, hub.refusal(result, session)))
                }
                peer.pump()
            }
        }
    }

    private func forget(_ session: SessionID) {
        if let turn = ledgers[session]?.state.runningTurn?.id { turns[turn]?.cancel() }
        ledgers[session] = nil
        seen[session] = nil
        for peer in peers.values { peer.sessions.remove(session) }
    }
}

/// A user has as many sessions as the configuration allows.
private struct TooManySessions: Error {
    var maximum: Int

    var answer: RPCError {
        RPCError(
            .internalError, "this user has \(maximum) sessions already: delete some, or wait until some expire",
            data: ["belay": ["reason": "too_many_sessions"]])
    }
}
