import Agents
import Synchronization
import Wire

/// The host of the librarian with a journal in memory, which refuses what no client could make sense of.
final class CheckedJournal: AgentHost {
    /// What was refused, and at which entry.
    struct Violation: Error, CustomStringConvertible {
        var description: String
    }

    private struct State {
        var entries: [Entry] = []
        var plan: [PlanEntry] = []
        var calls: [ToolCallID: ToolCall] = [:]
        var answer: MessageID?
        var text = ""
    }

    private let state: Mutex<State>
    private let appended: @Sendable (Entry.Body) -> Void

    /// A journal that holds the entries already.
    init(_ recorded: [Entry] = [], appended: @escaping @Sendable (Entry.Body) -> Void = { _ in }) throws {
        var state = State()
        for entry in recorded { try CheckedJournal.admit(entry.body, to: &state) }
        self.state = Mutex(state)
        self.appended = appended
    }

    var entries: [Entry] { state.withLock { $0.entries } }
    var text: String { state.withLock { $0.text } }
    var plan: [PlanEntry] { state.withLock { $0.plan } }
    var folded: SessionState { SessionState(folding: entries) }

    func call(_ tool: String, _ number: Int = 1) -> ToolCall? {
        folded.toolCalls.first { $0.id.rawValue.hasSuffix("-\(tool)-\(number)") }
    }

    func emit(_ entries: [Entry.Body], in turn: TurnID?) async throws {
        guard turn != nil else { throw Violation(description: "the librarian says nothing outside of turns") }
        try state.withLock { state in
            guard !entries.isEmpty else { throw Violation(description: "an empty transaction") }
            for entry in entries { try CheckedJournal.admit(entry, to: &state) }
        }
        entries.forEach(appended)
    }

    func flush() {}

    func ask(_ name: String, in turn: TurnID, method: String, params: JSON) async throws -> JSON {
        throw Violation(description: "the librarian asks nothing")
    }

    var isAttended: Bool { true }
    func withdraw(_ name: String, in turn: TurnID) {}

    func remember(_ session: AgentSessionID) throws {
        throw Violation(description: "the librarian has no session of its own")
    }

    func exited(_ exit: AgentExit) {}

    private static func admit(_ body: Entry.Body, to state: inout State) throws {
        func require(_ condition: Bool, _ rule: String) throws {
            if !condition { throw Violation(description: "entry \(state.entries.count + 1): \(rule): \(body)") }
        }
        try require(state.plan.isEmpty || state.plan.contains { $0.status != .completed }, "after the end of the plan")
        switch body {
        case .update(.plan(let plan)):
            try require(state.plan.isEmpty || plan.map(\.content) == state.plan.map(\.content), "another plan")
            for (old, new) in zip(state.plan, plan) {
                try require(rank(old.status) <= rank(new.status), "a step goes backwards")
            }
            try require(plan != state.plan, "a plan that says nothing new")
            try require(
                plan.map { rank($0.status) } == plan.map { rank($0.status) }.sorted(by: >), "steps out of order")
            try require(plan.count { $0.status == .inProgress } <= 1, "two steps at once")
            try require(
                !state.calls.values.contains { $0.status?.isFinal != true }, "a step ends before its tool calls")
            state.plan = plan
        case .update(.toolCall(let call)):
            try require(state.calls[call.id] == nil, "a tool call begins twice")
            try require(call.title?.isEmpty == false && call.kind != nil && call.rawInput != nil, "an empty tool call")
            try require(call.status == .pending, "a tool call that does not begin as pending")
            state.calls[call.id] = call
        case .update(.toolCallUpdate(let change)):
            guard let call = state.calls[change.id], let status = change.status else {
                return try require(false, "an update of nothing")
            }
            let steps: [ToolCall.Status?: [ToolCall.Status]] = [
                .pending: [.inProgress], .inProgress: [.completed, .failed],
            ]
            try require(steps[call.status]?.contains(status) == true, "a tool call goes from \(call.status as Any)")
            try require(!status.isFinal || change.rawOutput != nil && change.content != nil, "an end without result")
            state.calls[change.id]?.apply(change)
        case .update(.agentMessage(let chunk)):
            try require(state.plan.last?.status == .inProgress, "a chunk outside of the last step")
            try require(
                chunk.messageID != nil && (state.answer ?? chunk.messageID) == chunk.messageID, "another message")
            try require(chunk.content.text?.isEmpty == false, "an empty chunk")
            state.answer = chunk.messageID
            state.text += chunk.content.text ?? ""
        case .event(.memory):
            try require(
                state.calls.contains { $0.key.rawValue.contains("-remember-") && $0.value.status == .inProgress },
                "memory changes outside of the tool that changes it")
        case .update(.userMessage), .update(.agentThought), .update(.other), .event:
            try require(false, "not the agent's to say")
        }
        try require(
            body == (try EncodedEntry(Entry(seq: 1, timestamp: 0, body: body)).decoded().body), "lost on the disk")
        state.entries.append(Entry(seq: Seq(state.entries.count + 1), timestamp: 0, body: body))
    }

    private static func rank(_ status: PlanEntry.Status) -> Int {
        switch status {
        case .pending: 0
        case .inProgress: 1
        case .completed: 2
        }
    }
}
