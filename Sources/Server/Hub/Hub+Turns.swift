import Agents
import Ledger
import Logging
import NIOCore
import Wire

/// Turns: an agent's task, its way to the journal, and its end.
extension Hub {
    /// Messages before the turn that the agent gets to see.
    static let historyMessages = 40

    func begin(_ start: TurnStart, in session: SessionID) {
        guard let record = ledgers[session]?.record, let agent = agents[record.agent] else {
            handle(.finished(start.turn, .failed("the agent is not there any more")), in: session)
            return
        }
        // The task is kept and awaited when the server stops; it belongs to the hub, not to a connection.
        turns[start.turn] = Task {
            let outcome = await self.run(start, record, agent)
            self.ended(start.turn, outcome, in: session)
        }
    }

    private func run(_ start: TurnStart, _ record: SessionRecord, _ agent: any Agent) async -> TurnOutcome {
        let session = record.id
        do {
            let (history, recorded) = try await blocking { [store] in
                let before = try store.entries(
                    of: session, after: max(0, start.startSeq - 4_000), through: start.startSeq - 1, limit: .max)
                let own = try store.entries(
                    of: session, after: start.startSeq, through: record.headSeq, limit: .max)
                return (try before.map { try $0.decoded() }, try own.map { try $0.decoded() })
            }.get()
            let messages = HistoryMessage.messages(in: history).filter { $0.id != start.message }
            let turn = Turn(
                id: start.turn, session: session, directory: record.directory,
                prompt: try JSON(parsing: start.prompt.content).array?.map { try ContentBlock(json: $0) } ?? [],
                state: start.state, history: messages.suffix(Hub.historyMessages), recorded: recorded)
            return .stopped(try await agent.answer(turn, journal: Journal(hub: self, session: session, turn: turn.id)))
        } catch is CancellationError {
            return .stopped(.cancelled)
        } catch {
            logger.error("turn failed", metadata: ["session": "\(session)", "error": "\(error)"])
            return .failed("\(error)")
        }
    }

    private func ended(_ turn: TurnID, _ outcome: TurnOutcome, in session: SessionID) {
        turns[turn] = nil
        // A turn that the server's own end cut off has not ended: it goes on at the next start.
        if !isStopping { handle(.finished(turn, outcome), in: session) }
    }

    fileprivate func append(_ entries: [Entry.Body], to session: SessionID, _ turn: TurnID) async {
        guard !isStopping, ledgers[session] != nil else { return }
        let ticket = Ticket(rawValue: number())
        await withCheckedContinuation { continuation in
            tickets[ticket] = continuation
            handle(.appended(turn, ticket, entries), in: session)
        }
    }

    fileprivate func ask(_ question: Question, in session: SessionID) async throws -> JSON {
        guard !isStopping, ledgers[session] != nil else { throw CancellationError() }
        let ticket = Ticket(rawValue: number())
        let answer = await withCheckedContinuation { continuation in
            questions[ticket] = continuation
            handle(.asked(question, ticket), in: session)
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
            await hub.append(entries, to: session, turn)
            try Task.checkCancellation()
        }
    }
}
