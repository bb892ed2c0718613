import Wire

/// Something that waits for the next commit. It has no number yet: numbers are assigned when a batch is formed, so that
/// a failed commit leaves no gap.
enum Draft {
    /// A prompt to accept, with the connection that wants its answer.
    case prompt(PromptRecord, [ContentBlock], Waiter)
    /// What an agent emitted in a turn, or outside of turns when `nil`, and the correlation identifiers to release when
    /// it is durable.
    case output(TurnID?, [CorrelationID], AgentOutput)
    /// A question of an agent to its user.
    case question(Question)
    /// The answer to a question.
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
