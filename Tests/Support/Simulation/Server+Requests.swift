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
                if !peer.hasSpoken {
                    peer.hasSpoken = true
                    takeOver(peer)
                }
                try receive(try message(bytes), from: peer)
                try pump(peer)
            case .accepted, .refused, .close: break
            }
        }
    }

    private func message(_ bytes: ByteBuffer) throws(Violation) -> Message {
        do { return try Message(json: JSON(parsing: bytes)) } catch {
            throw Violation("the server cannot read: \(error)")
        }
    }

    private func accept(
        _ line: Line, _ hello: ByteBuffer, token: Int, isStripped: Bool
    ) throws(Violation) {
        guard process != nil else { return world.network.end(line, isNoticed: (true, false)) }
        if refusedTokens.contains(token) {
            let refusal = Refusal(status: 401, reason: "token_revoked", message: "the token was revoked")
            return world.network.send(.refused(refusal), over: line, .toClient)
        }
        if world.chance.oneIn(60) {
            let refusal = Refusal(status: 503, reason: "busy", message: "the server is busy", retryAfter: 300)
            return world.network.send(.refused(refusal), over: line, .toClient)
        }
        let peer = Peer(line: line, token: token, heardAt: world.now)
        process?.peers[line.id] = peer
        if !isStripped { try greet(peer, .number(0), try initialize(hello)) }
        peer.isOpen = true
        world.network.send(.accepted(greeted: !isStripped), over: line, .toClient)
        try pump(peer)
        watch(line.id)
    }

    private func initialize(_ hello: ByteBuffer) throws(Violation) -> InitializeRequest {
        do { return try InitializeRequest(json: JSON(parsing: hello)) } catch {
            throw Violation("the server cannot read the greeting: \(error)")
        }
    }

    /// A connection that says nothing for long is closed: half of it may be gone.
    private func watch(_ id: UInt64) {
        later(.seconds(20)) { [self] () throws(Violation) in
            guard let peer = process?.peers[id] else { return }
            if world.now - peer.heardAt > .seconds(60) {
                return close(id, Closure(code: .heartbeatMissed, reason: "no sign of life"))
            }
            watch(id)
        }
    }

    private func takeOver(_ peer: Peer) {
        guard let client = peer.layer?.clientID, let peers = process?.peers.values else { return }
        for other in peers.sorted(by: { $0.line.id < $1.line.id })
        where other.line.id < peer.line.id && other.layer?.clientID == client {
            close(other.line.id, Closure(code: .superseded, reason: "a newer connection of this client took over"))
        }
    }

    func close(_ id: UInt64, _ closure: Closure) {
        guard let peer = process?.peers[id] else { return }
        world.network.send(.close(closure), over: peer.line, .toClient)
        forget(peer)
    }

    func closed(_ id: UInt64) throws(Violation) {
        if let peer = process?.peers[id] { forget(peer) }
    }

    private func forget(_ peer: Peer) {
        process?.peers[peer.line.id] = nil
        for session in peer.sessions.sorted() {
            // Leaving has no effects; the ledger only forgets.
            _ = process?.ledgers[session]?.handle(.detached(ConnectionID(rawValue: peer.line.id)), at: moment)
        }
    }

    private func receive(_ message: Message, from peer: Peer) throws(Violation) {
        let connection = ConnectionID(rawValue: peer.line.id)
        switch message {
        case .request(let id, let method, let params):
            do {
                try receive(try ClientRequest(method: method, params: params), id, from: peer)
            } catch let error as RPCError {
                queue(.failure(id, error), peer)
            } catch let violation as Violation {
                throw violation
            } catch {
                throw Violation("\(error)")
            }
        case .notification(Method.cancel, let params):
            let session = SessionID(params["sessionId"]?.string ?? "")
            let turn = params.belay?["turnId"]?.string.map { TurnID($0) }
            if let turn { cancelsWanted.insert(turn) }
            if world.variant == .cancelAnything {
                try handle(.cancelled(nil), in: session)
            } else {
                try handle(.cancelled(turn), in: session)
            }
        case .response(let id, let answer):
            guard let (session, key) = peer.questions.removeValue(forKey: id) else { return }
            peer.asked[key] = nil
            if world.variant == .answerTwice, let ledger = process?.ledgers[session],
                ledger.state.openQuestion(key) == nil
            {
                try repeatAnswer(key, answer, in: session)
            }
            try handle(.answered(key, answer, by: peer.layer?.clientID), in: session)
        case .notification, .failure: _ = connection
        }
    }

    /// What a server would do for which the second answer counts as well.
    private func repeatAnswer(_ key: RequestKey, _ answer: JSON, in session: SessionID) throws(Violation) {
        guard let turn = process?.ledgers[session]?.state.runningTurn?.id else { return }
        let body = Entry.Body.event(.requestResolved(Question.Resolution(key: key, answer: answer, by: nil)))
        try handle(.appended(turn, Ticket(rawValue: world.number()), [body]), in: session)
    }

    private func receive(_ request: ClientRequest, _ id: RequestID, from peer: Peer) throws {
        switch request {
        case .initialize(let hello): try greet(peer, id, hello)
        case .newSession(let new): try create(new, id, from: peer)
        case .prompt(var prompt):
            guard try load(prompt.session) else { return queue(.failure(id, unknown), peer) }
            prompt.clientMessageID = prompt.clientMessageID ?? ClientMessageID("m\(world.number())")
            try handle(
                .prompted(
                    ConnectionID(rawValue: peer.line.id), id, prompt, turn: TurnID("t\(world.number())"),
                    message: MessageID("u\(world.number())")), in: prompt.session)
        case .ping(let time, _):
            let heads = peer.sessions.sorted().compactMap { session in
                process?.ledgers[session].map { JSON.Member(session.rawValue, .integer($0.record.headSeq)) }
            }
            queue(.response(id, result: ["t": time, "heads": .object(heads)]), peer)
        case .fill(let fill):
            guard try load(fill.session), let record = process?.ledgers[fill.session]?.record,
                record.epoch == fill.epoch, fill.range.upperBound <= record.headSeq
            else { return queue(.failure(id, .invalidParams("the journal has no such entries")), peer) }
            let first = max(fill.range.lowerBound, fill.range.upperBound - 19)
            let entries = disk.entries(of: fill.session, after: first - 1, through: fill.range.upperBound, limit: 20)
            let merged = Entry.coalesced(disk.decoded(entries, of: fill.session)).map(EncodedEntry.init)
            let bytes = FillResult.encoded(merged, of: fill.session, answering: id)
            peer.outgoing.append((bytes, nil))
            peer.bytesQueued += bytes.readableBytes
        case .authenticate, .loadSession, .resumeSession, .listSessions, .closeSession, .deleteSession, .state,
            .history:
            throw Violation("a client does not ask that")
        }
    }

    private var unknown: RPCError { RPCError(.resourceNotFound, "there is no such session") }

    private func create(_ new: ClientRequest.NewSession, _ id: RequestID, from peer: Peer) throws {
        let record = disk.create(
            SessionRecord(
                id: SessionID("s\(world.number())"), epoch: Epoch("e\(world.number())"), principal: Principal("user"),
                directory: new.directory, agent: world.agent, clientSessionKey: new.clientSessionKey,
                createdAt: moment.timestamp))
        guard try load(record.id) else { throw Violation("a session that was made is not there") }
        let position = Position(epoch: record.epoch, seq: 0)
        guard
            let (_, effects) = process?.ledgers[record.id]?.attach(
                ConnectionID(rawValue: peer.line.id), client: peer.layer?.clientID, .resume(position), at: moment),
            let head = process?.ledgers[record.id]?.record.headSeq
        else { return }
        peer.sessions.insert(record.id)
        let belay: JSON = ["epoch": .string(record.epoch.rawValue), "headSeq": .integer(head)]
        queue(
            .response(id, result: ["sessionId": .string(record.id.rawValue), "_meta": ["belay": belay]]), peer)
        try perform(effects, in: record.id)
    }

    private func greet(_ peer: Peer, _ id: RequestID, _ hello: InitializeRequest) throws(Violation) {
        peer.isInitialized = true
        peer.layer = hello.layer
        if peer.hasSpoken { takeOver(peer) }
        var outcomes: [AttachOutcome] = []
        var effects: [(SessionID, [LedgerEffect])] = []
        for request in hello.layer?.resume ?? [] {
            guard try load(request.session) else {
                outcomes.append(.refused(request.session, unknown))
                continue
            }
            let attachment = attachment(request)
            let stored = process?.ledgers[request.session]?.entryToVerify(attachment).flatMap { seq in
                disk.entries(of: request.session, after: seq - 1, through: seq, limit: 1).first?.timestamp
            }
            guard
                let (result, made) = process?.ledgers[request.session]?.attach(
                    ConnectionID(rawValue: peer.line.id), client: peer.layer?.clientID, attachment, stored: stored,
                    at: moment)
            else { continue }
            peer.sessions.insert(request.session)
            outcomes.append(.attached(result))
            effects.append((request.session, made))
        }
        let layer = InitializeResult.Layer(pingInterval: 20_000, pingTimeout: 3_000, resumed: outcomes)
        queue(.response(id, result: InitializeResult(agent: nil, layer: layer).json), peer)
        for (session, made) in effects { try perform(made, in: session) }
    }

    private func attachment(_ request: AttachRequest) -> SessionLedger.Attachment {
        guard var position = request.position, let record = process?.ledgers[request.session]?.record else {
            return SessionLedger.Attachment(request)
        }
        switch world.variant {
        case .clampCursor:
            position.seq = min(position.seq, record.headSeq)
            return .resume(position, window: request.window)
        case .forgetEpoch:
            position.epoch = record.epoch
            return .resume(position, window: request.window)
        case .forgetTimestamp: return .resume(position, window: request.window)
        default: return SessionLedger.Attachment(request)
        }
    }
}
