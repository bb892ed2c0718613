import Agents
import Ledger
import Platform
import NIOCore
import Wire

/// The host as one opened agent sees it. When that agent has ended, its calls are refused, whatever was opened since.
struct SessionHost: AgentHost {
    let agent: HostedAgent
    let generation: Int

    func emit(_ updates: [Entry.Body], in turn: TurnID?) async throws {
        guard !updates.isEmpty else { return }
        let size = try updates.reduce(0) { $0 + (try $1.checked()) }
        while true {
            let isEmitted = try agent.change { state throws(CancellationError) in
                guard state.isOpen(generation) else { throw CancellationError() }
                guard state.outbox.hasRoom else { return false }
                state.outbox.emit(updates, in: turn, size: size)
                return true
            }
            if isEmitted { return }
            try await agent.wait(generation) { $0.hasRoom }
        }
    }

    func flush() async throws {
        let newest = try agent.change { state throws(CancellationError) -> UInt64? in
            guard state.isOpen(generation) else { throw CancellationError() }
            guard !state.outbox.isDurable else { return nil }
            state.outbox.add(.flushRequested)
            return state.outbox.newest
        }
        guard let newest else { return }
        try await agent.wait(generation) { $0.isDurable(through: newest) }
    }

    /// The longest question, in bytes, and how deep it may be nested: it stands in the state of every attach.
    static let questionBytesMaximum = 256 << 10
    private static let questionDepthMaximum = 40

    func ask(_ name: String, in turn: TurnID, method: String, params: JSON) async throws -> JSON {
        let encoded = params.encoded
        guard encoded.readableBytes <= Self.questionBytesMaximum,
            (try? JSON(parsing: encoded, depthMaximum: Self.questionDepthMaximum)) != nil
        else {
            throw TurnFailure("the agent asked a question of more than \(Self.questionBytesMaximum >> 10) KiB")
        }
        let question = Question(key: Self.key(name, turn), turn: turn, method: method, params: params)
        let answer = await agent.ask(question, generation)
        try Task.checkCancellation()
        guard let answer else { throw CancellationError() }
        return answer
    }

    var isAttended: Bool { agent.isAttended() }

    func call(_ method: String, _ params: JSON, of client: ClientPeer?) async -> ClientCallOutcome {
        await agent.call(method, params, client)
    }

    func withdraw(_ name: String, in turn: TurnID) {
        agent.change { state in
            guard state.isOpen(generation) else { return }
            state.outbox.add(.withdrawn(Self.key(name, turn)))
        }
    }

    func remember(_ session: AgentSessionID) async throws {
        try agent.change { state throws(CancellationError) in
            guard state.isOpen(generation) else { throw CancellationError() }
            guard state.sessionID != session else { return }
            state.sessionID = session
            state.outbox.emit([.event(.agentSession(session))], in: nil, size: session.rawValue.utf8.count)
        }
        try await flush()
    }

    func exited(_ exit: AgentExit) { agent.exited(exit, by: generation) }

    /// The key of a question: the same whenever the turn is gone on with. A name that an agent made of long or odd
    /// identifiers is replaced by its hash, since a key that is no ``Name`` could not be read back.
    static func key(_ name: String, _ turn: TurnID) -> RequestKey {
        let key = "\(turn):\(name)"
        return RequestKey(Name.isValid(key) ? key : "\(turn):\(FNV1a.name(of: name))")
    }
}

extension HostedAgent {
    /// Waits until the outbox is as wanted.
    ///
    /// - Throws: `CancellationError` when the agent was ended, or its task was cancelled.
    fileprivate func wait(_ generation: Int, until isReady: @Sendable (AgentOutbox) -> Bool) async throws {
        while true {
            let number = state.withLock { state in
                state.lastWaiter += 1
                return state.lastWaiter
            }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let waits = state.withLock { state in
                        guard state.isOpen(generation), !Task.isCancelled, !isReady(state.outbox) else { return false }
                        state.waiters[number] = continuation
                        return true
                    }
                    if !waits { continuation.resume() }
                }
            } onCancel: {
                state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
            }
            try Task.checkCancellation()
            let isOver = try state.withLock { state throws(CancellationError) in
                guard state.isOpen(generation) else { throw CancellationError() }
                return isReady(state.outbox)
            }
            if isOver { return }
        }
    }

    /// Asks, and waits for the answer; `nil` when the agent was ended, or its task was cancelled.
    fileprivate func ask(_ question: Question, _ generation: Int) async -> JSON? {
        let correlation = state.withLock { $0.outbox.correlation() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = change { state in
                    guard state.isOpen(generation), !Task.isCancelled else { return false }
                    state.questions[correlation] = continuation
                    state.outbox.add(.asked(question, correlation))
                    return true
                }
                if !waits { continuation.resume(returning: nil) }
            }
        } onCancel: {
            state.withLock { $0.questions.removeValue(forKey: correlation) }?.resume(returning: nil)
        }
    }
}
