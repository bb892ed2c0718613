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
                    takeOver(peer)
                }
                peer.inbox.append(try message(bytes))
                try serve(peer)
            case .accepted, .refused, .close: break
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
        watch(line.id)
        let open: Step = { [self] () throws(Violation) in
            peer.isOpen = true
            world.network.send(.accepted(greeted: !isStripped), over: line, .toClient)
            try pump(peer)
        }
        if isStripped { return try open() }
        try greet(peer, .number(0), try initialize(hello)) { [self] isGreeted throws(Violation) in
            if isGreeted { return try open() }
            forget(peer)
            let refusal = Refusal(status: 503, reason: "storage_failed", message: "the disk fails", retryAfter: 300)
            world.network.send(.refused(refusal), over: line, .toClient)
        }
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
        case .notification, .failure: break
        }
    }

    /// What a server would do for which the second answer counts as well.
    private func repeatAnswer(_ key: RequestKey, _ answer: JSON, in session: SessionID) throws(Violation) {
        guard let turn = process?.ledgers[session]?.state.runningTurn?.id else { return }
        let body = Entry.Body.event(.requestResolved(Question.Resolution(key: key, answer: answer, by: nil)))
        try handle(.appended(turn, CorrelationID(rawValue: world.number()), [body]), in: session)
    }

    private func receive(_ request: ClientRequest, _ id: RequestID, from peer: Peer) throws(Violation) {
        switch request {
        case .initialize(let hello):
            let end = begin(for: peer)
            try greet(peer, id, hello) { [self] isGreeted throws(Violation) in
                if !isGreeted {
                    close(peer.line.id, Closure(code: .tryAgainLater, reason: "retry_after_ms=300; later"))
                }
                try end()
            }
        case .newSession(let new): try create(new, id, from: peer)
        case .prompt(let prompt): try self.prompt(prompt, id, from: peer)
        case .ping(let time, _):
            let heads = peer.sessions.sorted().compactMap { session in
                process?.ledgers[session].map { JSON.Member(session.rawValue, .integer($0.record.headSeq)) }
            }
            queue(.response(id, result: ["t": time, "heads": .object(heads)]), peer)
        case .fill(let fill): try self.fill(fill, id, from: peer)
        case .authenticate, .loadSession, .resumeSession, .listSessions, .closeSession, .deleteSession, .state,
            .history:
            throw Violation("a client does not ask that")
        }
    }

    private var unknown: RPCError { RPCError(.resourceNotFound, "there is no such session") }
    private var notNow: RPCError { .notNow("the disk fails", retryAfter: 300) }

    private func prompt(
        _ prompt: ClientRequest.Prompt, _ id: RequestID, from peer: Peer
    ) throws(Violation) {
        let end = begin(for: peer)
        try find(prompt.session) { [self] found throws(Violation) in
            switch found {
            case .absent: queue(.failure(id, unknown), peer)
            case .failed: queue(.failure(id, notNow), peer)
            case .here: return try accept(prompt, id, from: peer, then: end)
            }
            try end()
        }
    }

    /// Accepts a prompt once it is known whether its key is that of one that was forgotten.
    private func accept(
        _ prompt: ClientRequest.Prompt, _ id: RequestID, from peer: Peer, then end: @escaping Step
    ) throws(Violation) {
        var prompt = prompt
        let key = prompt.clientMessageID ?? ClientMessageID("m\(world.number())")
        prompt.clientMessageID = key
        let take: Step = { [self, prompt] () throws(Violation) in
            try handle(
                .prompted(
                    ConnectionID(rawValue: peer.line.id), id, prompt, turn: TurnID("t\(world.number())"),
                    message: MessageID("u\(world.number())")), in: prompt.session)
            try end()
        }
        guard world.variant != .skipLookUp,
            let forgotten = process?.ledgers[prompt.session]?.mayHaveForgotten(key)
        else { return try take() }
        pin(prompt.session)
        later(world.chance.duration(.microseconds(200)...(.milliseconds(3)))) { [self] () throws(Violation) in
            unpin(prompt.session)
            guard canRead else {
                queue(.failure(id, notNow), peer)
                return try end()
            }
            if let known = disk.prompt(key, of: prompt.session) {
                process?.ledgers[prompt.session]?.recall(known)
            } else if process?.ledgers[prompt.session]?.mayHaveForgotten(key) == forgotten {
                return try take()
            }
            try accept(prompt, id, from: peer, then: end)
        }
    }

    private func fill(_ fill: FillRequest, _ id: RequestID, from peer: Peer) throws(Violation) {
        let end = begin(for: peer)
        try find(fill.session) { [self] found throws(Violation) in
            if found == .failed || !canRead {
                queue(.failure(id, notNow), peer)
            } else if let record = process?.ledgers[fill.session]?.record, record.epoch == fill.epoch,
                fill.range.upperBound <= record.headSeq
            {
                let first = max(fill.range.lowerBound, fill.range.upperBound - 19)
                let entries = disk.entries(
                    of: fill.session, after: first - 1, through: fill.range.upperBound, limit: 20)
                let merged = Entry.coalesced(disk.decoded(entries, of: fill.session)).map(EncodedEntry.init)
                let bytes = FillResult.encoded(merged, of: fill.session, answering: id)
                peer.outgoing.append((bytes, nil))
                peer.bytesQueued += bytes.readableBytes
            } else {
                queue(.failure(id, .invalidParams("the journal has no such entries")), peer)
            }
            try end()
        }
    }

    private func create(
        _ new: ClientRequest.NewSession, _ id: RequestID, from peer: Peer
    ) throws(Violation) {
        let end = begin(for: peer)
        later(world.chance.duration(.microseconds(200)...(.milliseconds(3)))) { [self] () throws(Violation) in
            guard !isFull else {
                queue(.failure(id, notNow), peer)
                return try end()
            }
            let record = disk.create(
                SessionRecord(
                    id: SessionID("s\(world.number())"), epoch: Epoch("e\(world.number())"),
                    principal: Principal("user"), directory: new.directory, agent: world.agent,
                    clientSessionKey: new.clientSessionKey, createdAt: moment.timestamp, seenAt: moment.instant))
            began(record.id)
            try find(record.id) { [self] found throws(Violation) in
                if found == .here, !isStuck(record.id) {
                    try created(record, id, for: peer)
                } else {
                    queue(.failure(id, notNow), peer)
                }
                try end()
            }
        }
    }

    private func created(_ record: SessionRecord, _ id: RequestID, for peer: Peer) throws(Violation) {
        // Asked for again under its key, a session that nobody came back to in time is its successor.
        let record = try successor(of: record.id) ?? record
        let position = Position(epoch: record.epoch, seq: 0)
        guard process?.peers[peer.line.id] === peer,
            let (_, effects) = process?.ledgers[record.id]?.attach(
                ConnectionID(rawValue: peer.line.id), client: peer.layer?.clientID, .resume(position), at: moment),
            let head = process?.ledgers[record.id]?.record.headSeq
        else { return }
        peer.sessions.insert(record.id)
        note(moment.instant, in: record.id)
        let belay: JSON = ["epoch": .string(record.epoch.rawValue), "headSeq": .integer(head)]
        queue(.response(id, result: ["sessionId": .string(record.id.rawValue), "_meta": ["belay": belay]]), peer)
        try perform(effects, in: record.id)
    }

    /// Answers `initialize`, and attaches what it names: first the answer, then the replay.
    ///
    /// - Parameter end: Told whether it could be answered; the disk may fail.
    private func greet(
        _ peer: Peer, _ id: RequestID, _ hello: InitializeRequest, then end: @escaping (Bool) throws(Violation) -> Void
    ) throws(Violation) {
        peer.isInitialized = true
        peer.layer = hello.layer
        if peer.hasSpoken { takeOver(peer) }
        guard let request = hello.layer?.resume.first else {
            answer([], id, peer)
            return try end(true)
        }
        pin(request.session)
        try find(request.session) { [self] found throws(Violation) in
            // The disk is asked for the time of an entry, and marks what has expired.
            later(world.chance.duration(.zero...(.milliseconds(3)))) { [self] () throws(Violation) in
                if world.variant == .evictPinned, world.chance.oneIn(8) { evict() }
                unpin(request.session)
                guard process?.peers[peer.line.id] === peer else { return }
                switch found {
                case .failed: return try end(false)
                case .absent: answer([.refused(request.session, unknown)], id, peer)
                case .here:
                    guard canRead, !isStuck(request.session) else { return try end(false) }
                    try attach(request, id, peer)
                }
                try end(true)
            }
        }
    }

    private func answer(_ outcomes: [AttachOutcome], _ id: RequestID, _ peer: Peer) {
        let layer = InitializeResult.Layer(pingInterval: 20_000, pingTimeout: 3_000, resumed: outcomes)
        queue(.response(id, result: InitializeResult(agent: nil, layer: layer).json), peer)
    }

    private func attach(_ request: AttachRequest, _ id: RequestID, _ peer: Peer) throws(Violation) {
        let successor = try successor(of: request.session)
        let session = successor?.id ?? request.session
        let attachment = successor.map { .resume(Position(epoch: $0.epoch, seq: 0)) } ?? attachment(request)
        let stored = process?.ledgers[session]?.entryToVerify(attachment).flatMap { seq in
            disk.entries(of: session, after: seq - 1, through: seq, limit: 1).first?.timestamp
        }
        guard
            let (result, effects) = process?.ledgers[session]?.attach(
                ConnectionID(rawValue: peer.line.id), client: peer.layer?.clientID, attachment, stored: stored,
                isSignOfLife: peer.hasSpoken, at: moment)
        else { return answer([.refused(request.session, unknown)], id, peer) }
        peer.sessions.insert(session)
        if peer.hasSpoken { note(moment.instant, in: session) }
        if let successor, let old = process?.ledgers[request.session]?.record, let expired = old.expiry {
            let expiry = Expiry(
                at: expired.at, lastSeq: old.headSeq, archiveUntil: expired.at + limits.archive.milliseconds,
                successorID: successor.id, successor: Position(epoch: successor.epoch, seq: 0))
            answer([.refused(request.session, expiry.error)], id, peer)
        } else {
            answer([.attached(result)], id, peer)
        }
        try perform(effects, in: session)
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
