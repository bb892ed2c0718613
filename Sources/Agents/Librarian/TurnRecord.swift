import Wire

/// The entries of a turn, folded, and the host to emit further ones to.
///
/// Entries are folded in the same way whether they were written just now or before a restart. So the steps do not need
/// to know whether a turn was resumed: they ask for a result, which is either recorded or produced now.
struct TurnRecord {
    let turn: Turn
    private let host: any AgentHost
    private(set) var plan: [PlanEntry] = []
    private(set) var calls: [ToolCallID: ToolCall] = [:]
    /// The part of the answer that was sent so far.
    private(set) var text = ""
    /// The memory variables that this turn has set or deleted.
    private(set) var memoryWritten: Set<String> = []

    /// The message that holds the answer.
    var answerID: MessageID { MessageID("\(turn.id)-answer") }

    /// Folds the recorded entries of the turn.
    init(_ turn: Turn, host: any AgentHost) {
        self.turn = turn
        self.host = host
        for entry in turn.recorded { fold(entry.body) }
    }

    /// Adds entries to the journal and to the fold; they become durable together.
    ///
    /// No step needs a barrier (``AgentHost/flush()``): none has an effect but on the journal and on the index, which is
    /// a cache. What a crash takes with it is done again from the last entry that is durable.
    mutating func append(_ entries: [Entry.Body]) async throws {
        guard !entries.isEmpty else { return }
        try Task.checkCancellation()
        try await host.emit(entries, in: turn.id)
        for entry in entries { fold(entry) }
    }

    /// Sends a chunk of the answer.
    mutating func say(_ piece: String) async throws {
        try await append([.update(.agentMessage(ContentChunk(messageID: answerID, content: .text(piece))))])
    }

    private mutating func fold(_ entry: Entry.Body) {
        switch entry {
        case .update(.plan(let entries)): plan = entries
        case .update(.toolCall(let call)), .update(.toolCallUpdate(let call)): calls[call.id, default: call].apply(call)
        case .update(.agentMessage(let chunk)) where chunk.messageID == answerID: text += chunk.content.text ?? ""
        case .event(.memory(let key, _)): memoryWritten.insert(key)
        case .update(.userMessage), .update(.agentMessage), .update(.agentThought), .update(.other), .event: break
        }
    }
}

extension TurnRecord {
    /// Whether the step, from 0, is done.
    func isCompleted(_ step: Int) -> Bool { plan.indices.contains(step) && plan[step].status == .completed }

    /// Records the plan with its first step in progress, or checks the recorded one.
    ///
    /// - Throws: ``LibrarianError/resume`` when the recorded plan differs: another version of the program must not
    ///   continue a turn that it would understand differently.
    mutating func begin(_ steps: [String]) async throws {
        guard plan.isEmpty else {
            guard plan.map(\.content) == steps else { throw LibrarianError.resume }
            return
        }
        let entries = steps.enumerated().map { index, step in
            PlanEntry(content: step, status: index == 0 ? .inProgress : .pending)
        }
        try await append([.update(.plan(entries))])
    }

    /// Marks the step as done and the next one as being worked on.
    mutating func complete(_ step: Int) async throws {
        var entries = plan
        entries[step].status = .completed
        if step + 1 < entries.count { entries[step + 1].status = .inProgress }
        try await append([.update(.plan(entries))])
    }
}
