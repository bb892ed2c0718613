import Wire

/// A turn's part of the journal as the librarian sees it: what is there already, and the way to add to it.
///
/// It folds what is recorded in the same way whether it was written a moment ago or before the server died. So the
/// steps need not know which of the two it was: they ask for a result, and it is either there or made now.
struct TurnRecord<Journal: TurnJournal> {
    let turn: Turn
    private let journal: Journal
    private(set) var plan: [PlanEntry] = []
    private(set) var calls: [ToolCallID: ToolCall] = [:]
    /// What was said of the answer so far.
    private(set) var text = ""
    /// The memory variables that this turn has set or deleted.
    private(set) var memoryWritten: Set<String> = []

    /// The message that holds the answer.
    var answerID: MessageID { MessageID("\(turn.id)-answer") }

    /// What the recorded entries of the turn add up to.
    init(_ turn: Turn, journal: Journal) {
        self.turn = turn
        self.journal = journal
        for entry in turn.recorded { fold(entry.body) }
    }

    /// Adds entries to the journal and to the fold.
    mutating func append(_ entries: [Entry.Body]) async throws {
        guard !entries.isEmpty else { return }
        try Task.checkCancellation()
        try await journal.append(entries)
        for entry in entries { fold(entry) }
    }

    /// Says a piece of the answer.
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

    /// Makes the plan, its first step in progress, or finds it made.
    ///
    /// - Throws: ``LibrarianError/resume`` when the recorded plan is another: a newer program must not go on with what
    ///   it might understand differently.
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
