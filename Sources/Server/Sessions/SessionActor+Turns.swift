import Agents
import Ledger
import Logging
import NIOCore
import Synchronization
import Wire

/// Turns, and the agent that runs them: what it says goes to the ledger, and what that decides goes to it.
extension SessionActor {
    /// Starts the agent when there is a place for its turn (``TurnScheduler``).
    func begin(_ start: TurnStart) {
        guard services.agent(ledger.record.agent, for: principal) != nil else {
            return handle(.finished(start.turn, .failed(SessionActor.noAgent)))
        }
        services.turns.add(start.turn, of: principal, maximum: services.configuration.turnsMaximum) {
            self.post { $0.run(start) }
        }
    }

    static let noAgent = "this server no longer has the session's agent for you: begin a new session"

    private func run(_ start: TurnStart) {
        func giveBack() { services.turns.ended(of: principal, maximum: services.configuration.turnsMaximum) }
        guard !isGone, !services.isStopping.load(ordering: .relaxed) else { return giveBack() }
        // The configuration may have changed while the turn waited for its place.
        guard let agent = services.agent(ledger.record.agent, for: principal) else {
            giveBack()
            return handle(.finished(start.turn, .failed(SessionActor.noAgent)))
        }
        let (record, hosted) = (ledger.record, hosted(agent))
        // The session owns the task, and the server awaits it when it stops; a turn outlives the connection that began
        // it.
        let task = Task {
            let outcome = await self.answer(start, record, hosted)
            self.ended(start.turn, outcome, hosted)
        }
        turn = (start.turn, task)
    }

    private func answer(_ start: TurnStart, _ record: SessionRecord, _ hosted: HostedAgent) async -> TurnOutcome {
        let runner = TurnRunner(start: start, agent: hosted) {
            try await self.whenReadable { [services = self.services] deadline in
                try TurnContext(
                    of: start, in: record, services.store, services.roots, historyBytes: hosted.historyBytes,
                    by: deadline)
            }
        }
        do { return try await runner.run() } catch is CancellationError {
            return .stopped(.cancelled)
        } catch {
            services.note(.error, "turn failed", of: principal, ["session": id.rawValue, "error": "\(error)"])
            return TurnOutcome(failure: error)
        }
    }

    /// Reads what a turn needs. A read that fails is retried for a while, except for damage, which lasts.
    private func whenReadable<Value: Sendable>(_ read: @escaping @Sendable (Deadline) throws -> Value) async throws
        -> Value
    {
        var attempts = 0
        while true {
            do { return try await services.readers.run(for: principal, read) } catch let error as StoreError {
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

    private func ended(_ turn: TurnID, _ outcome: TurnOutcome, _ hosted: HostedAgent) {
        self.turn = nil
        agentUsedAt = services.clock.now.instant
        // A turn that the shutdown cut off has not ended: it is resumed at the next start.
        if !services.isStopping.load(ordering: .relaxed) {
            hosted.finish(turn, outcome)
            take(from: hosted)
        }
        services.turns.ended(of: principal, maximum: services.configuration.turnsMaximum)
    }

    /// Stops a turn: tells its agent, or takes a turn that no agent was given yet out of the queue.
    func stop(_ turn: TurnID) {
        if let running = self.turn, running.id == turn {
            if agent?.cancel(turn) != true { running.task.cancel() }
            return
        }
        guard services.turns.remove(turn, of: principal) else { return }
        loop.execute { self.assumeIsolated { $0.handle(.finished(turn, .stopped(.cancelled))) } }
    }

    /// The turn was ended without its agent.
    func terminate(_ turn: TurnID) {
        if let open = agent?.terminate(turn) { services.close(open) }
        if let running = self.turn, running.id == turn { running.task.cancel() }
    }

    // MARK: - The agent

    /// The agent of the session, which has none before its first turn.
    func hosted(_ agent: any Agent) -> HostedAgent {
        if let hosted = self.agent { return hosted }
        let servers = ledger.record.mcpServers
        let mayHaveServers = servers.isEmpty || services.configuration.mcpServersFromClients.allows(principal)
        let hosted = HostedAgent(
            agent, session: id, mcpServers: mayHaveServers ? servers : nil,
            wake: { hosted in self.loop.execute { self.assumeIsolated { $0.take(from: hosted) } } },
            retire: { [services] open in services.close(open) },
            isAttended: { self.summary.isAttended }, call: { await self.call($0, $1, of: $2) })
        self.agent = hosted
        return hosted
    }

    /// Hands what the agent has said to the ledger, unless it is not the session's agent any more.
    private func take(from hosted: HostedAgent) {
        guard agent === hosted else { return }
        let events = hosted.take()
        agentUsedAt = services.clock.now.instant
        if !events.isEmpty { handle(events) }
    }

    /// Ends an agent that has had nothing to do for a while, such as a process: the next turn opens it again.
    func dismissIdleAgent() {
        guard let agent, turn == nil, agent.isQuiet,
            services.clock.now.instant - agentUsedAt > services.configuration.agentIdle
        else { return }
        if let open = agent.close() { services.close(open) }
        self.agent = nil
    }

    /// Ends the agent of a session that leaves memory.
    func dismissAgent() {
        deadline = nil
        endCalls()
        if let open = agent?.close() { services.close(open) }
        agent = nil
    }

    /// The server ends: what the agent said so far is committed, and its turn is resumed at the next start. Returns when
    /// the turn's task has ended.
    func stopAgent() async {
        if let agent { handle(agent.take() + [.flushRequested]) }
        dismissAgent()
        turn?.task.cancel()
        await turn?.task.value
    }

    /// How many calls of the agent wait for a commit or for an answer of its users.
    var agentCallsWaiting: Int { agent?.waitingCount ?? 0 }

    // MARK: - Deadlines

    /// Sets a timer for what is due in the session next. One that is set for an earlier moment is left: when it goes
    /// off, the next is set.
    func setTimer() {
        guard let next = ledger.nextDeadline else { return }
        if let deadline, deadline <= next { return }
        deadline = next
        let delay = max(.zero, next - services.clock.now.instant)
        loop.scheduleTask(in: .nanoseconds(delay.nanoseconds)) {
            self.assumeIsolated { session in
                guard session.deadline == next else { return }
                session.deadline = nil
                session.handle(.tick(next))
            }
        }
    }
}
