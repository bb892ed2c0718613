import Ledger
import NIOCore
import Sync
import Wire

/// Connections on their way in: places for attaches, tokens, the order of connections, and `initialize` with the session
/// that it names.
extension Server {
    func accept(_ line: Line, _ hello: ByteBuffer, token: Int, isStripped: Bool) throws(Violation) {
        guard process != nil else { return world.network.end(line, isNoticed: (true, false)) }
        try place(for: line) { [self] isGiven throws(Violation) in
            guard isGiven else { return refuse(line, 503, "busy", retryAfter: delay()) }
            // The token is looked up, and the store issues the place in the order.
            afterReading { [self] () throws(Violation) in
                guard !world.refusedTokens.contains(token) else {
                    refuse(line, 401, "token_revoked")
                    return try free()
                }
                guard canRead else {
                    refuse(line, 503, "storage_failed", retryAfter: 300)
                    return try free()
                }
                try admit(line, hello, token: token, isStripped: isStripped)
            }
        }
    }

    private func admit(_ line: Line, _ hello: ByteBuffer, token: Int, isStripped: Bool) throws(Violation) {
        let hello = isStripped ? nil : try initialize(hello)
        let peer = Peer(
            line: line, token: token, generation: generation(of: hello?.layer?.clientID), heardAt: world.now)
        _ = process?.table.add(peer, peer.id, of: peer.principal, generation: peer.generation)
        process?.peers[line.id] = peer
        watch(line.id)
        let open: Step = { [self] () throws(Violation) in
            peer.isOpen = true
            world.network.send(.accepted(greeted: !isStripped), over: line, .toClient)
            try pump(peer)
        }
        guard let hello else {
            try open()
            return try free()
        }
        try greet(peer, .number(0), hello) { [self] isGreeted throws(Violation) in
            if !isGreeted {
                forget(peer)
                refuse(line, 503, "storage_failed", retryAfter: 300)
            } else if process?.peers[line.id] === peer {
                try open()
            }
            try free()
        }
    }

    private func initialize(_ hello: ByteBuffer) throws(Violation) -> InitializeRequest {
        do { return try InitializeRequest(json: JSON(parsing: hello)) } catch {
            throw Violation("the server cannot read the greeting: \(error)")
        }
    }

    private func refuse(_ line: Line, _ status: Int, _ reason: String, retryAfter: Int64? = nil) {
        let refusal = Refusal(status: status, reason: reason, message: reason, retryAfter: retryAfter)
        world.network.send(.refused(refusal), over: line, .toClient)
    }

    /// The place of a new connection in the order of all. When the disk cannot issue one, it is admitted all the same.
    private func generation(of client: ClientID?) -> Generation {
        guard canRead else { return .none }
        if world.variant == .reuseGeneration, let client, let first = world.generations[client] { return first }
        let generation = disk.nextGeneration()
        if let client, world.generations[client] == nil { world.generations[client] = generation }
        return generation
    }

    // MARK: Places

    /// Asks for a place to prepare an attach.
    ///
    /// - Parameter begin: Told whether there is one; then ``free()`` has to be called. Not called when the connection ends
    ///   while it waits.
    private func place(for line: Line, _ begin: @escaping (Bool) throws(Violation) -> Void) throws(Violation) {
        guard let process else { return }
        switch process.admission.arrive(at: moment.instant) {
        case .admitted: try begin(true)
        case .waits(let waiter):
            process.arrivals[waiter] = (line.id, { () throws(Violation) in try begin(true) })
        case .refused: try begin(false)
        }
    }

    private func delay() -> Int64 {
        process?.admission.delay(at: moment.instant, using: &world.chance) ?? 100
    }

    private func free() throws(Violation) {
        guard let process else { return }
        process.admission.finish(at: moment.instant)
        guard !process.isGiving else { return }
        process.isGiving = true
        while let waiter = process.admission.next() { try process.arrivals.removeValue(forKey: waiter)?.begin() }
        process.isGiving = false
    }

    /// A connection has ended: it waits for no place any more.
    func leave(_ line: UInt64) {
        guard let process, let waiter = process.arrivals.first(where: { $0.value.line == line })?.key else { return }
        process.arrivals[waiter] = nil
        process.admission.leave(waiter, at: moment.instant)
    }

    // MARK: Greeting

    /// Answers `initialize` on a connection that is open.
    func greet(_ peer: Peer, _ id: RequestID, _ hello: InitializeRequest, then end: @escaping Step) throws(Violation) {
        try place(for: peer.line) { [self] isGiven throws(Violation) in
            guard isGiven else {
                close(peer, .tryAgainLater, "retry_after_ms=\(delay()); too many attach")
                return try end()
            }
            try greet(peer, id, hello) { [self] isGreeted throws(Violation) in
                if !isGreeted { close(peer, .tryAgainLater, "retry_after_ms=300; later") }
                try end()
                try free()
            }
        }
    }

    /// Answers `initialize`, and attaches what it names: first the answer, then the replay.
    ///
    /// - Parameter end: Told whether it could be answered; the disk may fail. Called once.
    private func greet(
        _ peer: Peer, _ id: RequestID, _ hello: InitializeRequest, then end: @escaping (Bool) throws(Violation) -> Void
    ) throws(Violation) {
        peer.layer = hello.layer
        if let client = hello.layer?.clientID { process?.table.name(peer.id, client) }
        if peer.hasSpoken { try takeOver(peer) }
        guard let request = hello.layer?.resume.first else {
            answer([], id, peer)
            return try end(true)
        }
        try find(request.session, of: peer.principal) { [self] found throws(Violation) in
            switch found {
            case .failed: try end(false)
            case .absent:
                answer([.refused(request.session, unknown)], id, peer)
                try end(true)
            case .here(let session):
                if world.variant == .evictPinned, world.chance.oneIn(8) { evict() }
                try succeed(session) { [self] succession throws(Violation) in
                    try attach(request, to: session, succession, id, peer) { [self] isAttached throws(Violation) in
                        if case .next(let successor) = succession { unpin(successor) }
                        unpin(session)
                        try end(isAttached)
                    }
                }
            }
        }
    }

    private func answer(_ outcomes: [AttachOutcome], _ id: RequestID, _ peer: Peer) {
        let layer = InitializeResult.Layer(pingInterval: 20_000, pingTimeout: 3_000, resumed: outcomes)
        queue(.response(id, result: InitializeResult(agent: nil, layer: layer).json), peer)
    }

    private func attach(
        _ request: AttachRequest, to asked: HostedSession, _ succession: Succession, _ id: RequestID, _ peer: Peer,
        then end: @escaping (Bool) throws(Violation) -> Void
    ) throws(Violation) {
        var (session, start) = (asked, attachment(request, to: asked))
        switch succession {
        case .failed: return try end(false)
        case .next(let successor):
            (session, start) = (successor, .resume(Position(epoch: successor.ledger.record.epoch, seq: 0)))
        case .none: break
        }
        let isRead = session.ledger.entryToVerify(start) != nil
        later(isRead ? world.chance.duration(.zero...(.milliseconds(3))) : .zero) { [self] () throws(Violation) in
            guard !isRead || canRead else { return try end(false) }
            let stored = session.ledger.entryToVerify(start).flatMap { seq in
                disk.entries(of: session.id, after: seq - 1, through: seq, limit: 1).first?.timestamp
            }
            guard process?.peers[peer.line.id] === peer else { return try end(true) }
            guard let (result, effects) = attach(peer, to: session, start, stored: stored) else {
                // It was deleted, or another server took it, while the attach was prepared.
                if world.variant != .evictPinned { return try end(false) }
                answer([.refused(request.session, unknown)], id, peer)
                return try end(true)
            }
            if session !== asked, let expired = asked.ledger.record.expiry {
                let expiry = Expiry(
                    at: expired.at, lastSeq: asked.ledger.record.headSeq,
                    archiveUntil: expired.at + limits.archive.milliseconds, successorID: session.id,
                    successor: Position(epoch: session.ledger.record.epoch, seq: 0))
                answer([.refused(request.session, expiry.error)], id, peer)
            } else {
                answer([.attached(result)], id, peer)
            }
            try perform(effects, in: session)
            try end(true)
        }
    }

    /// Attaches a connection in one step.
    ///
    /// - Returns: `nil` when the session has left memory, or when its user watches too many.
    func attach(
        _ peer: Peer, to session: HostedSession, _ start: SessionLedger.Attachment, stored: Timestamp? = nil
    ) -> (result: AttachResult, effects: [LedgerEffect])? {
        guard let process, process.registry[session.id] === session else { return nil }
        guard
            peer.watches[session.id] != nil
                || process.registry.watch(session.id, maximum: Server.sessionsMaximum)
        else { return nil }
        peer.watches[session.id] = session
        if peer.hasSpoken { note(moment.instant, in: session.id) }
        return session.ledger.attach(
            peer.id, client: peer.layer?.clientID, start, stored: stored, isSignOfLife: peer.hasSpoken, at: moment)
    }

    private func attachment(_ request: AttachRequest, to session: HostedSession) -> SessionLedger.Attachment {
        guard var position = request.position else { return SessionLedger.Attachment(request) }
        switch world.variant {
        case .clampCursor:
            position.seq = min(position.seq, session.ledger.record.headSeq)
            return .resume(position, window: request.window)
        case .forgetEpoch:
            position.epoch = session.ledger.record.epoch
            return .resume(position, window: request.window)
        case .forgetTimestamp: return .resume(position, window: request.window)
        default: return SessionLedger.Attachment(request)
        }
    }
}
