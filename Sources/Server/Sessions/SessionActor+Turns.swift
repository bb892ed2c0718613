import Agents
import Ledger
import Logging
import NIOCore
import Synchronization
import Wire

/// Turns: the agent's task, its access to the journal, and its end.
extension SessionActor {
    /// Starts an agent when there is a place for its turn (``TurnScheduler``).
    func begin(_ start: TurnStart) {
        guard services.agents[ledger.record.agent] != nil else {
            return handle(
                .finished(start.turn, .failed("this server no longer has the session's agent: begin a new session")))
        }
        services.turns.add(start.turn, of: principal, maximum: services.configuration.turnsMaximum) {
            self.post { $0.run(start) }
        }
    }

    private func run(_ start: TurnStart) {
        guard !isGone, !services.isStopping.load(ordering: .relaxed), let agent = services.agents[ledger.record.agent]
        else { return services.turns.ended(of: principal, maximum: services.configuration.turnsMaximum) }
        let record = ledger.record
        // The session owns the task, and the server awaits it when it stops; a turn outlives the connection that began
        // it.
        let task = Task {
            let outcome = await self.answer(start, record, agent)
            self.ended(start.turn, outcome)
        }
        turn = (start.turn, task)
    }

    /// Stops a turn: cancels its agent's task, or takes a turn that has not begun out of the queue.
    func stop(_ turn: TurnID) {
        if let running = self.turn, running.id == turn { return running.task.cancel() }
        guard services.turns.remove(turn, of: principal) else { return }
        loop.execute { self.assumeIsolated { $0.handle(.finished(turn, .stopped(.cancelled))) } }
    }

    private func answer(_ start: TurnStart, _ record: SessionRecord, _ agent: any Agent) async -> TurnOutcome {
        do {
            let (folder, context) = try await whenReadable { [services] in
                try await services.readers.run(for: record.principal) {
                    (
                        try services.roots.folder(record.directory, for: record.principal),
                        try TurnContext(of: start, in: record, services.store)
                    )
                }
            }
            let turn = Turn(
                id: start.turn, session: id, folder: folder,
                prompt: try JSON(parsing: start.prompt.content).array?.map { try ContentBlock(json: $0) } ?? [],
                state: start.state, history: context.history, recorded: context.recorded)
            return .stopped(try await agent.answer(turn, journal: SessionJournal(session: self, turn: turn.id)))
        } catch is CancellationError {
            return .stopped(.cancelled)
        } catch {
            services.note(.error, "turn failed", of: principal, ["session": id.rawValue, "error": "\(error)"])
            return .failed(TurnFailure.sentence(for: error))
        }
    }

    /// Reads what a turn needs. A read that fails is retried for a while, except for damage, which lasts.
    private func whenReadable<Value: Sendable>(
        _ read: @Sendable () async throws -> Value
    ) async throws -> Value {
        var attempts = 0
        while true {
            do { return try await read() } catch let error as StoreError {
                attempts += 1
                if error.isDamage { throw error }
                guard attempts < SessionActor.readAttempts else { throw error }
                services.note(
                    .error, "turn waits for the store", of: principal,
                    ["session": id.rawValue, "error": "\(error)"])
                try await Task.sleep(for: SessionActor.readInterval)
            }
        }
    }

    /// How often the store is read for a turn before the turn fails: half a minute.
    private static let readAttempts = 30
    private static let readInterval = Duration.seconds(1)

    private func ended(_ turn: TurnID, _ outcome: TurnOutcome) {
        self.turn = nil
        // A turn that the shutdown cut off has not ended: it is resumed at the next start.
        if !services.isStopping.load(ordering: .relaxed) { handle(.finished(turn, outcome)) }
        services.turns.ended(of: principal, maximum: services.configuration.turnsMaximum)
    }

    /// The server ends: cancels the agent, resumes what waits, and returns when the agent has ended.
    func stopAgent() async {
        turn?.task.cancel()
        for ticket in tickets.keys { release(ticket) }
        for ticket in questions.keys { answer(ticket, nil) }
        await turn?.task.value
    }

    // MARK: - What the agent waits for

    /// How many bytes a running turn may add past `limits.session_bytes` before it is ended.
    private static let turnSlack: Int64 = 16 << 20

    /// Appends entries of the agent; returns when they are durable.
    func append(_ entries: [Entry.Body], _ turn: TurnID) async throws {
        guard !isGone, !services.isStopping.load(ordering: .relaxed) else { throw CancellationError() }
        // A full session accepts no prompts; a turn that runs already gets some slack, but not without end.
        guard ledger.record.bytes < services.configuration.limits.sessionBytes + SessionActor.turnSlack else {
            throw TurnFailure("the session's journal is full: begin a new session")
        }
        let ticket = Ticket(rawValue: services.number())
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                tickets[ticket] = continuation
                services.agentsWaiting.add(1, ordering: .relaxed)
                handle(.appended(turn, ticket, entries))
            }
        } onCancel: {
            loop.execute { self.assumeIsolated { $0.release(ticket) } }
        }
    }

    /// Resumes an agent that waits for a commit: its entries are durable, or its turn is being stopped and must not
    /// wait for a full disk.
    func release(_ ticket: Ticket) {
        guard let continuation = tickets.removeValue(forKey: ticket) else { return }
        services.agentsWaiting.subtract(1, ordering: .relaxed)
        continuation.resume()
    }

    /// Asks the users; returns their answer.
    func ask(_ question: Question) async throws -> JSON {
        guard !isGone, !services.isStopping.load(ordering: .relaxed) else { throw CancellationError() }
        let ticket = Ticket(rawValue: services.number())
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                questions[ticket] = continuation
                services.agentsWaiting.add(1, ordering: .relaxed)
                handle(.asked(question, ticket))
            }
        } onCancel: {
            loop.execute { self.assumeIsolated { $0.answer(ticket, nil) } }
        }
        guard let answer else { throw CancellationError() }
        return answer
    }

    /// Resumes an agent that waits for its user's answer.
    ///
    /// - Parameter answer: The answer; `nil` when the turn or the server ends.
    func answer(_ ticket: Ticket, _ answer: JSON?) {
        guard let continuation = questions.removeValue(forKey: ticket) else { return }
        services.agentsWaiting.subtract(1, ordering: .relaxed)
        continuation.resume(returning: answer)
    }
}
