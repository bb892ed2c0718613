import Agents
import Ledger
import Logging
import NIOCore
import Wire

/// Turns: an agent's task, its way to the journal, and its end.
extension Hub {
    /// Messages before the turn that the agent gets to see.
    static let historyMessages = 40

    /// A turn that waits for its user's share.
    struct WaitingTurn {
        var start: TurnStart
        var session: SessionID
    }

    /// Lets an agent begin when its user's share allows it: users take turns, and one of many sessions does not keep the
    /// others' agents waiting.
    func begin(_ start: TurnStart, in session: SessionID) {
        guard let record = ledgers[session]?.record else { return }
        guard agents[record.agent] != nil else {
            return handle(.finished(start.turn, .failed("the agent is not there any more")), in: session)
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
            // The task is kept and awaited when the server stops; it belongs to the hub, not to a connection.
            turns[start.turn] = Task {
                let outcome = await self.run(start, record, agent)
                self.ended(start.turn, outcome, in: session, of: principal)
            }
        }
    }

    /// Stops a turn: its agent is cancelled, and one that has not begun does not begin.
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
            let messages = HistoryMessage.messages(in: context.history).filter { $0.id != start.message }
            let turn = Turn(
                id: start.turn, session: session, folder: folder,
                prompt: try JSON(parsing: start.prompt.content).array?.map { try ContentBlock(json: $0) } ?? [],
                state: start.state, history: messages.suffix(Hub.historyMessages), recorded: context.recorded)
            return .stopped(try await agent.answer(turn, journal: Journal(hub: self, session: session, turn: turn.id)))
        } catch is CancellationError {
            return .stopped(.cancelled)
        } catch {
            note(
                .error, "turn failed", of: record.principal, ["session": session.rawValue, "error": "\(error)"])
            return .failed(Hub.sentence(for: error))
        }
    }

    /// Reads what a turn needs. A store that fails just now is read again for a while; damage lasts.
    private func whenReadable<Value: Sendable>(
        _ session: SessionID, _ read: () async throws -> Value
    ) async throws -> Value {
        var attempts = 0
        while true {
            do { return try await read() } catch let error as StoreError {
                attempts += 1
                if case .corrupt = error { throw error }
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

    /// What is read for a turn: the newest entries before it, and its own when it is gone on with.
    private static func context(
        of start: TurnStart, in record: SessionRecord, _ store: any JournalStore
    ) throws -> (history: [Entry], recorded: [Entry]) {
        let before = try store.entries(
            of: record.id,
            EntryPage(after: 0, through: start.startSeq - 1, limit: 4_000, bytes: contextBytes, end: .last))
        let own = try store.entries(
            of: record.id,
            EntryPage(after: start.startSeq, through: record.headSeq, limit: .max, bytes: recordedBytes))
        guard own.last?.seq ?? start.startSeq == max(record.headSeq, start.startSeq) else {
            throw TurnFailure("the turn holds more than can be gone on with")
        }
        return (try before.map { try $0.decoded() }, try own.map { try $0.decoded() })
    }

    /// How many bytes of earlier entries are read for a turn.
    private static let contextBytes = 2 << 20
    /// How many bytes of its own entries a turn may have and be gone on with.
    private static let recordedBytes = 64 << 20
    /// The longest sentence of an agent that becomes the end of a turn, in characters.
    private static let sentenceMaximum = 500

    /// How a turn's end is told to its user. What an agent says itself is a sentence for people; what a library throws
    /// can hold paths of the server and statements of a database, and stays in the log.
    private static func sentence(for error: any Error) -> String {
        if let refusal = error as? FolderRefusal { return refusal.description }
        guard let error = error as? any TurnError else {
            return "the agent failed; the server's operator can say more"
        }
        return String(error.sentence.withoutControls.prefix(sentenceMaximum))
    }

    private func ended(_ turn: TurnID, _ outcome: TurnOutcome, in session: SessionID, of principal: Principal) {
        turns[turn] = nil
        turnsWaiting.done(principal)
        // A turn that the server's own end cut off has not ended: it goes on at the next start.
        guard !isStopping else { return }
        handle(.finished(turn, outcome), in: session)
        beginWaitingTurns()
    }

    /// How many bytes the turns of a session that is full may still add.
    private static let turnSlack: Int64 = 16 << 20

    fileprivate func append(_ entries: [Entry.Body], to session: SessionID, _ turn: TurnID) async throws {
        guard !isStopping, let record = ledgers[session]?.record else { throw CancellationError() }
        // A session that is full takes no prompts; a turn that goes on without end is ended a little later.
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

    /// Lets an agent go on that waited for the disk: its entries are there, or its turn is stopped and does not wait for
    /// a disk that is full.
    func release(_ ticket: Ticket) { tickets.removeValue(forKey: ticket)?.resume() }

    /// Lets an agent go on that waited for its user.
    ///
    /// - Parameter answer: The answer; `nil` when nobody waits for it any more.
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

    /// An agent's way to the journal of its session.
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

        /// What could not be read back would make the journal damaged: it is the agent's mistake, and ends its turn. It
        /// is looked for here, where it takes the agent's time and not the event loop's.
        private static func check(_ entries: [Entry.Body]) throws(TurnFailure) {
            for body in entries {
                do throws(RPCError) { _ = try EncodedEntry(Entry(seq: 1, timestamp: 0, body: body)).decoded() } catch {
                    throw TurnFailure("the agent gave an entry that cannot be kept: \(error.message)")
                }
            }
        }
    }
}
