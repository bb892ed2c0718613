/// What a session's journal adds up to: the fold of its entries, the same on both sides.
///
/// Memory, plan, tool calls and turn are not stored beside the log but computed from it, so one cursor restores all
/// of them and they cannot disagree.
public struct SessionState: Hashable, Sendable {
    /// A turn, running or ended.
    public struct Turn: Hashable, Sendable {
        /// Its name.
        public var id: TurnID
        /// The message it answers.
        public var prompt: MessageID
        /// The entry that began it.
        public var startSeq: Seq
        /// When it began.
        public var startedAt: Timestamp
        /// The entry that ended it, and how; `nil` while it runs.
        public var end: End?

        /// How a turn ended, and where.
        public struct End: Hashable, Sendable {
            /// The entry that ended it.
            public var seq: Seq
            /// When it ended.
            public var timestamp: Timestamp
            /// How.
            public var outcome: TurnOutcome
        }

        /// Whether the turn goes on.
        public var isRunning: Bool { end == nil }
    }

    /// A question that waits for its answer.
    public struct OpenQuestion: Hashable, Sendable {
        /// What is asked.
        public var question: Question
        /// The entry that asks it.
        public var seq: Seq
    }

    /// The last entry that was folded in.
    public private(set) var seq: Seq = 0
    /// The memory variables.
    public private(set) var memory: [String: JSON] = [:]
    /// The newest plan.
    public private(set) var plan: [PlanEntry] = []
    /// All tool calls in order of their beginnings.
    public private(set) var toolCalls: [ToolCall] = []
    /// The newest turn.
    public private(set) var turn: Turn?
    /// The questions that are open, in the order in which they were asked.
    public private(set) var requests: [OpenQuestion] = []
    /// What was answered in the newest turn: an agent that goes on with it asks again, and its user is not to be asked.
    public private(set) var answers: [RequestKey: JSON] = [:]
    /// The place of each tool call in ``toolCalls``.
    private var toolCallIndex: [ToolCallID: Int] = [:]

    /// The state before the first entry.
    public init() {}

    /// A state that was told and not folded.
    init(
        seq: Seq, memory: [String: JSON], plan: [PlanEntry], toolCalls: [ToolCall], turn: Turn?,
        requests: [OpenQuestion]
    ) {
        self.seq = seq
        self.memory = memory
        self.plan = plan
        self.turn = turn
        self.requests = requests
        for call in toolCalls { apply(call) }
    }

    /// The state after the entries.
    public init(folding entries: some Sequence<Entry>) {
        for entry in entries { apply(entry) }
    }

    /// The turn that is running, if one is.
    public var runningTurn: Turn? { turn.flatMap { $0.isRunning ? $0 : nil } }

    /// The open question of that name.
    public func openQuestion(_ key: RequestKey) -> OpenQuestion? { requests.first { $0.question.key == key } }

    /// Where the workflow stands; `nil` without a plan.
    public var workflow: WorkflowPosition? { WorkflowPosition(plan: plan) }

    /// Folds one entry in. Entries come in order; one that is behind the state changes nothing.
    public mutating func apply(_ entry: Entry) {
        guard entry.seq > seq else { return }
        seq = entry.seq
        switch entry.body {
        case .update(.plan(let entries)): plan = entries
        case .update(.toolCall(let call)), .update(.toolCallUpdate(let call)): apply(call)
        case .event(.turnStart(let id, let prompt)):
            turn = Turn(id: id, prompt: prompt, startSeq: entry.seq, startedAt: entry.timestamp, end: nil)
            answers = [:]
        case .event(.turnEnd(let id, let outcome)) where turn?.id == id:
            turn?.end = Turn.End(seq: entry.seq, timestamp: entry.timestamp, outcome: outcome)
        case .event(.memory(let key, let value)):
            // `null` deletes on the wire, so it deletes here: the two sides must come to the same state.
            memory[key] = value == .null ? nil : value
        case .event(.request(let question)):
            if openQuestion(question.key) == nil { requests.append(OpenQuestion(question: question, seq: entry.seq)) }
        case .event(.requestResolved(let resolution)):
            requests.removeAll { $0.question.key == resolution.key }
            answers[resolution.key] = resolution.answer
        case .update(.userMessage), .update(.agentMessage), .update(.agentThought), .update(.other),
            .event(.turnEnd), .event(.note), .event(.other):
            break
        }
    }

    private mutating func apply(_ call: ToolCall) {
        if let index = toolCallIndex[call.id] {
            toolCalls[index].apply(call)
        } else {
            toolCallIndex[call.id] = toolCalls.count
            toolCalls.append(call)
        }
    }

    /// Leaves out what tool calls were given and what they produced.
    mutating func omitToolCallDetails() {
        for index in toolCalls.indices {
            (toolCalls[index].content, toolCalls[index].rawInput, toolCalls[index].rawOutput) = (nil, nil, nil)
        }
    }
}
