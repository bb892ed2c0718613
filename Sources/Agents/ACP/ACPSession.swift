import Platform
import Wire

/// A session of an agent that is a program of its own.
final class ACPSession: AgentSession {
    enum TurnState {
        case none
        /// It was cancelled before the agent was given it.
        case cancelled(TurnID)
        /// It is about to be sent; whether it is to be cancelled then.
        case sending(TurnID, isCancelled: Bool)
        case running(TurnID, isCancelled: Bool)
    }

    struct State {
        var turn = TurnState.none
        /// While the agent repeats what the journal has.
        var isMuted = false
        var isClosed = false
        /// The prompt that runs.
        var request: Task<JSON, any Error>?
        /// How many questions each tool call of the turn has asked.
        var questions: [String: Int] = [:]
        /// Until the first prompt has carried the transcript.
        var needsTranscript = false
        /// What the agent offers, as it said last.
        var offers = AgentOffers()
        /// The tool calls that show a terminal, by its name, with the content that the agent gave them.
        var terminalCalls: [String: ToolCall] = [:]
        /// The newest content of the tool calls that show a terminal, or did.
        var terminalContents: [ToolCallID: [JSON]] = [:]
        /// Shows what commands print while they run.
        var tail: Task<Void, Never>?
    }

    let id: String
    let host: any AgentHost
    let folder: SessionFolder
    let process: ACPProcess
    let translation: ACPTranslation
    let state = Locked(State())
    let terminals: ACPTerminals

    init(_ id: String, _ context: SessionContext, _ host: any AgentHost, _ process: ACPProcess) {
        self.id = id
        self.host = host
        self.process = process
        folder = context.folder
        translation = ACPTranslation(id)
        terminals = ACPTerminals(process.guardian, context.folder)
    }

    var offers: AgentOffers { state.withLock { $0.offers } }

    /// Takes over what the agent offers from its answer to the opening of the session.
    func offer(_ result: JSON) {
        state.withLock { state in
            state.offers.modes = result["modes"].flatMap { $0 == .null ? nil : $0 }
            state.offers.options = result["configOptions"]?.array ?? []
            state.offers.promptKinds = process.peer?.promptKinds ?? []
        }
    }

    private var connection: ACPConnection { process.connection }

    // MARK: Turns

    /// An agent that was cut off in a turn does not say what it has done, so its prompt is not sent again.
    func resume(_ turn: Turn) async throws -> Resumption {
        .ends("the server was restarted while the agent worked: what it had said is kept; say how to go on")
    }

    func prompt(_ turn: Turn) async throws -> TurnEnd {
        try begin(turn.id)
        defer { end() }
        let isPrimed = state.withLock { $0.needsTranscript }
        var blocks = turn.prompt.map(\.withoutMeta.json)
        if isPrimed, let text = Transcript.text(of: turn.history) { blocks.insert(ContentBlock.text(text).json, at: 0) }
        do {
            let trace = turn.trace.members
            let result = try await answer(
                to: .object(of: [
                    "sessionId": .string(id), "prompt": .array(blocks),
                    "_meta": trace.isEmpty ? nil : .object(trace),
                ]))
            // A prompt that failed did not carry it: the next one does.
            state.withLock { $0.needsTranscript = false }
            return TurnEnd(StopReason(rawValue: result["stopReason"]?.string ?? "") ?? .endTurn)
        } catch let error as RPCError {
            // Some agents answer a prompt that was cancelled with an error.
            if isCancelled { return TurnEnd(.cancelled) }
            throw process.failure(error)
        }
    }

    /// Sends a prompt, and waits for its answer until the session is closed.
    private func answer(to params: JSON) async throws -> JSON {
        let request = Task { [connection] in
            try await connection.request(Method.prompt, params, sent: { self.sent() })
        }
        let isClosed = state.withLock { state in
            state.request = request
            return state.isClosed
        }
        if isClosed { request.cancel() }
        defer { state.withLock { $0.request = nil } }
        return try await withTaskCancellationHandler {
            try await request.value
        } onCancel: {
            request.cancel()
        }
    }

    private func begin(_ turn: TurnID) throws {
        try state.withLock { state throws(CancellationError) in
            if state.isClosed { throw CancellationError() }
            if case .cancelled(turn) = state.turn {
                state.turn = .none
                throw CancellationError()
            }
            state.turn = .sending(turn, isCancelled: false)
            state.questions = [:]
        }
    }

    /// The prompt is on its way: a cancel goes behind it from now on.
    private func sent() {
        let isCancelled = state.withLock { state in
            guard case .sending(let turn, let isCancelled) = state.turn else { return false }
            state.turn = .running(turn, isCancelled: isCancelled)
            return isCancelled
        }
        if isCancelled { sendCancel() }
    }

    private func end() {
        state.withLock { state in
            if state.turn.id != nil { state.turn = .none }
        }
    }

    func cancel(_ turn: TurnID) {
        let mustSend = state.withLock { state in
            switch state.turn {
            case .running(turn, isCancelled: false):
                state.turn = .running(turn, isCancelled: true)
                return true
            case .sending(turn, _): state.turn = .sending(turn, isCancelled: true)
            case .none, .cancelled: state.turn = .cancelled(turn)
            case .sending, .running: break
            }
            return false
        }
        if mustSend { sendCancel() }
    }

    private func sendCancel() { connection.notify(Method.cancel, ["sessionId": .string(id)]) }

    private var isCancelled: Bool {
        state.withLock { state in
            if case .running(_, let isCancelled) = state.turn { isCancelled } else { false }
        }
    }

    // MARK: Settings

    func set(_ setting: AgentSetting) async throws -> [JSON] {
        let own = try offers.own(setting)
        let (method, params) = own.request(of: id)
        let result = try await connection.request(method, params)
        let (before, after) = state.withLock { state in
            let before = state.offers.settings
            state.offers.apply(own, answered: result)
            return (before, state.offers.settings)
        }
        if before != after { try await host.emit([.update(ConfigOption.update(after))], in: nil) }
        return after
    }

    // MARK: What the agent says

    /// An update; returns when the host has taken it, so that an agent that is too fast waits.
    func receive(_ update: JSON) async {
        let (turn, isHeard) = state.withLock { ($0.turn.id, !$0.isMuted && !$0.isClosed) }
        guard isHeard else { return }
        do {
            guard var body = try translation.body(of: update) else { return }
            if case .update(.other(let change)) = body {
                let settings = state.withLock { state in
                    state.offers.apply(change)
                    return state.offers.settings
                }
                // Clients are told of modes as of the option that they are.
                if ["current_mode_update", "config_option_update"].contains(change["sessionUpdate"]?.string) {
                    body = .update(ConfigOption.update(settings))
                }
            }
            try await host.emit([showingTerminals(body)], in: turn)
        } catch let error as RPCError {
            await note("the agent sent an update that cannot be read: \(error.bounded.message)", in: turn)
        } catch let error as TurnFailure {
            await note(error.sentence, in: turn)
        } catch {}
    }

    private func note(_ text: String, in turn: TurnID?) async {
        try? await host.emit([.event(.note(text))], in: turn)
    }

    func ended(_ exit: AgentExit) {
        let isHeard = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        endTerminals()
        if isHeard { host.exited(exit) }
    }

    func close() async {
        let request = state.withLock { state in
            state.isClosed = true
            return state.request
        }
        endTerminals()
        let isLast = process.remove(self)
        if !process.settings.isShared || isLast { return await process.close() }
        // Its turn ends with it, whether or not the agent hears the cancel.
        defer { request?.cancel() }
        sendCancel()
        guard process.peer?.closes == true else { return }
        // Whether it answers does not matter, nor whether it does so in time.
        Task { [connection, id] in _ = try? await connection.request(Method.closeSession, ["sessionId": .string(id)]) }
    }
}

extension ACPSession.TurnState {
    /// The turn that the agent has, or is about to get.
    var id: TurnID? {
        switch self {
        case .sending(let turn, _), .running(let turn, _): turn
        case .none, .cancelled: nil
        }
    }
}
