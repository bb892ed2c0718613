public import Wire

/// Follows one prompt through the entries to the end of its turn.
///
/// It is a fold: entries that it has seen change nothing, so a replay after a drop neither repeats nor loses anything.
public struct TurnCollector: Hashable, Sendable {
    /// What an entry meant for the prompt.
    public enum Step: Hashable, Sendable {
        /// Its turn began.
        case started(TurnID)
        /// The plan, whole.
        case plan([PlanEntry])
        /// A tool call, whole.
        case tool(ToolCall)
        /// More of the answer.
        case delta(String)
        /// A piece of the agent's reasoning, whole: how many entries it came in depends on the network.
        case thought(String)
        /// The turn ended.
        case ended(TurnOutcome)
    }

    /// The prompt.
    public let prompt: ClientMessageID
    /// Its turn, once it began.
    public private(set) var turn: TurnID?
    /// The answer so far.
    public private(set) var text = ""
    /// The tool calls so far, in order of their beginnings.
    public private(set) var tools: [ToolCall] = []
    /// How the turn ended.
    public private(set) var outcome: TurnOutcome?
    /// How long the turn took, by the server's clock.
    public var duration: Duration { .milliseconds(max(0, endedAt - startedAt)) }

    private var message: MessageID?
    private var held = HeldText()
    private var thought = ""
    private var startedAt: Timestamp = 0
    private var endedAt: Timestamp = 0

    /// A collector that waits for the prompt's echo.
    public init(prompt: ClientMessageID) { self.prompt = prompt }

    /// Takes an entry, in order.
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
            endedAt = entry.timestamp
            self.outcome = outcome
            return .ended(outcome)
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
        case .update(.userMessage), .update(.agentThought), .update(.other), .event: return nil
        }
    }
}
