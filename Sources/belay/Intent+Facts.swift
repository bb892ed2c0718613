import Screen
import Wire

extension Intent {
    /// What a session's journal adds up to, which the page that is shown may not contain; it follows
    /// ``replaced(_:hasMore:)``.
    ///
    /// - Parameter answers: The user's answers that the server does not have yet.
    static func all(of facts: SessionState, answers: [RequestKey: JSON]) -> [Intent] {
        [
            .state(plan: facts.plan, turn: facts.turn, questions: facts.requests, answers: answers),
            .memory(facts.memory), .offers(facts.agent),
        ]
    }
}
