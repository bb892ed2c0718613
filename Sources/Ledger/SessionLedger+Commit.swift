import DequeModule
import NIOCore
import Wire

/// Commit, then send (`protocol.md` §3): drafts become numbered entries in one batch at a time, and nothing of a batch
/// is delivered before it is durable.
extension SessionLedger {
    /// A batch in flight, and the session as it will be when the batch is durable.
    struct Batch: Sendable {
        var drafts: [Draft] = []
        var entries: [Entry] = []
        var encoded: [EncodedEntry] = []
        var accepted: [PromptRecord] = []
        var ended: [PromptRecord] = []
        var correlations: [CorrelationID] = []
        var title: String?
        /// Whether it holds text that an agent streamed.
        var hasText = false
        var turnsWaiting: Deque<ClientMessageID>
        var promptRunning: ClientMessageID?
        var naming: MessageNaming
        var started: ClientMessageID?
        /// How many bytes it adds to the session.
        var bytes: Int64 = 0
        /// Whether the state behind it is stored with it.
        var isCheckpoint = false
    }

    /// Tries the drafts again after ``LedgerEffect/retryCommit``.
    public mutating func retryCommit(at now: Moment) -> [LedgerEffect] {
        isHeldBack = false
        return flush(at: now)
    }

    /// Forms the next batch when none is in flight and there is something that is to be stored now.
    mutating func formBatch(at now: Moment) -> [LedgerEffect] {
        guard inFlight == nil, !isTaking else { return [] }
        endCancelledTurns()
        guard isDue(at: now) || (promptRunning == nil && !turnsWaiting.isEmpty) else { return [] }
        var batch = Batch(turnsWaiting: turnsWaiting, promptRunning: promptRunning, naming: naming)
        var effects: [LedgerEffect] = []
        while let draft = drafts.first, batch.entries.count < limits.commitEntries {
            drafts.removeFirst()
            effects += add(draft, to: &batch, at: now)
        }
        if batch.promptRunning == nil, let next = batch.turnsWaiting.popFirst(), let prompt = prompt(next, in: batch) {
            add(.event(.turnStart(prompt.turn, prompt: prompt.message)), to: &batch, at: now)
            batch.promptRunning = next
            batch.started = next
        }
        if drafts.isEmpty { isFlushWanted = false }
        guard !batch.entries.isEmpty else { return effects }
        if batch.hasText { textFormedAt = now.instant }
        batch.encoded = batch.entries.map(EncodedEntry.init)
        batch.isCheckpoint = isCheckpointDue(behind: batch)
        let commit = Commit(
            session: record.id, entries: batch.encoded, prompts: batch.accepted + batch.ended, title: batch.title,
            checkpoint: batch.isCheckpoint ? checkpoint(behind: batch) : nil)
        batch.bytes = commit.bytes
        inFlight = batch
        return effects + [.commit(commit)]
    }

    private func isCheckpointDue(behind batch: Batch) -> Bool {
        let count = record.headSeq + Seq(batch.entries.count) - checkpoint
        return count >= Seq((batch.ended.isEmpty ? 2 : 1) * limits.checkpointEntries)
    }

    /// The state behind a batch; `nil` when it is too long to be worth it, and the session is loaded from an earlier
    /// one.
    private func checkpoint(behind batch: Batch) -> ByteBuffer? {
        var state = state
        for entry in batch.entries { state.apply(entry) }
        let checkpoint = state.checkpoint
        return checkpoint.readableBytes <= SessionState.checkpointBytesMaximum ? checkpoint : nil
    }

    private func prompt(_ id: ClientMessageID, in batch: Batch) -> PromptRecord? {
        prompts[id] ?? batch.accepted.first { $0.id == id }
    }

    private mutating func add(_ draft: Draft, to batch: inout Batch, at now: Moment) -> [LedgerEffect] {
        switch draft {
        case .prompt(var prompt, let content, _):
            for block in content {
                let chunk = ContentChunk(messageID: prompt.message, content: block)
                add(.update(.userMessage(chunk)), to: &batch, at: now, clientMessageID: prompt.id)
            }
            prompt.seq = batch.entries.last?.seq ?? record.headSeq
            batch.accepted.append(prompt)
            batch.turnsWaiting.append(prompt.id)
            if record.title == nil, batch.title == nil { batch.title = SessionTitle.of(content) }
        case .output(let turn, let correlations, let output):
            // An agent whose turn has ended may still say something, and so may one of an expired session: dropped.
            let running = batch.promptRunning.flatMap { self.prompt($0, in: batch)?.turn }
            guard turn == nil ? record.expiry == nil : turn == running else { return correlations.map { .release($0) } }
            for body in output.bodies {
                add(batch.naming.name(body, seq: nextSeq(in: batch), isOfTurn: turn != nil), to: &batch, at: now)
                if case .update(.other(let update)) = body, let title = SessionTitle.given(by: update), !title.isEmpty {
                    batch.title = title
                }
            }
            batch.correlations += correlations
            batch.hasText = batch.hasText || output.textBytes > 0
        case .question(let question):
            // The turn may have ended while the question waited as a draft: answer it as cancelled.
            guard let id = batch.promptRunning, prompt(id, in: batch)?.turn == question.turn else {
                return answer(question, question.cancelledAnswer)
            }
            add(.event(.request(question)), to: &batch, at: now)
        case .resolution(let resolution):
            guard isOpen(resolution.key, in: batch) else { return [] }
            add(.event(.requestResolved(resolution)), to: &batch, at: now)
        case .end(let turn, let outcome):
            let known = prompts.values.first { $0.turn == turn } ?? batch.accepted.first { $0.turn == turn }
            // A turn whose prompt is not in memory has ended, unless its prompt was lost and it still runs.
            guard known.map({ $0.end == nil }) ?? (state.runningTurn?.id == turn),
                !batch.ended.contains(where: { $0.turn == turn })
            else { return [] }
            for question in openQuestions(in: batch) where question.turn == turn {
                let resolution = Question.Resolution(key: question.key, answer: question.cancelledAnswer, by: nil)
                add(.event(.requestResolved(resolution)), to: &batch, at: now)
            }
            add(.event(.turnEnd(turn, outcome)), to: &batch, at: now)
            batch.naming.end()
            if var prompt = known {
                prompt.end = PromptRecord.End(outcome: outcome, seq: batch.entries.last?.seq ?? record.headSeq)
                batch.ended.append(prompt)
                if batch.promptRunning == prompt.id { batch.promptRunning = nil }
            } else {
                batch.promptRunning = nil
            }
        }
        batch.drafts.append(draft)
        return []
    }

    private func add(
        _ body: Entry.Body, to batch: inout Batch, at now: Moment, clientMessageID: ClientMessageID? = nil
    ) {
        batch.entries.append(
            Entry(seq: nextSeq(in: batch), timestamp: now.timestamp, clientMessageID: clientMessageID, body: body))
    }

    private func nextSeq(in batch: Batch) -> Seq { (batch.entries.last?.seq ?? record.headSeq) + 1 }

    /// The batch is durable: apply it, and deliver its entries.
    mutating func committed(at now: Moment) -> [LedgerEffect] {
        guard let batch = inFlight, let last = batch.entries.last else {
            preconditionFailure("a commit of \(record.id) ended that was not in flight")
        }
        inFlight = nil
        isHeldBack = false
        record.headSeq = last.seq
        record.bytes += batch.bytes
        record.updatedAt = last.timestamp
        record.title = batch.title ?? record.title
        for entry in batch.entries { state.apply(entry) }
        tail.append(batch.encoded)
        for prompt in batch.accepted { prompts[prompt.id] = prompt }
        for prompt in batch.ended { keep(prompt) }
        if batch.isCheckpoint { checkpoint = last.seq }
        turnsWaiting = batch.turnsWaiting
        promptRunning = batch.promptRunning
        naming = batch.naming
        if !batch.ended.isEmpty { touch(at: now) }

        var effects = publish(batch)
        for case .prompt(let prompt, _, let waiter) in batch.drafts {
            waiters[prompt.turn, default: []].append(waiter)
        }
        effects += batch.correlations.map { .release($0) }
        effects += settleQuestions(of: batch)
        if let stopping = turnStopping {
            if state.runningTurn?.id == stopping.turn { cancelQuestions(of: stopping.turn) } else { turnStopping = nil }
        }
        for prompt in batch.ended {
            guard let end = prompt.end else { continue }
            for waiter in waiters.removeValue(forKey: prompt.turn) ?? [] { effects += answer(waiter, prompt.turn, end) }
        }
        if let id = batch.started, let prompt = prompts[id], let turn = state.runningTurn {
            effects.append(start(prompt, turn))
            if turnsCancelled.remove(prompt.turn) != nil { effects.append(stop(prompt.turn, at: now)) }
        }
        effects += formBatch(at: now)
        if !isWorking { tail.shrink() }
        return effects
    }

    private mutating func publish(_ batch: Batch) -> [LedgerEffect] {
        var effects: [LedgerEffect] = []
        let questions = state.requests.filter { $0.seq >= batch.entries[0].seq }
        // In one order, so that a simulated run can be made again.
        for connection in subscribers.keys.sorted() where subscribers[connection]?.phase == .live {
            subscribers[connection]?.cursor = record.headSeq
            effects.append(.deliver(connection, batch.encoded, isReplay: false))
            effects += questions.map { .ask(connection, $0.question, seq: $0.seq, isReissue: false) }
        }
        return effects
    }

    /// The commit failed: prompts are refused, since their clients still hold them; entries of agents stay drafts and
    /// are retried, and the agents wait.
    mutating func commitFailed(_ error: StoreError) -> [LedgerEffect] {
        guard let batch = inFlight else {
            preconditionFailure("a commit of \(record.id) failed that was not in flight")
        }
        inFlight = nil
        var effects: [LedgerEffect] = []
        var kept: [Draft] = []
        for draft in batch.drafts {
            guard case .prompt(let prompt, _, let waiter) = draft else {
                kept.append(draft)
                continue
            }
            turnsCancelled.remove(prompt.turn)
            let refused = error.rpcError("the prompt could not be stored: \(error.remoteDescription)")
            for waiter in [waiter] + (waiters.removeValue(forKey: prompt.turn) ?? []) {
                effects.append(.respond(waiter.connection, waiter.request, .failure(refused)))
            }
        }
        drafts.insert(contentsOf: kept, at: drafts.startIndex)
        (isFlushWanted, isHeldBack) = (false, !drafts.isEmpty)
        if !drafts.isEmpty || !turnsWaiting.isEmpty { effects.append(.retryCommit) }
        return effects
    }
}
