import Wire

/// Entries into the mirror, and prompts out of the outbox.
extension SyncEngine {
    mutating func notified(_ method: String, _ params: JSON, at now: Instant) -> [SyncEffect] {
        do throws(RPCError) {
            switch method {
            case Method.update, Method.event:
                guard let notice = try EntryNotice(method: method, params: params) else { return [] }
                return receive(notice, at: now)
            case Method.caughtUp:
                let fence = try CaughtUp(json: params)
                guard fence.session == replica?.session else { return [] }
                return caughtUp(fence, at: now)
            case Method.resync:
                // A snapshot follows on this connection; further entries belong to it.
                guard let replica, params["sessionId"]?.string == replica.session.rawValue else { return [] }
                mirror.add(
                    self.replica?.attached(
                        AttachResult(
                            session: replica.session, epoch: try params.requiredIdentifier("epoch"), headSeq: 0,
                            mode: .snapshot, afterSeq: 0, tier: .brief, turn: replica.runningTurn, expiresAt: nil))
                        ?? [])
                return []
            case Method.session: return [.sessions(.changed(try SessionSummary(json: params)))]
            case Method.filled:
                try filled(params)
                return []
            case Method.cancelRequest:
                let request = try RequestID(json: try params.required("requestId"))
                questions.withdrawn(request)
                return calls.withdrawn(request).map { [.cancelCall($0)] } ?? []
            default: return []
            }
        } catch {
            return misunderstood("the server broke the protocol: \(error.message)", at: now)
        }
    }

    private mutating func receive(_ notice: EntryNotice, at now: Instant) -> [SyncEffect] {
        guard notice.session == replica?.session, let (admission, change) = replica?.admit(notice.entry) else {
            return []
        }
        switch admission {
        case .duplicate: return []
        case .apply:
            if let change { mirror.add(change) }
            return []
        case .gap:
            lastFailure = "gap before entry \(notice.entry.from): attaching again"
            return leave(at: now)
        }
    }

    private mutating func caughtUp(_ fence: CaughtUp, at now: Instant) -> [SyncEffect] {
        guard replica?.isCurrent(through: fence.position.seq) == true else {
            lastFailure = "gap: the replay ended before entry \(fence.position.seq); attaching again"
            return leave(at: now)
        }
        mirror.add(replica?.caughtUp() ?? [])
        link.fenced(by: fence)
        becomeLiveIfStored(at: now)
        return []
    }

    mutating func stored(at now: Instant) {
        let changes = mirror.stored()
        replica?.copy.stored(changes)
        for entry in changes.flatMap(\.entries) {
            if let id = entry.clientMessageID { outbox.remove(id) }
            if case .event(.requestResolved(let resolution)) = entry.body { questions.resolved(resolution.key) }
        }
        becomeLiveIfStored(at: now)
    }

    /// The client becomes live when the fence was received and the mirror holds everything before it: then the latency
    /// of the resume is final.
    private mutating func becomeLiveIfStored(at now: Instant) {
        guard mirror.isEmpty, case .settling = link.state else { return }
        let loss = link.lostAt.map { lostAt in
            ResumeLog.Loss(
                at: lostAt, detection: link.silentSince.map { max(.zero, lostAt - $0) } ?? .zero, cause: lossCause)
        }
        let (attempt, fence) = link.caughtUp(at: now)
        resumes.caughtUp(attempt, fence, loss: loss, at: now)
        lossCause = nil
        lastFailure = nil
    }

    mutating func sendWhatWaits(at now: Instant) -> [SyncEffect] {
        guard isLive, let generation = link.currentGeneration, let replica else { return [] }
        var effects: [SyncEffect] = []
        if let target = cancellation.next(running: replica.runningTurn) {
            effects.append(cancel(target, in: replica.session, on: generation))
        }
        if let setting = settings.take() {
            let (method, params) = setting.request(of: replica.session.rawValue)
            effects.append(request(.set(setting), method, params, on: generation))
        }
        // A prompt is for the agent as the user has set it before.
        guard settings.isSettled, let prompts = outbox.take(for: replica.session, as: &requests) else {
            return effects
        }
        if prompts.isEmpty { promptIsRefused() } else { effects.append(.markSent(prompts.map { $0.id })) }
        effects += prompts.map { .send(generation: generation, $0.message) }
        return effects + [.outbox(outbox.items)]
    }

    private func cancel(_ target: Cancellation.Target, in session: SessionID, on generation: Int) -> SyncEffect {
        let belay: JSON? =
            switch target {
            case .turn(let turn): ["belay": ["turnId": .string(turn.rawValue)]]
            case .nextTurn: nil
            }
        let params = JSON.object(of: ["sessionId": .string(session.rawValue), "_meta": belay])
        return .send(generation: generation, .notification(method: Method.cancel, params: params))
    }
}
