public import Agents
import Synchronization
public import Wire

/// A host in memory, with a disk that a test stops and starts, and a death that a test chooses. It takes note of what no
/// back end may do.
public final class TestHost: AgentHost {
    /// What a back end did.
    public enum Call: Hashable, Sendable {
        case emit([Entry.Body], TurnID?)
        case flush
        case ask(String)
        case withdraw(String)
        case remember(AgentSessionID)
        case exit(AgentExit)
    }

    private struct State {
        var calls: [Call] = []
        var entries: [Entry]
        /// How many emissions are not durable.
        var pending = 0
        var isStuck: Bool
        /// How many flushes are served although the disk is stuck.
        var flushesServed: Int
        var isFlushing = false
        var answers: [String: JSON] = [:]
        /// The turn that runs.
        var turn: TurnID?
        /// The server is gone: every call is refused.
        var isDead = false
        /// The back end's side was closed, or ended by itself: it calls no more.
        var isOver = false
        var isAttended = true
        var violations: [String] = []
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var lastWaiter: UInt64 = 0
        var hook: (number: Int, action: @Sendable () -> Void)?

        var emissions: Int {
            calls.count { call in
                if case .emit = call { true } else { false }
            }
        }
    }

    private let state: Mutex<State>
    private let room: Int
    private let question: String?
    private let choice: JSON?
    private let reason: String?
    private let client: Client?

    /// A client of the user: what it answers to a method and its parameters.
    public typealias Client = @Sendable (String, JSON) -> ClientCallOutcome

    /// A host.
    ///
    /// - Parameters:
    ///   - recorded: What the journal has of the turn.
    ///   - room: How many emissions may wait for the disk.
    ///   - isStuck: Whether the disk stands still.
    ///   - flushesServed: How many flushes are served all the same.
    ///   - question: The question that nobody answers; all others are answered at once.
    ///   - choice: The option that they are answered with, where it is offered; otherwise, and by default, the first.
    ///   - reason: Why they are answered so, where the agent reads that.
    ///   - client: The client that is attached; `nil` for none that offers anything.
    public init(
        recorded: [Entry] = [], room: Int = .max, isStuck: Bool = false, flushesServed: Int = 0,
        question: String? = nil, choice: JSON? = nil, reason: String? = nil, client: Client? = nil
    ) {
        (self.choice, self.reason) = (choice, reason)
        self.client = client
        state = Mutex(State(entries: recorded, isStuck: isStuck, flushesServed: flushesServed))
        self.room = room
        self.question = question
    }

    /// What the back end did, in order.
    public var calls: [Call] { state.withLock { $0.calls } }
    /// What the journal has: what was recorded before, and what was emitted.
    public var entries: [Entry] { state.withLock { $0.entries } }
    /// The contents of ``entries``.
    public var bodies: [Entry.Body] { entries.map(\.body) }
    /// How many times the back end emitted something.
    public var emissions: Int { state.withLock { $0.emissions } }
    /// The names of the questions that it asked, in order.
    public var questions: [String] {
        calls.compactMap { call in
            if case .ask(let name) = call { name } else { nil }
        }
    }
    /// What it did that no back end may do.
    public var violations: [String] { state.withLock { $0.violations } }
    /// How many of its calls wait.
    public var waitingCount: Int { state.withLock { $0.waiters.count } }
    /// Whether a flush waits.
    public var isFlushing: Bool { state.withLock { $0.isFlushing } }
    /// Whether it asked that question.
    public func wasAsked(_ name: String) -> Bool { calls.contains(.ask(name)) }

    // MARK: What a test does

    /// A turn is about to run, or none any more.
    public func begin(_ turn: TurnID?) { state.withLock { $0.turn = turn } }

    /// Does something when the back end has emitted for the nth time, before it goes on.
    public func onEmission(_ number: Int, _ action: @escaping @Sendable () -> Void) {
        state.withLock { $0.hook = (number, action) }
    }

    /// The disk writes what waits, and goes on standing still.
    public func settle() { change { $0.pending = 0 } }

    /// The disk works again.
    public func unstick() { change { ($0.isStuck, $0.pending) = (false, 0) } }

    /// The server dies.
    public func die() { change { $0.isDead = true } }

    /// The back end's side is closed: from now on a call is a violation.
    public func over() { state.withLock { $0.isOver = true } }

    private func change(_ body: (inout State) -> Void) {
        let waiters = state.withLock { state in
            body(&state)
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    // MARK: What a back end does

    /// Takes entries as long as there is room.
    public func emit(_ updates: [Entry.Body], in turn: TurnID?) async throws {
        guard !updates.isEmpty else { return }
        while true {
            let (isTaken, action) = try state.withLock { state in
                guard !state.isDead else { throw CancellationError() }
                guard !state.isStuck || state.pending < room else { return (false, (@Sendable () -> Void)?.none) }
                check(updates, turn, &state)
                state.calls.append(.emit(updates, turn))
                for body in updates {
                    state.entries.append(Entry(seq: Seq(state.entries.count + 1), timestamp: 0, body: body))
                }
                if state.isStuck { state.pending += 1 }
                return (true, state.hook.flatMap { $0.number == state.emissions ? $0.action : nil })
            }
            action?()
            if isTaken { return }
            try await wait { $0.isStuck && $0.pending >= room }
        }
    }

    /// Asks the client, if there is one.
    public func call(_ method: String, _ params: JSON, of client: ClientPeer?) async -> ClientCallOutcome {
        self.client?(method, params) ?? (client == nil ? .nobody : .gone)
    }

    /// Waits for the disk.
    public func flush() async throws {
        try state.withLock { state in
            guard !state.isDead else { throw CancellationError() }
            note(.flush, &state)
            let flushes = state.calls.count { $0 == .flush }
            if flushes <= state.flushesServed { state.pending = 0 }
            state.isFlushing = state.pending > 0
        }
        defer { state.withLock { $0.isFlushing = false } }
        try await wait { $0.pending > 0 }
    }

    /// Answers with the first option, unless nobody is to answer.
    public func ask(_ name: String, in turn: TurnID, method: String, params: JSON) async throws -> JSON {
        state.withLock { state in
            note(.ask(name), &state)
            if state.turn != turn { state.violations.append("it asks in \(turn), which does not run") }
            guard name != question else { return }
            let options = (params["options"]?.array ?? []).compactMap { $0["optionId"] }
            let option = options.first { $0 == choice } ?? options.first ?? .null
            let answer: JSON = ["outcome": ["outcome": "selected", "optionId": option]]
            let asked = Question(key: "question", turn: turn, method: method, params: params)
            state.answers[name] =
                reason.map { asked.readsReason ? Question.answer(answer, because: $0) : answer } ?? answer
        }
        try await wait { $0.answers[name] == nil }
        return state.withLock { $0.answers[name] ?? .null }
    }

    /// Somebody is there, unless the test says otherwise.
    public var isAttended: Bool { state.withLock { $0.isAttended } }

    /// Everybody has gone.
    public func leave() { state.withLock { $0.isAttended = false } }

    /// Closes a question.
    public func withdraw(_ name: String, in turn: TurnID) {
        change { state in
            note(.withdraw(name), &state)
            if state.answers[name] == nil { state.answers[name] = ["outcome": ["outcome": "cancelled"]] }
        }
    }

    /// Takes note.
    public func remember(_ session: AgentSessionID) async throws {
        state.withLock { note(.remember(session), &$0) }
        try await wait { _ in false }
    }

    /// Takes note.
    public func exited(_ exit: AgentExit) {
        state.withLock { state in
            note(.exit(exit), &state)
            state.isOver = true
        }
    }

    /// - Parameter mustWait: Looked at again whenever something has changed.
    private func wait(while mustWait: @Sendable (State) -> Bool) async throws {
        while true {
            let number = state.withLock { state in
                state.lastWaiter += 1
                return state.lastWaiter
            }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let waits = state.withLock { state in
                        guard !state.isDead, !Task.isCancelled, mustWait(state) else { return false }
                        state.waiters[number] = continuation
                        return true
                    }
                    if !waits { continuation.resume() }
                }
            } onCancel: {
                state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
            }
            try Task.checkCancellation()
            let isOver = try state.withLock { state in
                guard !state.isDead else { throw CancellationError() }
                return !mustWait(state)
            }
            if isOver { return }
        }
    }

    private func note(_ call: Call, _ state: inout State) {
        state.calls.append(call)
        if state.isOver { state.violations.append("it calls \(call) when it has ended") }
    }

    private func check(_ updates: [Entry.Body], _ turn: TurnID?, _ state: inout State) {
        if state.isOver { state.violations.append("it emits \(updates) when it has ended") }
        if let turn, turn != state.turn {
            state.violations.append("it emits \(updates) in \(turn), which does not run")
        }
        for body in updates {
            switch body {
            case .event(.turnStart), .event(.turnEnd), .event(.request), .event(.requestResolved), .event(.agentExit),
                .event(.agentRestarted), .event(.agentSession), .event(.forked):
                state.violations.append("it emits \(body), which only the server writes")
            case .update, .event(.memory), .event(.note), .event(.other):
                let read = try? EncodedEntry(Entry(seq: 1, timestamp: 0, body: body)).decoded().body
                if read != body { state.violations.append("what it emits is read back as \(String(describing: read))") }
            }
        }
    }
}
