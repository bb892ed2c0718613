import Agents
import Ledger
import Logging
import NIOCore
import Wire

/// Turns: the agent's task, its access to the journal, and its end.
extension Hub {
    /// How many messages before the turn the agent is given.
    static let historyMessages: Int64 = 40

    /// A turn that waits because `limits.turns_per_user` or `limits.turns` is reached.
    struct WaitingTurn {
        var start: TurnStart
        var session: SessionID
    }

    /// Starts an agent, or queues its turn until the limits allow it. Users are served round-robin (``FairQueue``), so
    /// that a user of many sessions does not delay the others.
    func begin(_ start: TurnStart, in session: SessionID) {
        guard let record = ledgers[session]?.record else { return }
        guard agents[record.agent] != nil else {
            return handle(
                .finished(start.turn, .failed("this server no longer has the session's agent: begin a new session")),
                in: session)
        }
        turnsWaiting.add(WaitingTurn(start: start, session: session), of: record.principal)
        beginWaitingTurns()
    }

    private func beginWaitingTurns() {
        while turns.count < configuration.turnsMaximum, let (principal, waiting) = turnsWaiting.next() {
            let (start, session) = (waiting.start, waiting.session)
            guard let record = ledgers[session]?.record, let agent = agents[record.agent] else {
                turnsWaiting.done(principal)
                continue
            }
            // The hub owns the task and awaits it when the server stops; a turn outlives the connection that began it.
            turns[start.turn] = Task {
                let outcome = await self.run(start, record, agent)
                self.ended(start.turn, outcome, in: session, of: principal)
            }
        }
    }

    /// Stops a turn: cancels its agent's task, or takes a turn that has not begun out of the queue.
    func stop(_ turn: TurnID, in session: SessionID) {
        if let task = turns[turn] { return task.cancel() }
        guard let principal = ledgers[session]?.record.principal,
            turnsWaiting.remove(of: principal, where: { $0.start.turn == turn }) != nil
        else { return }
        loop.execute { self.assumeIsolated { $0.handle(.finished(turn, .stopped(.cancelled)), in: session) } }
    }

    private func run(_ start: TurnStart, _ record: SessionRecord, _ agent: any Agent) async -> TurnOutcome {
        let session = record.id
        do {
            let (folder, context) = try await whenReadable(session) {
                try await self.readers.run(for: record.principal) { [store = self.store, roots = self.roots] in
                    (
                        try roots.folder(record.directory, for: record.principal),
                        try Hub.context(of: start, in: record, store)
                    )
                }.get()
            }
            let turn = Turn(
                id: start.turn, session: session, folder: folder,
                prompt: try JSON(parsing: start.prompt.content).array?.map { try ContentBlock(json: $0) } ?? [],
                state: start.state, history: context.history, recorded: context.recorded)
            return .stopped(try await agent.answer(turn, journal: Journal(hub: self, session: session, turn: turn.id)))
        } catch is CancellationError {
            return .stopped(.cancelled)
        } catch {
            note(
                .error, "turn failed", of: record.principal, ["session": session.rawValue, "error": "\(error)"])
            return .failed(Hub.sentence(for: error))
        }
    }

    /// Reads what a turn needs. A read that fails is retried for a while, except for damage, which lasts.
    private func whenReadable<Value: Sendable>(
        _ session: SessionID, _ read: () async throws -> Value
    ) async throws -> Value {
        var attempts = 0
        while true {
            do { return try await read() } catch let error as StoreError {
                attempts += 1
                if error.isDamage { throw error }
                guard attempts < Hub.readAttempts else { throw error }
                note(
                    .error, "turn waits for the store", of: ledgers[session]?.record.principal,
                    ["session": session.rawValue, "error": "\(error)"])
                try await Task.sleep(for: Hub.readInterval)
            }
        }
    }

    /// How often the store is read for a turn before the turn fails: half a minute.
    private static let readAttempts = 30
    private static let readInterval = Duration.seconds(1)

    /// What an agent is given from the journal: the newest messages before the turn, and the turn's own entries when it
    /// is resumed.
    private static func context(
        of start: TurnStart, in record: SessionRecord, _ store: any JournalStore
    ) throws -> (history: [HistoryMessage], recorded: [Entry]) {
        // The prompt of the turn is one of the messages before it.
        let before = HistoryRequest(session: record.id, before: start.startSeq, limit: historyMessages + 1)
        let page = try HistoryPage(before, head: start.startSeq - 1) { page in
            try store.entries(of: record.id, page).map { try $0.decoded() }
        }
        let own = try store.entries(
            of: record.id,
            EntryPage(after: start.startSeq, through: record.headSeq, limit: .max, bytes: recordedBytes))
        guard own.last?.seq ?? start.startSeq == max(record.headSeq, start.startSeq) else {
            throw TurnFailure("the turn is too long to be resumed after a restart: send the prompt again")
        }
        let messages = page.messages.filter { $0.id != start.message }.suffix(Int(historyMessages))
        return (Array(messages), try own.map { try $0.decoded() })
    }

    /// How many bytes of its own entries a turn may have to be resumed after a restart.
    private static let recordedBytes = 64 << 20
    /// The longest error sentence of an agent that is stored, in characters.
    private static let sentenceMaximum = 500

    /// The sentence that ends a failed turn. A ``TurnError`` is written for the user; any other error can hold paths of
    /// the server or SQL statements, and goes into the log only.
    private static func sentence(for error: any Error) -> String {
        if let refusal = error as? FolderRefusal { return refusal.description }
        guard let error = error as? any TurnError else {
            return "the agent failed: ask the server's operator to see the log"
        }
        return String(error.sentence.withoutControls.prefix(sentenceMaximum))
    }

    private func ended(_ turn: TurnID, _ outcome: TurnOutcome, in session: SessionID, of principal: Principal) {
        turns[turn] = nil
        turnsWaiting.done(principal)
        // A turn that the shutdown cut off has not ended: it is resumed at the next start.
        guard !isStopping else { return }
        handle(.finished(turn, outcome), in: session)
        beginWaitingTurns()
    }

    /// How many bytes a running turn may add past `limits.session_bytes` before it is ended.
    private static let turnSlack: Int64 = 16 << 20

    fileprivate func append(_ entries: [Entry.Body], to session: SessionID, _ turn: TurnID) async throws {
        guard !isStopping, let record = ledgers[session]?.record else { throw CancellationError() }
        // A full session accepts no prompts; a turn that runs already gets some slack, but not without end.
        guard record.bytes < configuration.limits.sessionBytes + Hub.turnSlack else {
            throw TurnFailure("the session's journal is full: begin a new session")
        }
        let ticket = Ticket(rawValue: number())
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                tickets[ticket] = continuation
                handle(.appended(turn, ticket, entries), in: session)
            }
        } onCancel: {
            loop.execute { self.assumeIsolated { $0.release(ticket) } }
        }
    }

    /// Resumes an agent that waits for a commit: its entries are durable, or its turn is being stopped and must not
    /// wait for a full disk.
    func release(_ ticket: Ticket) { tickets.removeValue(forKey: ticket)?.resume() }

    /// Resumes an agent that waits for its user's answer.
    ///
    /// - Parameter answer: The answer; `nil` when the turn or the server ends.
    func answer(_ ticket: Ticket, _ answer: JSON?) { questions.removeValue(forKey: ticket)?.resume(returning: answer) }

    fileprivate func ask(_ question: Question, in session: SessionID) async throws -> JSON {
        guard !isStopping, ledgers[session] != nil else { throw CancellationError() }
        let ticket = Ticket(rawValue: number())
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                questions[ticket] = continuation
                handle(.asked(question, ticket), in: session)
            }
        } onCancel: {
            loop.execute { self.assumeIsolated { $0.answer(ticket, nil) } }
        }
        guard let answer else { throw CancellationError() }
        return answer
    }

    /// The journal of a session as its agent sees it.
    private struct Journal: TurnJournal {
        let hub: Hub
        let session: SessionID
        let turn: TurnID

        func ask(_ name: String, method: String, params: JSON) async throws -> JSON {
            try Task.checkCancellation()
            let key = RequestKey("\(turn):\(name)")
            let question = Question(key: key, turn: turn, method: method, params: params)
            let answer = try await hub.ask(question, in: session)
            try Task.checkCancellation()
            return answer
        }

        func append(_ entries: [Entry.Body]) async throws {
            try Task.checkCancellation()
            try Self.check(entries)
            try await hub.append(entries, to: session, turn)
            try Task.checkCancellation()
        }

        /// Refuses entries that could not be decoded again, which would count as damage to the journal. Checked here,
        /// in the agent's task, so that it does not take the event loop's time.
        private static func check(_ entries: [Entry.Body]) throws(TurnFailure) {
            for body in entries {
                do throws(RPCError) { _ = try EncodedEntry(Entry(seq: 1, timestamp: 0, body: body)).decoded() } catch {
                    throw TurnFailure("the agent sent an entry that cannot be stored: \(error.message)")
                }
            }
        }
    }
}
