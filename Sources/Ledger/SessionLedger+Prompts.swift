import DequeModule
import NIOCore
public import Wire

/// Prompts: each idempotency key once, in order, within a bounded queue (`protocol.md` §8).
extension SessionLedger {
    mutating func accept(
        _ prompt: ClientRequest.Prompt, turn: TurnID, message: MessageID, from connection: ConnectionID,
        request: RequestID, at now: Moment
    ) -> [LedgerEffect] {
        let content = JSON.array(prompt.content.map(\.json)).encoded
        // A prompt without a key gets the message's identifier; only a client's own key makes repeating it safe.
        let id = prompt.clientMessageID ?? ClientMessageID(message.rawValue)
        let waiter = Waiter(connection: connection, request: request, joined: false)
        if let known = prompts[id] ?? accepting(id) {
            return join(known, content: content, waiter)
        }
        if record.expiry != nil {
            return [
                .respond(
                    connection, request,
                    .failure(
                        RPCError(
                            .resourceNotFound, "the session has expired and is read-only: begin a new session",
                            reason: "expired")
                    ))
            ]
        }
        guard !prompt.content.isEmpty else {
            return [.respond(connection, request, .failure(.invalidParams("'prompt' is empty")))]
        }
        // Prompts that are being stored count too: they are about to run or to wait.
        let taken = (promptRunning == nil ? 0 : 1) + turnsWaiting.count + promptsAccepting
        guard taken <= limits.turnsQueued else {
            let error = RPCError(
                .internalError, "\(limits.turnsQueued) prompts wait already: send it again when a turn has ended",
                reason: "queue_full")
            return [.respond(connection, request, .failure(error))]
        }
        guard self.record.bytes < limits.sessionBytes else {
            let error = RPCError(
                .internalError, "the session holds \(limits.sessionBytes) bytes, and no more fits: begin a new session",
                reason: "session_full")
            return [.respond(connection, request, .failure(error))]
        }
        var record = PromptRecord(id: id, content: content, turn: turn, message: message, seq: 0)
        record.trace = prompt.trace
        return append(.prompt(record, prompt.content, waiter), at: now)
    }

    /// A known key: the same content joins the turn or gets its stored answer; other content is refused.
    private mutating func join(_ known: PromptRecord, content: ByteBuffer, _ waiter: Waiter) -> [LedgerEffect] {
        guard known.digest == PromptRecord.digest(of: content) else {
            let error = RPCError(
                .invalidParams, "this clientMessageId (idempotency key) was used for another prompt",
                reason: "idempotency_conflict")
            return [.respond(waiter.connection, waiter.request, .failure(error))]
        }
        var waiter = waiter
        waiter.joined = true
        guard let end = known.end else {
            guard waiters[known.turn]?.count ?? 0 < limits.waiters else {
                let error = RPCError(
                    .internalError, "\(limits.waiters) requests wait for this turn already: try again later",
                    reason: "queue_full")
                return [.respond(waiter.connection, waiter.request, .failure(error))]
            }
            waiters[known.turn, default: []].append(waiter)
            return []
        }
        return answer(waiter, known.turn, end)
    }

    /// Whether a prompt with that key was accepted or is being stored, so that repeating it adds nothing.
    public func knows(_ id: ClientMessageID) -> Bool { prompts[id] != nil || accepting(id) != nil }

    /// How many prompts that have ended were forgotten, about, when this key may be one of them; `nil` when it cannot.
    /// Before such a prompt is accepted, its key is looked up in the store, and what is found there is given to
    /// ``recall(_:)``. When the number has changed meanwhile, it is looked up again.
    public func mayHaveForgotten(_ id: ClientMessageID) -> Int? {
        promptsForgotten > 0 && !knows(id) ? promptsForgotten : nil
    }

    /// Takes a prompt that has ended back into memory.
    ///
    /// - Returns: Whether this ledger has the entries of its turn. When it does not, another server has written them and
    ///   serves the session: an answer from here would come before them.
    public mutating func recall(_ prompt: PromptRecord) -> Bool {
        if knows(prompt.id) { return true }
        guard prompt.end?.seq ?? prompt.seq <= record.headSeq else { return false }
        if prompt.end != nil { keep(prompt) }
        return true
    }

    /// Keeps a prompt that has ended in memory, and forgets the oldest beyond the bound.
    mutating func keep(_ ended: PromptRecord) {
        prompts[ended.id] = ended.settled
        promptsEnded.append(ended.id)
        while promptsEnded.count > limits.promptsKept, let oldest = promptsEnded.popFirst() {
            prompts[oldest] = nil
            promptsForgotten += 1
        }
    }

    mutating func cancel(_ turn: TurnID?, at now: Moment) -> [LedgerEffect] {
        let running = promptRunning.flatMap { prompts[$0]?.turn }
        guard let turn = turn ?? running ?? turnsToBegin.first else { return [] }
        if turn == running {
            let effect = stop(turn, at: now)
            cancelQuestions(of: turn)
            return [effect] + formBatch(at: now)
        }
        guard turnsToBegin.contains(turn) else { return [] }
        turnsCancelled.insert(turn)
        return formBatch(at: now)
    }

    /// Every turn that has not ended: those that have not begun, the last one first, and then the one that runs, so that
    /// none begins while they are cancelled in this order.
    public var turnsPending: [TurnID] {
        turnsToBegin.reversed() + [promptRunning.flatMap { prompts[$0]?.turn }].compactMap(\.self)
    }

    /// Turns that have not begun, the next one first: waiting ones, then those being stored.
    private var turnsToBegin: [TurnID] {
        var turns = turnsWaiting.compactMap { prompts[$0]?.turn } + (inFlight?.accepted.map(\.turn) ?? [])
        for case .prompt(let record, _, _) in drafts { turns.append(record.turn) }
        return turns
    }

    /// Ends cancelled turns that have not begun. Only between two commits, since the one in flight decides which turns
    /// still wait.
    mutating func endCancelledTurns() {
        for id in turnsWaiting {
            guard let turn = prompts[id]?.turn, turnsCancelled.remove(turn) != nil else { continue }
            turnsWaiting.removeAll { $0 == id }
            drafts.append(.end(turn, .stopped(.cancelled)))
        }
    }

    /// Answers a request that waits for a turn, behind the entries that the answer is about.
    mutating func answer(_ waiter: Waiter, _ turn: TurnID, _ end: PromptRecord.End) -> [LedgerEffect] {
        let result: Result<LedgerEffect.Reply, RPCError> =
            switch end.outcome {
            case .stopped(let reason): .success(.prompt(turn, reason, seq: end.seq, joined: waiter.joined))
            case .failed(let error):
                .failure(
                    RPCError(
                        .internalError, "the turn failed: \(error)",
                        data: [
                            "belay": [
                                "reason": "turn_failed", "turnId": .string(turn.rawValue), "seq": .integer(end.seq),
                            ]
                        ]))
            }
        if let phase = subscribers[waiter.connection]?.phase, phase != .live {
            subscribers[waiter.connection]?.held.append(.init(request: waiter.request, result: result))
            return []
        }
        return [.respond(waiter.connection, waiter.request, result)]
    }

    /// The prompt of that key that is being stored.
    private func accepting(_ id: ClientMessageID) -> PromptRecord? {
        if let record = inFlight?.accepted.first(where: { $0.id == id }) { return record }
        for case .prompt(let record, _, _) in drafts where record.id == id { return record }
        return nil
    }

    /// How many prompts are being stored.
    private var promptsAccepting: Int {
        drafts.count { draft in
            if case .prompt = draft { true } else { false }
        } + (inFlight?.accepted.count ?? 0)
    }
}
