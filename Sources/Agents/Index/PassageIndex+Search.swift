import GRDB

extension PassageIndex {
    /// How many candidates are ranked.
    private static let candidatesRanked = 150

    /// The passages that answer a question best, best first.
    func hits(for question: Question, limit: Int) async throws -> [Ranking.Hit] {
        guard !question.terms.isEmpty else { return [] }
        let question = try await weighted(question)
        var candidates = try await candidates(for: question, question.expression)
        // No passage has a form of the words: search them as prefixes of longer words.
        if candidates.isEmpty { candidates = try await self.candidates(for: question, question.prefixExpression) }
        return Ranking(question).best(of: candidates, limit: limit)
    }

    /// The question with its words weighted by how rare they are in the folder: of "how does the client reconnect", "client"
    /// says little where every second file has it.
    private func weighted(_ question: Question) async throws -> Question {
        let counts = try await database.read { db in
            let total = try Int.fetchOne(db, sql: "SELECT count(*) FROM passage_docsize") ?? 0
            let count = try db.makeStatement(sql: "SELECT count(*) FROM passage WHERE passage MATCH ?")
            return try (total, question.terms.map { try Int.fetchOne(count, arguments: [$0.expression]) ?? 0 })
        }
        let (total, found) = counts
        let rarities = found.map { Ranking.rarity(in: total, found: $0) }
        guard let rarest = rarities.max(), rarest > 0 else { return question }
        var question = question
        for index in question.terms.indices { question.terms[index].weight *= rarities[index] / rarest }
        return question
    }

    /// Searches tests separately when the question is about tests: among all files they could rank too low.
    private func candidates(for question: Question, _ expression: String) async throws -> [Candidate] {
        let all = try await candidates(expression, limit: Self.candidatesRanked)
        guard question.focus == .tests else { return all }
        let tests = try await candidates(expression, kind: .test, limit: Self.candidatesRanked)
        let known = Set(all)
        return all + tests.filter { !known.contains($0) }
    }
}
