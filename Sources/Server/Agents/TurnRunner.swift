import Agents
import Ledger
import Wire

/// Runs one turn: reads what the agent is given, opens the agent unless it is open, asks it whether it goes on with a
/// turn that was interrupted, and gives it the turn.
struct TurnRunner: Sendable {
    let start: TurnStart
    let agent: HostedAgent
    /// Reads what the agent is given.
    let read: @Sendable () async throws -> TurnContext

    /// - Returns: How the turn ended, by the agent's word.
    /// - Throws: What failed, or `CancellationError`.
    func run() async throws -> TurnOutcome {
        let context = try await read()
        let prompt = try JSON(parsing: start.prompt.content).array?.map { try ContentBlock(json: $0) } ?? []
        let known = start.state.agent
        let session = try await agent.opened(in: context.folder, known: known)
        let (fitting, leftOut) = PromptFit.fit(prompt, to: session.offers.promptKinds)
        let turn = Turn(
            id: start.turn, session: agent.session, folder: context.folder, prompt: fitting, state: start.state,
            history: context.history, earlier: context.earlier, recorded: context.recorded,
            trace: start.prompt.trace)
        if start.isResumed, case .ends(let sentence) = try await session.resume(turn) {
            return .failed(TurnOutcome.bounded(sentence))
        }
        if !start.isResumed, let leftOut { agent.say(.event(.note(leftOut)), in: turn.id) }
        try agent.begin(turn.id)
        let end = try await session.prompt(turn)
        if let usage = end.usage { agent.say(.update(usage.update), in: turn.id) }
        return .stopped(end.reason)
    }
}

extension TurnOutcome {
    /// The longest error sentence of an agent that is stored, in characters.
    private static let sentenceMaximum = 500

    fileprivate static func bounded(_ sentence: String) -> String {
        // By characters, and by bytes: one character can have any number of them.
        RPCError(.internalError, String(sentence.withoutControls.prefix(sentenceMaximum))).bounded.message
    }

    /// The outcome of a turn that failed. A ``TurnError`` is written for the user; any other error can hold paths of the
    /// server or SQL statements, and goes into the log only.
    init(failure error: any Error) {
        if let refusal = error as? FolderRefusal {
            self = .failed(refusal.description)
        } else if let error = error as? any TurnError {
            self = .failed(TurnOutcome.bounded(error.sentence))
        } else {
            self = .failed("the agent failed: ask the server's operator to see the log")
        }
    }
}
