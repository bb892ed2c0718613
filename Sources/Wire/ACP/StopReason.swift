/// Why a turn ended (ACP, Prompt Turn).
public enum StopReason: String, Hashable, Sendable {
    case endTurn = "end_turn"
    case maxTokens = "max_tokens"
    case maxTurnRequests = "max_turn_requests"
    case refusal, cancelled
}

/// How a turn ended.
public enum TurnOutcome: Hashable, Sendable {
    /// The agent ended it.
    case stopped(StopReason)
    /// It failed: `interrupted` when the server died during it and the agent cannot resume turns, otherwise the agent's
    /// error sentence.
    case failed(String)
}
