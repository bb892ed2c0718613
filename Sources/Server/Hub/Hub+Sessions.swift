import Agents
import FailPoints
import Ledger
import NIOCore
import Transport
import Wire

/// Sessions: made, attached, expired.
extension Hub {
    func create(_ new: ClientRequest.NewSession, _ id: RequestID, for peer: Peer) -> EventLoopFuture<Void>? {
        let agent = new.agent ?? defaultAgent
        guard agents[agent] != nil else {
            peer.queue(.failure(id, .invalidParams("this server has no such agent")))
            return nil
        }
        // Refuse before creating what could not be watched; a session that the key names may be watched already.
        if new.clientSessionKey == nil, let refusal = refusalToWatch(nil, for: peer) {
            peer.queue(.failure(id, refusal))
            return nil
        }
        let connection = peer.id
        return make(
            for: peer.principal, new.directory, agent: agent, key: new.clientSessionKey,
            atMost: configuration.sessionsPerPrincipal
        ).flatMap { record in
            self.assumeIsolated { hub in
                // If the session of this key has expired meanwhile, the client gets its successor.
                let request = AttachRequest(session: record.id, position: nil)
                return hub.successors(of: [request], for: connection).map { $0[record.id] ?? record }
            }
        }.map { record in
            self.assumeIsolated { hub in
                guard let peer = hub.peers[connection] else { return }
                hub.created(record, id, for: peer)
            }
        }.flatMapErrorThrowing { error in
            self.assumeIsolated { $0.refuse(id, error, on: connection) }
        }
    }

    private func created(_ record: SessionRecord, _ id: RequestID, for peer: Peer) {
        let position = Position(epoch: record.epoch, seq: 0)
        let attachment: SessionLedger.Attachment = peer.layer == nil ? .follow : .resume(position)
        let request = AttachRequest(session: record.id, position: position)
        let attached = attached(peer, request, attachment)
        if case .refused(_, let error) = attached.outcome { return peer.queue(.failure(id, error)) }
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

    /// Creates a session, or finds the one that the key created before, and loads its ledger.
    ///
    /// - Parameter maximum: How many sessions the user may have; `nil` for the successor of an expired one.
    private func make(
        for principal: Principal, _ directory: String, agent: String, key: String?, atMost maximum: Int? = nil
    ) -> EventLoopFuture<SessionRecord> {
        let now = clock.now
        let record = SessionRecord(
            id: SessionID(mint()), epoch: Epoch(String(UInt64.random(in: .min ... .max, using: &generator), radix: 36)),
            principal: principal, directory: directory, agent: agent, clientSessionKey: key,
            createdAt: now.timestamp, seenAt: now.instant)
        // Sessions past `sessions.expire` do not count, even if nothing has marked them yet.
        let seenSince = configuration.limits.expire.map { now.instant - $0 } ?? Instant(nanoseconds: .min)
        return readers.run(for: principal) { [store, roots] in
            FailPoint.hit("server.create.begin")
            // A successor takes over its predecessor's folder; whether it may still be read is checked at each turn.
            if maximum != nil { _ = try roots.folder(directory, for: principal) }
            if let maximum, try !store.hasRoom(for: record, maximum: maximum, seenSince: seenSince) {
                throw RPCError.tooManySessions(maximum: maximum)
            }
            return try store.create(record)
        }.flatMap { stored in
            FailPoint.hit("server.created")
            return self.assumeIsolated { hub in
                if stored.id == record.id { hub.count(SessionRecord.overheadBytes, of: principal) }
                return hub.load(stored.id, of: principal).map { _ in stored }
            }
        }
    }

    /// How many bytes a user's sessions take: read from the store once, and counted in memory from then on.
    func usage(of principal: Principal) -> EventLoopFuture<Int64> {
        if let known = usage[principal] { return loop.makeSucceededFuture(known) }
        return readers.run(for: principal) { [store] in try store.usage(of: principal) }.map { bytes in
            self.assumeIsolated { hub in
                // A commit during this read may be counted or not: the quota is a bound, not an exact account.
                hub.usage[principal] = hub.usage[principal] ?? bytes
                return hub.usage[principal] ?? bytes
            }
        }
    }

    /// Adds to what a user's sessions take, once that is known.
    func count(_ bytes: Int64, of principal: Principal) {
        usage[principal] = usage[principal].map { $0.adding(bytes) }
    }

    /// The outcome of an attach, and the effects to perform after it was answered.
    struct Attached {
        var session: SessionID
        var outcome: AttachOutcome
        var effects: [LedgerEffect]
    }

    /// Attaches a connection to a session in memory, or to the successor of an expired one.
    func attached(
        _ peer: Peer, _ request: AttachRequest, _ attachment: SessionLedger.Attachment,
        _ successor: SessionRecord? = nil, _ stored: Timestamp? = nil
    ) -> Attached {
        guard let record = ledgers[request.session]?.record else {
            return refused(request.session, notHere(request.session))
        }
        guard record.principal == peer.principal else {
            return refused(request.session, unknown(request.session))
        }
        let watched = successor?.id ?? request.session
        if let refusal = refusalToWatch(watched, for: peer) {
            return refused(request.session, refusal)
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
                peer.id, client: peer.layer?.clientID, attachment, stored: stored, isSignOfLife: peer.hasSpoken,
                at: now)
        else {
            // The successor was deleted, or evicted from memory, while it was being created.
            return refused(request.session, notHere(session))
        }
        peer.sessions.insert(session)
        if peer.hasSpoken { seen[session] = now.instant }
        guard let successor, let expired = record.expiry ?? ledgers[request.session]?.record.expiry else {
            return Attached(session: session, outcome: .attached(result), effects: effects)
        }
        let expiry = expiry(expired, of: record, successor)
        return Attached(session: session, outcome: .refused(request.session, expiry.error), effects: effects)
    }

    /// What a client is told about a session that has expired.
    func expiry(_ expired: SessionRecord.Expired, of record: SessionRecord, _ successor: SessionRecord) -> Expiry {
        Expiry(
            at: expired.at, lastSeq: record.headSeq,
            archiveUntil: expired.at + configuration.limits.archive.milliseconds, successorID: successor.id,
            successor: Position(epoch: successor.epoch, seq: 0))
    }

    /// Why a connection may not watch one more session; `nil` if it may. A watched session cannot be evicted from
    /// memory.
    ///
    /// - Parameter session: The session; `nil` for one that is still to be created.
    private func refusalToWatch(_ session: SessionID?, for peer: Peer) -> RPCError? {
        if let session, peer.sessions.contains(session) { return nil }
        guard peer.sessions.count < AttachRequest.listMaximum else {
            return .tooManyWatched(maximum: AttachRequest.listMaximum)
        }
        let isWatched = session.flatMap { ledgers[$0]?.subscriberCount }.map { $0 > 0 } ?? false
        let sessions = hosted[peer.principal] ?? []
        let maximum = configuration.sessionsInMemoryPerPrincipal
        guard !isWatched, sessions.count >= maximum else { return nil }
        let watched = sessions.count { ledgers[$0]?.subscriberCount ?? 0 > 0 }
        return watched < maximum ? nil : .tooManyWatched(maximum: maximum)
    }

    /// The outcome of a refused attach.
    func refused(_ session: SessionID, _ error: RPCError) -> Attached {
        Attached(session: session, outcome: .refused(session, error), effects: [])
    }

    /// Attaches, answers the request, and then replays.
    ///
    /// - Parameter answer: Builds the answer to queue before the replay; `session/load` is answered after it instead.
    func attach(
        _ connection: ConnectionID, _ request: AttachRequest, _ attachment: SessionLedger.Attachment,
        answer: @escaping @Sendable (AttachOutcome) -> Message?
    ) -> EventLoopFuture<Void> {
        guard let principal = peers[connection]?.principal else { return loop.makeSucceededVoidFuture() }
        // `session/load` reads an archived transcript and gets no successor; the session is marked as expired all the
        // same, so that nothing is added to it any more.
        var loadRequest: RequestID?
        if case .load(let id) = attachment { loadRequest = id }
        let replaces = loadRequest == nil
        return pinning([request.session]) {
            find(request.session, for: principal).flatMap { found in
                self.assumeIsolated { hub in
                    hub.successors(of: found ? [request] : [], for: connection)
                        .and(hub.timestamps(of: [request])).map { (found, $0.0, $0.1) }
                }
            }.map { [loadRequest] found, successors, timestamps in
                self.assumeIsolated { hub in
                    guard let peer = hub.peers[connection] else { return }
                    let attached =
                        found
                        ? hub.attached(
                            peer, request, attachment, replaces ? successors[request.session] : nil,
                            timestamps[request.session])
                        : hub.refused(request.session, hub.unknown(request.session))
                    if case .refused(_, let error) = attached.outcome, let loadRequest {
                        peer.queue(.failure(loadRequest, error))
                    } else if let message = answer(attached.outcome) {
                        peer.queue(message)
                    }
                    hub.perform(attached.effects, in: attached.session)
                }
            }
        }.flatMapErrorThrowing { [loadRequest] error in
            self.assumeIsolated { hub in
                let refusal = hub.refusal(error, of: principal)
                let message = loadRequest.map { .failure($0, refusal) } ?? answer(.refused(request.session, refusal))
                if let message { hub.peers[connection]?.queue(message) }
            }
        }
    }

    /// The result of a read; `nil` when the entry is damaged.
    private static func unlessDamaged<Value>(_ read: () throws -> Value) throws -> Value? {
        do { return try read() } catch let error as StoreError where error.isDamage { return nil }
    }

    /// The times of the entries at clients' cursors, where they are not in memory: they tell whether the client's copy
    /// and this journal are the same (`Ledger.docc/Restored.md`).
    func timestamps(of requests: [AttachRequest]) -> EventLoopFuture<[SessionID: Timestamp]> {
        let wanted = requests.compactMap { request in
            ledgers[request.session]?.entryToVerify(SessionLedger.Attachment(request)).map { (request.session, $0) }
        }
        guard let first = wanted.first, let principal = ledgers[first.0]?.record.principal else {
            return loop.makeSucceededFuture([:])
        }
        return readers.run(for: principal) { [store] in
            let pairs = try wanted.compactMap { session, seq in
                // A damaged entry must not fail the other attaches; without a time to compare, the client gets a
                // snapshot.
                let page = EntryPage(after: seq - 1, through: seq, limit: 1)
                return try Hub.unlessDamaged { try store.entries(of: session, page) }?.first.map {
                    (session, $0.timestamp)
                }
            }
            return Dictionary(pairs) { first, _ in first }
        }
    }

    /// Marks sessions past `sessions.expire` as expired, and creates their successors.
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

    /// The successor of an expired session; if that has expired in its turn, the successor of that.
    private func successor(of record: SessionRecord, at now: Moment) -> EventLoopFuture<SessionRecord> {
        // The key is derived from the expired session, so every client and every retry gets the same successor.
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
        let at = ledger.record.expiresAt(configuration.limits, at: now) ?? now.timestamp
        return blocking { [store] in
            FailPoint.hit("server.expire")
            try store.expire(session, at: at, successor: successor.id)
        }.map {
            self.assumeIsolated {
                $0.ledgers[session]?.expire(.init(at: at, successor: successor.id))
            }
        }
    }
}
