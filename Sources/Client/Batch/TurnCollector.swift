public import Wire

/// Follows one prompt through the entries to the end of its turn.
///
/// It is a fold: entries that it has seen change nothing, so a replay after a drop neither repeats nor loses anything.
public struct TurnCollector: Hashable, Sendable {
    /// What an entry meant for the prompt.
    public enum Step: Hashable, Sendable {
        /// The server began the prompt's turn.
        case started(TurnID)
        /// The whole plan; it replaces the one before.
        case plan([PlanEntry])
        /// The whole tool call, with all updates so far.
        case tool(ToolCall)
        /// More text of the answer, to be appended.
        case delta(String)
        /// A whole thought: its chunks are joined, since their number depends on the network.
        case thought(String)
        /// The agent asks something, and waits for the answer.
        case asked(Question)
        /// The turn ended; no step follows.
        case ended(Answer)
    }

    /// What a turn came to.
    public struct Answer: Hashable, Sendable {
        /// How the turn ended.
        public var outcome: TurnOutcome
        /// The text of the answer, which is a part of it when the turn did not end by itself.
        public var text: String
        /// The tool calls, in order of their first entries.
        public var tools: [ToolCall]
        /// How long the turn took, by the server's clock.
        public var duration: Duration
    }

    /// The idempotency key of the prompt that is followed.
    public let prompt: ClientMessageID
    /// The prompt's turn; `nil` until it has begun.
    public private(set) var turn: TurnID?
    /// The answer so far.
    public private(set) var text = ""
    /// The tool calls so far, in order of their first entries.
    public private(set) var tools: [ToolCall] = []
    /// How the turn ended; `nil` until it has.
    public private(set) var outcome: TurnOutcome?

    private var message: MessageID?
    private var held = HeldText()
    private var thought = ""
    private var startedAt: Timestamp = 0

    /// A collector that waits for the prompt's echo.
    public init(prompt: ClientMessageID) { self.prompt = prompt }

    /// Applies an entry; entries must come in order.
    public mutating func apply(_ entry: Entry) -> [Step] {
        guard outcome == nil, let entry = held.lacking(of: entry) else { return [] }
        if entry.clientMessageID == prompt, case .update(.userMessage(let chunk)) = entry.body {
            message = chunk.messageID
            return []
        }
        if turn != nil, case .update(.agentThought(let chunk)) = entry.body {
            thought += chunk.content.text ?? ""
            return []
        }
        defer { thought = "" }
        return (thought.isEmpty ? [] : [.thought(thought)]) + [step(entry)].compactMap { $0 }
    }

    private mutating func step(_ entry: Entry) -> Step? {
        switch entry.body {
        case .event(.turnStart(let id, let asked)) where message != nil && asked == message:
            turn = id
            startedAt = entry.timestamp
            return .started(id)
        case .event(.turnEnd(let id, let outcome)) where id == turn && turn != nil:
            self.outcome = outcome
            let duration = Duration.milliseconds(max(0, entry.timestamp - startedAt))
            return .ended(Answer(outcome: outcome, text: text, tools: tools, duration: duration))
        default: return turn == nil ? nil : applyToTurn(entry)
        }
    }

    private mutating func applyToTurn(_ entry: Entry) -> Step? {
        switch entry.body {
        case .update(.agentMessage(let chunk)):
            guard let more = chunk.content.text else { return nil }
            text += more
            return .delta(more)
        case .update(.plan(let entries)): return .plan(entries)
        case .update(.toolCall(let call)), .update(.toolCallUpdate(let call)):
            if let index = tools.firstIndex(where: { $0.id == call.id }) {
                tools[index].apply(call)
                return .tool(tools[index])
            }
            tools.append(call)
            return .tool(call)
        case .event(.request(let question)): return .asked(question)
        case .update(.userMessage), .update(.agentThought), .update(.other), .event: return nil
        }
    }
}
