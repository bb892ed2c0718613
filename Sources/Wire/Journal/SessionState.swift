import NIOCore

/// The state of a session: the fold of its journal's entries, the same on server and client.
///
/// Memory, plan, tool calls and turn are projections of the journal and not stored beside it, so one cursor restores
/// all of them and they cannot disagree.
public struct SessionState: Hashable, Sendable {
    /// A turn, running or ended.
    public struct Turn: Hashable, Sendable {
        /// The turn's identifier.
        public var id: TurnID
        /// The message it answers.
        public var prompt: MessageID
        /// The entry that began it.
        public var startSeq: Seq
        /// When it began, by the server's clock.
        public var startedAt: Timestamp
        /// The entry that ended it, and how; `nil` while it runs.
        public var end: End?

        /// How a turn ended, and where.
        public struct End: Hashable, Sendable {
            /// The entry that ended it.
            public var seq: Seq
            /// When it ended, by the server's clock.
            public var timestamp: Timestamp
            /// Whether it ended with a stop reason or failed.
            public var outcome: TurnOutcome
        }

        /// Whether the turn goes on.
        public var isRunning: Bool { end == nil }
    }

    /// A question that waits for its answer.
    public struct OpenQuestion: Hashable, Sendable {
        /// The question, with its key and parameters.
        public var question: Question
        /// The entry that asks it.
        public var seq: Seq
    }

    /// What the journal says of the session's agent.
    public struct Agent: Hashable, Sendable {
        /// The agent's own name for its side of the session; `nil` until it gave one.
        public var sessionID: AgentSessionID?
        /// How the agent ended, without its lines; `nil` when it has not ended or was started again.
        public var exit: AgentExit?
        /// The options of the session, as the agent offered them last (``ConfigOption``).
        public var options: [JSON] = []
        /// The commands that a prompt may begin with, as the agent offered them last (`AvailableCommand`).
        public var commands: [JSON] = []
        /// How full its context is, and what it cost so far, as it said last (`UsageUpdate`).
        public var usage: JSON?
        /// The title that it gave the session; `nil` when it gave none.
        public var title: String?

        /// The longest list of options, or of commands, that a state holds, in bytes of JSON. One that is longer is in the
        /// journal alone.
        public static let listBytesMaximum = 64 << 10

        /// An agent of which the journal says nothing.
        public init() {}

        /// Takes over an update that tells of the agent; no other changes anything.
        mutating func apply(_ update: JSON) {
            func list(_ key: String) -> [JSON] {
                guard let list = update[key], list.encoded.readableBytes <= Agent.listBytesMaximum else { return [] }
                return list.array ?? []
            }
            switch update["sessionUpdate"]?.string {
            case "config_option_update": options = list("configOptions")
            case "available_commands_update": commands = list("availableCommands")
            case "usage_update":
                let known = ["used", "size", "cost"].compactMap { key in update[key].map { JSON.Member(key, $0) } }
                let usage = JSON.object(known)
                self.usage = usage.encoded.readableBytes <= Agent.listBytesMaximum ? usage : nil
            default: if let title = SessionTitle.given(by: update) { self.title = title.isEmpty ? nil : title }
            }
        }
    }

    /// The last entry that was folded in.
    public private(set) var seq: Seq = 0
    /// The memory variables, by key; `null` deletes one.
    public private(set) var memory: [String: JSON] = [:]
    /// The newest plan; empty before the first.
    public private(set) var plan: [PlanEntry] = []
    /// The newest tool calls in the order of their beginnings, at most ``toolCallsMaximum``. Those of earlier turns have no
    /// input, output and content any more: the journal has them.
    public internal(set) var toolCalls: [ToolCall] = []
    /// How many tool calls began, with those that ``toolCalls`` has no more.
    public private(set) var toolCallCount: Int64 = 0
    /// The newest turn, running or ended; `nil` before the first.
    public private(set) var turn: Turn?
    /// The questions that are open, in the order in which they were asked.
    public private(set) var requests: [OpenQuestion] = []
    /// The answers to questions of the newest turn: an agent that resumes it asks again, and gets these.
    public private(set) var answers: [RequestKey: JSON] = [:]

    /// The agent: its own name for the session, and whether it ended.
    public private(set) var agent = Agent()

    /// How many tool calls a state holds: a state has to cost the same however long its session is.
    public static let toolCallsMaximum = 32

    /// The state before the first entry.
    public init() {}

    /// Creates a state that was received from the server instead of being folded.
    init(
        seq: Seq, memory: [String: JSON], plan: [PlanEntry], toolCalls: [ToolCall], toolCallCount: Int64?, turn: Turn?,
        requests: [OpenQuestion], answers: [RequestKey: JSON], agent: Agent
    ) {
        self.seq = seq
        self.memory = memory
        self.plan = plan
        self.turn = turn
        self.requests = requests
        self.answers = answers
        self.agent = agent
        for call in toolCalls { apply(call) }
        self.toolCallCount = max(toolCallCount ?? 0, self.toolCallCount)
    }

    /// The state after the entries.
    public init(folding entries: some Sequence<Entry>) {
        for entry in entries { apply(entry) }
    }

    /// The turn that is running, if one is.
    public var runningTurn: Turn? { turn.flatMap { $0.isRunning ? $0 : nil } }

    /// The open question with that key; `nil` when it is answered or unknown.
    public func openQuestion(_ key: RequestKey) -> OpenQuestion? { requests.first { $0.question.key == key } }

    /// The progress of the plan; `nil` without a plan.
    public var workflow: WorkflowPosition? { WorkflowPosition(plan: plan) }

    /// Folds in an entry. Entries have to come in order; one that is already folded in is ignored.
    public mutating func apply(_ entry: Entry) {
        guard entry.seq > seq else { return }
        seq = entry.seq
        switch entry.body {
        case .update(.plan(let entries)): plan = entries
        case .update(.toolCall(let call)), .update(.toolCallUpdate(let call)): apply(call)
        case .event(.turnStart(let id, let prompt)):
            turn = Turn(id: id, prompt: prompt, startSeq: entry.seq, startedAt: entry.timestamp, end: nil)
            answers = [:]
            toolCalls = toolCalls.map { $0.status?.isFinal ?? false ? $0.withoutDetails : $0 }
        case .event(.turnEnd(let id, let outcome)) where turn?.id == id:
            turn?.end = Turn.End(seq: entry.seq, timestamp: entry.timestamp, outcome: outcome)
        case .event(.memory(let key, let value)):
            // `null` deletes on the wire, so it deletes here too: both sides must have the same state.
            memory[key] = value == .null ? nil : value
        case .event(.request(let question)):
            if openQuestion(question.key) == nil { requests.append(OpenQuestion(question: question, seq: entry.seq)) }
        case .event(.requestResolved(let resolution)):
            requests.removeAll { $0.question.key == resolution.key }
            answers[resolution.key] = resolution.answer
        // A state stays short: the entry has the lines.
        case .event(.agentExit(let exit)): agent.exit = AgentExit(code: exit.code, signal: exit.signal)
        case .event(.agentRestarted): agent.exit = nil
        case .event(.agentSession(let session)): agent.sessionID = session
        case .event(.forked):
            // The agent has another session for a fork, which it does not know yet.
            (agent.sessionID, agent.exit, agent.usage) = (nil, nil, nil)
        case .update(.other(let update)): agent.apply(update)
        case .update(.userMessage), .update(.agentMessage), .update(.agentThought), .event(.turnEnd), .event(.note),
            .event(.other):
            break
        }
    }

    private mutating func apply(_ call: ToolCall) {
        if let index = toolCalls.lastIndex(where: { $0.id == call.id }) { return toolCalls[index].apply(call) }
        toolCallCount += 1
        toolCalls.append(call)
        guard toolCalls.count > SessionState.toolCallsMaximum else { return }
        // The oldest that has ended, or the oldest of all.
        toolCalls.remove(at: toolCalls.dropLast().firstIndex { $0.status?.isFinal ?? false } ?? 0)
    }
}

extension ToolCall {
    /// The call without its input, output and content.
    var withoutDetails: ToolCall {
        var call = self
        (call.content, call.rawInput, call.rawOutput) = (nil, nil, nil)
        return call
    }
}
