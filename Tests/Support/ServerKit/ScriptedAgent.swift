public import Agents
import Synchronization
import TestKit
public import Wire

/// An agent that does what a test says, step by step.
///
/// A step is handed to whichever turn runs and is over when the turn's journal has it, so a test that goes on after
/// ``say(_:)`` knows that the text is durable. Steps that were not taken within ten seconds throw ``NotTaken``.
public final class ScriptedAgent: Agent {
    /// What a turn does next.
    public enum Step: Sendable {
        /// Emit these entries, and wait until they are durable.
        case append([Entry.Body])
        /// Emit these entries, and go on.
        case emit([Entry.Body])
        /// Emit these entries outside of turns, and go on.
        case emitOutside([Entry.Body])
        /// Ask for a permission under this name, and keep what was answered.
        case ask(String)
        /// Ask, and do the next step without waiting for the answer; it is kept when it comes.
        case askAside(String)
        /// Take a question back.
        case withdraw(String)
        /// Have the agent's own name for the session kept.
        case remember(AgentSessionID)
        /// Die.
        case exit(AgentExit)
        /// End.
        case end(StopReason)
        /// End with an error of that sentence.
        case fail(String)
    }

    /// No turn took a step.
    public struct NotTaken: Error {}

    private struct State {
        var begun: [Turn] = []
        var contexts: [SessionContext] = []
        var hosts: [any AgentHost] = []
        var closed = 0
        var steps: [(step: Step, number: Int)] = []
        var lastNumber = 0
        var done = 0
        var cancelled = 0
        var answers: [JSON] = []
        var settings: [AgentSetting] = []
        var offers: AgentOffers
    }

    /// The name that `session/new` may ask for.
    public let name: String
    /// Whether the agent goes on with a turn that a restart interrupted.
    public let resumesTurns: Bool
    /// Whether it goes on with its steps when it is cancelled.
    public let lingers: Bool
    /// What it offers, and what is set.
    public var offers: AgentOffers { state.withLock { $0.offers } }
    /// What each turn does by itself; `nil` when a test says it.
    private let script: [Step]?
    private let state: Mutex<State>

    /// An agent that waits for its first step.
    ///
    /// - Parameter script: What each turn does instead, each step an emission that ends with a note of its own, by which a
    ///   turn that is gone on with finds the next.
    public init(
        name: String = "scripted", resumesTurns: Bool = true, lingers: Bool = false,
        offers: AgentOffers = AgentOffers(),
        script: [Step]? = nil
    ) {
        self.name = name
        self.resumesTurns = resumesTurns
        self.lingers = lingers
        state = Mutex(State(offers: offers))
        self.script = script
    }

    /// The turns that began or were resumed, in order.
    public var turns: [Turn] { state.withLock { $0.begun } }

    /// What it was opened with, in order.
    public var contexts: [SessionContext] { state.withLock { $0.contexts } }

    /// The host of the session that was opened last; a test may say something to it at any time.
    public var host: (any AgentHost)? { state.withLock { $0.hosts.last } }

    /// How many of its sessions were closed.
    public var closed: Int { state.withLock { $0.closed } }

    /// How many turns were cancelled.
    public var cancelled: Int { state.withLock { $0.cancelled } }

    /// What its questions were answered, in order.
    public var answers: [JSON] { state.withLock { $0.answers } }

    /// What was set, in order.
    public var settings: [AgentSetting] { state.withLock { $0.settings } }

    /// Lets the turn that runs say this much more.
    public func say(_ text: String) async throws { try await append([ScriptedAgent.said(text)]) }

    /// Lets the turn that runs append entries.
    public func append(_ entries: [Entry.Body]) async throws { try await perform(.append(entries)) }

    /// Ends the turn that runs.
    public func end(_ reason: StopReason = .endTurn) async throws { try await perform(.end(reason)) }

    /// Lets the turn that runs fail.
    public func fail(_ description: String) async throws { try await perform(.fail(description)) }

    /// Lets the turn that runs do a step, and waits until it is over.
    public func perform(_ step: Step) async throws {
        let number = post(step)
        guard await eventually({ self.isDone(number) }) else { throw NotTaken() }
    }

    /// Lets the turn that runs do a step, without waiting for it.
    @discardableResult
    public func post(_ step: Step) -> Int {
        state.withLock { state in
            state.lastNumber += 1
            state.steps.append((step, state.lastNumber))
            return state.lastNumber
        }
    }

    /// Whether a step that was posted is over.
    public func isDone(_ number: Int) -> Bool { state.withLock { $0.done >= number } }

    /// A chunk of the message in which it says everything.
    public static func said(_ text: String) -> Entry.Body {
        .update(.agentMessage(ContentChunk(messageID: "answer", content: .text(text))))
    }

    /// Opens a session.
    public func open(_ context: SessionContext, host: any AgentHost) -> any AgentSession {
        state.withLock { state in
            state.contexts.append(context)
            state.hosts.append(host)
        }
        return ScriptedSession(agent: self, host: host)
    }

    // MARK: What its sessions do

    fileprivate func begin(_ turn: Turn) { state.withLock { $0.begun.append(turn) } }

    /// The steps of a turn that follow those which are recorded.
    fileprivate func script(of turn: Turn) -> [Step]? {
        let done = turn.recorded.last { entry in
            if case .event(.note) = entry.body { true } else { false }
        }
        guard let script, let done else { return script }
        let index = script.lastIndex { step in
            switch step {
            case .append(let bodies), .emit(let bodies), .emitOutside(let bodies): bodies.last == done.body
            case .ask, .askAside, .withdraw, .remember, .exit, .end, .fail: false
            }
        }
        return Array(script.dropFirst((index ?? -1) + 1))
    }

    fileprivate func next() -> (step: Step, number: Int)? {
        state.withLock { $0.steps.isEmpty ? nil : $0.steps.removeFirst() }
    }

    fileprivate func finished(_ number: Int) { state.withLock { $0.done = number } }

    fileprivate func answered(_ answer: JSON) { state.withLock { $0.answers.append(answer) } }

    fileprivate func wasCancelled() { state.withLock { $0.cancelled += 1 } }

    fileprivate func wasClosed() { state.withLock { $0.closed += 1 } }

    fileprivate func set(_ setting: AgentSetting) throws -> [JSON] {
        try state.withLock { state in
            state.offers.apply(try state.offers.own(setting), answered: [:])
            state.settings.append(setting)
            return state.offers.settings
        }
    }
}

/// A session of a ``ScriptedAgent``.
private struct ScriptedSession: AgentSession {
    private struct Failure: TurnError { let sentence: String }
    private struct Dead: Error {}

    let agent: ScriptedAgent
    let host: any AgentHost
    private let turns = InProcessTurns()

    init(agent: ScriptedAgent, host: any AgentHost) {
        self.agent = agent
        self.host = host
    }

    var offers: AgentOffers { agent.offers }

    func resume(_ turn: Turn) -> Resumption { agent.resumesTurns ? .goesOn : .interrupted }

    func prompt(_ turn: Turn) async throws -> TurnEnd {
        do {
            return try await turns.run(turn.id) { [self] in
                agent.begin(turn)
                return TurnEnd(try await work(turn))
            }
        } catch let error as CancellationError {
            agent.wasCancelled()
            throw error
        }
    }

    func cancel(_ turn: TurnID) { if !agent.lingers { turns.cancel(turn) } }

    func set(_ setting: AgentSetting) async throws -> [JSON] {
        let settings = try agent.set(setting)
        try await host.emit([.update(ConfigOption.update(settings))], in: nil)
        return settings
    }

    func close() {
        turns.close()
        agent.wasClosed()
    }

    private func work(_ turn: Turn) async throws -> StopReason {
        if let script = agent.script(of: turn) {
            for step in script {
                try Task.checkCancellation()
                if let reason = try await perform(step, in: turn.id) { return reason }
            }
            return .endTurn
        }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            while true {
                guard let (step, number) = agent.next() else {
                    try await Task.sleep(for: .milliseconds(1))
                    continue
                }
                if case .askAside(let name) = step {
                    group.addTask { agent.answered(try await ask(name, in: turn.id)) }
                } else {
                    // An end is over when the turn is left; nothing more can be waited for from inside.
                    do {
                        if let reason = try await perform(step, in: turn.id) {
                            agent.finished(number)
                            group.cancelAll()
                            return reason
                        }
                    } catch let error where !(error is CancellationError) {
                        agent.finished(number)
                        throw error
                    }
                }
                agent.finished(number)
            }
        }
    }

    /// Does a step.
    ///
    /// - Returns: Why the turn ends with it; `nil` when it goes on.
    private func perform(_ step: ScriptedAgent.Step, in turn: TurnID) async throws -> StopReason? {
        switch step {
        case .append(let entries):
            try await host.emit(entries, in: turn)
            try await host.flush()
        case .emit(let entries): try await host.emit(entries, in: turn)
        case .emitOutside(let entries): try await host.emit(entries, in: nil)
        case .ask(let name), .askAside(let name): agent.answered(try await ask(name, in: turn))
        case .withdraw(let name): host.withdraw(name, in: turn)
        case .remember(let session): try await host.remember(session)
        case .exit(let exit):
            host.exited(exit)
            throw Dead()
        case .end(let reason): return reason
        case .fail(let description): throw Failure(sentence: description)
        }
        return nil
    }

    private func ask(_ name: String, in turn: TurnID) async throws -> JSON {
        let params: JSON = [
            "toolCall": ["toolCallId": "call", "title": "write a file"],
            "options": [
                ["optionId": "yes", "name": "Allow", "kind": "allow_once"],
                ["optionId": "no", "name": "Deny", "kind": "reject_once"],
            ],
        ]
        return try await host.ask(name, in: turn, method: Method.requestPermission, params: params)
    }
}
