import Wire

/// The librarian's side of a session. It keeps nothing of it: everything it knows is in the journal.
struct LibrarianSession: AgentSession {
    let librarian: Librarian
    let host: any AgentHost
    private let turns = InProcessTurns()

    init(_ librarian: Librarian, host: any AgentHost) {
        self.librarian = librarian
        self.host = host
    }

    /// Goes on at the step at which the turn was interrupted, unless another version of the program began it, which
    /// understood it differently.
    func resume(_ turn: Turn) -> Resumption {
        let record = TurnRecord(turn, host: host)
        guard record.plan.isEmpty || record.plan.map(\.content) == librarian.plan(of: turn) else {
            return .ends(LibrarianError.resume.sentence)
        }
        return .goesOn
    }

    func prompt(_ turn: Turn) async throws -> TurnEnd {
        try await turns.run(turn.id) { [librarian, host] in try await librarian.answer(turn, host: host) }
    }

    func cancel(_ turn: TurnID) { turns.cancel(turn) }

    func close() { turns.close() }
}
