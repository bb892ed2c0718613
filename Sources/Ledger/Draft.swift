import Wire

/// Something that waits for the next commit. It has no number yet: numbers are given when the batch is formed, so a
/// failed commit leaves no hole.
enum Draft {
    /// A prompt to accept, with the connection that wants its answer.
    case prompt(PromptRecord, [ContentBlock], Waiter)
    /// What an agent says or did.
    case output(TurnID, Ticket, [Entry.Body])
    /// What an agent asks its user.
    case question(Question)
    /// What a question was answered.
    case resolution(Question.Resolution)
    /// The end of a turn.
    case end(TurnID, TurnOutcome)
}

/// A request that is answered when a turn ends.
struct Waiter: Equatable {
    var connection: ConnectionID
    var request: RequestID
    var joined: Bool
}
