import Ledger
import NIOCore
import Sync
import Wire

/// What clients say.
extension Server {
    func received(_ payloads: [Line.Payload], over line: Line) throws(Violation) {
        for payload in payloads {
            switch payload {
            case .upgrade(let hello, let token, let isStripped):
                try accept(line, hello, token: token, isStripped: isStripped)
            case .text(let bytes):
                guard let peer = process?.peers[line.id] else { continue }
                peer.heardAt = world.now
                touch(peer)
                if !peer.hasSpoken {
                    peer.hasSpoken = true
                    try takeOver(peer)
                }
                peer.inbox.append(try message(bytes))
                try serve(peer)
            case .close:
                try left(line.id)
                return world.network.end(line, isNoticed: (false, false))
            case .accepted, .refused, .deflated: break
            }
        }
    }

    /// Deals with what a peer said, one after the other.
    private func serve(_ peer: Peer) throws(Violation) {
        while !peer.isBusy, !peer.inbox.isEmpty { try receive(peer.inbox.removeFirst(), from: peer) }
        try pump(peer)
    }

    /// Begins something that waits for the disk.
    ///
    /// - Returns: What to call at its end.
    private func begin(for peer: Peer) -> Step {
        peer.isBusy = true
        return { [self] () throws(Violation) in
            peer.isBusy = false
            if process?.peers[peer.line.id] === peer { try serve(peer) }
        }
    }

    private func message(_ bytes: ByteBuffer) throws(Violation) -> Message {
        do { return try Message(json: JSON(parsing: bytes)) } catch {
            throw Violation("the server cannot read: \(error)")
        }
    }

    // MARK: Connections

    /// A connection that says nothing for long is closed: half of it may be gone.
    func watch(_ id: UInt64) {
        later(.seconds(20)) { [self] () throws(Violation) in
            guard let peer = process?.peers[id] else { return }
            if world.now - peer.heardAt > .seconds(60) {
                return close(peer, .heartbeatMissed, "no sign of life")
            }
            watch(id)
        }
    }

    /// Closes older connections of the client that speaks on this one.
    func takeOver(_ peer: Peer) throws(Violation) {
        guard let client = peer.layer?.clientID, let process else { return }
        let older = process.table.superseded(by: peer.generation, of: client, peer.principal)
        for other in older.sorted(by: { $0.line.id < $1.line.id }) {
            close(other, .superseded, "a newer connection of this client took over")
        }
        guard peer.generation != .none else { return }
        let left = process.peers.values.first { other in
            other !== peer && other.layer?.clientID == client && other.principal == peer.principal
                && other.order < peer.order && other.generation != .none
        }
        try require(left == nil, "connections \(left?.line.id ?? 0) and \(peer.line.id) of \(client) are both open")
    }

    func close(_ peer: Peer, _ code: CloseCode, _ reason: String) {
        guard process?.peers[peer.line.id] === peer else { return }
        world.network.send(.close(Closure(code: code, reason: reason)), over: peer.line, .toClient)
        forget(peer)
    }

    /// The client has closed the connection, which is its last sign of life on it.
    func left(_ id: UInt64) throws(Violation) {
        if let peer = process?.peers[id] { touch(peer) }
        try closed(id)
    }

    func closed(_ id: UInt64) throws(Violation) {
        leave(id)
        if let peer = process?.peers[id] { forget(peer) }
    }

    func forget(_ peer: Peer) {
        guard let process, process.table.remove(peer.id) else { return }
        process.peers[peer.line.id] = nil
        for session in peer.watched {
            process.registry.unwatch(session.id)
            // Leaving has no effects; the ledger only forgets.
            _ = session.ledger.handle(.detached(peer.id), at: moment)
        }
        peer.watches = [:]
    }

    // MARK: Requests

    private func receive(_ message: Message, from peer: Peer) throws(Violation) {
        switch message {
        case .request(let id, let method, let params):
            let request: ClientRequest
            do { request = try ClientRequest(method: method, params: params) } catch {
                return queue(.failure(id, error), peer)
            }
            try receive(request, id, from: peer)
        case .notification(Method.cancel, let params):
            let session = SessionID(params["sessionId"]?.string ?? "")
            let turn = params.belay?["turnId"]?.string.map { TurnID($0) }
            if let turn { world.cancelsWanted.insert(turn) }
            try handle(.cancelled(world.variant == .cancelAnything ? nil : turn), in: session)
        case .response(let id, let answer):
            guard let (session, key) = peer.questions.removeValue(forKey: id) else { return }
            peer.asked[key] = nil
            if world.variant == .answerTwice, let session = process?.registry[session],
                session.ledger.state.openQuestion(key) == nil
            {
                try repeatAnswer(key, answer, in: session)
            }
            let resolution = Question.Resolution(key: key, answer: answer, by: peer.layer?.clientID)
            try handle(.answered(resolution), in: session)
        case .notification, .failure: break
        }
    }

    /// What a server would do for which the second answer counts as well.
    private func repeatAnswer(_ key: RequestKey, _ answer: JSON, in session: HostedSession) throws(Violation) {
        guard let turn = session.ledger.state.runningTurn?.id else { return }
        let body = Entry.Body.event(.requestResolved(Question.Resolution(key: key, answer: answer, by: nil)))
        try handle(.appended(turn, CorrelationID(rawValue: world.number()), [body]), in: session)
    }

    private func receive(_ request: ClientRequest, _ id: RequestID, from peer: Peer) throws(Violation) {
        switch request {
        case .initialize(let hello): try greet(peer, id, hello, then: begin(for: peer))
        case .newSession(let new): try create(new, id, from: peer)
        case .prompt(let prompt): try self.prompt(prompt, id, from: peer)
        case .ping(let time, _):
            let heads = peer.watched.map { JSON.Member($0.id.rawValue, .integer($0.ledger.record.headSeq)) }
            queue(.response(id, result: ["t": time, "heads": .object(heads)]), peer)
        case .fill(let fill): try self.fill(fill, id, from: peer)
        case .authenticate, .loadSession, .resumeSession, .listSessions, .closeSession, .deleteSession, .set,
            .state, .history, .fork:
            throw Violation("a client does not ask that")
        }
    }

    var unknown: RPCError { RPCError(.resourceNotFound, "there is no such session") }
    private var notNow: RPCError { .notNow("the disk fails", retryAfter: 300) }

    private func prompt(
        _ prompt: ClientRequest.Prompt, _ id: RequestID, from peer: Peer
    ) throws(Violation) {
        let end = begin(for: peer)
        try find(prompt.session, of: peer.principal) { [self] found throws(Violation) in
            switch found {
            case .absent: queue(.failure(id, unknown), peer)
            case .failed: queue(.failure(id, notNow), peer)
            case .here(let session):
                return try accept(prompt, id, from: peer, in: session) { [self] () throws(Violation) in
                    unpin(session)
                    try end()
                }
            }
            try end()
        }
    }

    /// Accepts a prompt once it is known whether its key is that of one that was forgotten.
    private func accept(
        _ prompt: ClientRequest.Prompt, _ id: RequestID, from peer: Peer, in session: HostedSession,
        then end: @escaping Step
    ) throws(Violation) {
        var prompt = prompt
        let key = prompt.clientMessageID ?? ClientMessageID("m\(world.number())")
        prompt.clientMessageID = key
        let take: Step = { [self, prompt] () throws(Violation) in
            if session.isGone { queue(.failure(id, notNow), peer) }
            try handle(
                .prompted(
                    peer.id, id, prompt, turn: TurnID("t\(world.number())"), message: MessageID("u\(world.number())")),
                in: session)
            try end()
        }
        guard world.variant != .skipLookUp, let forgotten = session.ledger.mayHaveForgotten(key) else {
            return try take()
        }
        afterReading { [self] () throws(Violation) in
            guard canRead else {
                queue(.failure(id, notNow), peer)
                return try end()
            }
            if let known = disk.prompt(key, of: prompt.session) {
                guard session.ledger.recall(known) else {
                    queue(.failure(id, notNow), peer)
                    try fence(session, session.lease)
                    return try end()
                }
            } else if session.ledger.mayHaveForgotten(key) == forgotten {
                return try take()
            }
            try accept(prompt, id, from: peer, in: session, then: end)
        }
    }

    private func fill(_ fill: FillRequest, _ id: RequestID, from peer: Peer) throws(Violation) {
        let end = begin(for: peer)
        try find(fill.session, of: peer.principal) { [self] found throws(Violation) in
            if case .here(let session) = found, canRead {
                let record = session.ledger.record
                if record.epoch == fill.epoch, fill.range.upperBound <= record.headSeq {
                    try answer(fill, id, peer)
                } else {
                    queue(.failure(id, .invalidParams("the journal has no such entries")), peer)
                }
            } else {
                queue(.failure(id, notNow), peer)
            }
            if case .here(let session) = found { unpin(session) }
            try end()
        }
    }

    private func answer(_ fill: FillRequest, _ id: RequestID, _ peer: Peer) throws(Violation) {
        var left: FillRequest? = fill
        while let fill = left {
            let first = max(fill.range.lowerBound, fill.range.upperBound - 19)
            left = fill.remaining(before: first)
            let entries = disk.entries(of: fill.session, after: first - 1, through: fill.range.upperBound, limit: 20)
            let merged = Entry.coalesced(disk.decoded(entries, of: fill.session)).map(EncodedEntry.init)
            let bytes = FillResult.encoded(merged, of: fill.session, answering: id, isLast: left == nil)
            peer.outgoing.append((bytes, nil))
            peer.bytesQueued += bytes.readableBytes
        }
    }

    private func create(
        _ new: ClientRequest.NewSession, _ id: RequestID, from peer: Peer
    ) throws(Violation) {
        let end = begin(for: peer)
        afterReading { [self] () throws(Violation) in
            guard !isFull, !isCut else {
                queue(.failure(id, notNow), peer)
                return try end()
            }
            let record = disk.create(record(for: peer.principal, key: new.clientSessionKey, in: new.directory))
            began(record.id)
            try find(record.id, of: peer.principal) { [self] found throws(Violation) in
                guard case .here(let session) = found else {
                    queue(.failure(id, notNow), peer)
                    return try end()
                }
                // Asked for again under its key, a session that nobody came back to in time is its successor.
                try succeed(session) { [self] succession throws(Violation) in
                    switch succession {
                    case .none: try created(session, id, for: peer)
                    case .next(let successor):
                        try created(successor, id, for: peer)
                        unpin(successor)
                    case .failed: queue(.failure(id, notNow), peer)
                    }
                    unpin(session)
                    try end()
                }
            }
        }
    }

    private func created(_ session: HostedSession, _ id: RequestID, for peer: Peer) throws(Violation) {
        guard process?.peers[peer.line.id] === peer else { return }
        let epoch = session.ledger.record.epoch
        guard let (_, effects) = attach(peer, to: session, .resume(Position(epoch: epoch, seq: 0))) else {
            return queue(.failure(id, notNow), peer)
        }
        let belay: JSON = [
            "epoch": .string(epoch.rawValue), "headSeq": .integer(session.ledger.record.headSeq),
        ]
        queue(.response(id, result: ["sessionId": .string(session.id.rawValue), "_meta": ["belay": belay]]), peer)
        try perform(effects, in: session)
    }
}
