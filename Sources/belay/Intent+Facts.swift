import Screen
import Wire

extension Intent {
    /// What a session's journal adds up to, which the page that is shown may not contain; it follows
    /// ``replaced(_:hasMore:)``.
    static func all(of facts: SessionState) -> [Intent] {
        [
            .state(plan: facts.plan, turn: facts.turn, questions: facts.requests), .memory(facts.memory),
            .offers(facts.agent),
        ]
    }
}
