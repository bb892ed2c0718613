extension PassageIndex {
    /// How many candidates are ranked.
    private static let candidatesRanked = 80

    /// The passages that answer a question best, best first.
    func hits(for question: Question, limit: Int) async throws -> [Ranking.Hit] {
        guard !question.terms.isEmpty else { return [] }
        var candidates = try await candidates(for: question, question.expression)
        // No passage has a form of the words: search them as prefixes of longer words.
        if candidates.isEmpty { candidates = try await self.candidates(for: question, question.prefixExpression) }
        return Ranking(question).best(of: candidates, limit: limit)
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
