/// Ranks the candidate passages for a question.
///
/// BM25 covers how rare a word is and how often a passage has it. This adds how many of the question's words a passage
/// has, whether it declares what is asked about or only mentions it, and whether the file is of the preferred kind.
struct Ranking {
    /// A passage that was found.
    struct Hit: Hashable, Sendable {
        var path: String
        var line: Int
        var endLine: Int
        var score: Double
    }

    /// How many passages of one file are kept at most, so that an answer draws on several files.
    static let hitsPerFile = 2

    private let question: Question
    private let weightTotal: Double

    init(_ question: Question) {
        self.question = question
        weightTotal = question.terms.reduce(0) { $0 + $1.weight }
    }

    /// The best passages, best first. Ties are ordered by path and line, so that the same folder always gives the same
    /// answer.
    func best(of candidates: [PassageIndex.Candidate], limit: Int) -> [Hit] {
        let top = candidates.map(\.relevance).max() ?? 1
        let hits = candidates.map { candidate in
            let lines = candidate.text.utf8.count { $0 == UInt8(ascii: "\n") }
            let relevance = top > 0 ? candidate.relevance / top : 0
            let score = relevance + self.score(of: candidate)
            return Hit(
                path: candidate.path, line: candidate.line, endLine: candidate.line + lines,
                score: (score * 1000).rounded() / 1000)
        }
        var kept: [Hit] = []
        var perFile: [String: Int] = [:]
        for hit in hits.sorted(by: Ranking.isBetter) where kept.count < limit {
            guard perFile[hit.path, default: 0] < Ranking.hitsPerFile else { continue }
            perFile[hit.path, default: 0] += 1
            kept.append(hit)
        }
        return kept
    }

    private static func isBetter(_ left: Hit, _ right: Hit) -> Bool {
        if left.score != right.score { return left.score > right.score }
        return left.path == right.path ? left.line < right.line : left.path < right.path
    }

    private func score(of candidate: PassageIndex.Candidate) -> Double {
        let words = Words.vocabulary(of: candidate.text)
        let pathWords = Words.vocabulary(of: candidate.path)
        var score = 2 * coverage(of: words.union(pathWords)) + 0.5 * coverage(of: pathWords)
        score += definitionScore(of: candidate)
        switch candidate.kind {
        case .test: score += question.focus == .tests ? 2 : -0.4
        case .document: score += question.focus == .explanation ? 0.3 : 0
        case .aside: score -= 0.5
        case .source: break
        }
        if question.isOverview, pathWords.contains("readme") {
            score += candidate.line == 1 ? 2 : 1
            score -= 0.1 * Double(candidate.path.utf8.count { $0 == UInt8(ascii: "/") })
        }
        return score
    }

    /// The fraction of the question's words, by weight, that are among these.
    private func coverage(of words: Set<String>) -> Double {
        guard weightTotal > 0 else { return 0 }
        let found = question.terms.reduce(0) { sum, term in
            sum + (Ranking.holds(words, term) ? term.weight : 0)
        }
        return found / weightTotal
    }

    static func holds(_ words: Set<String>, _ term: Question.Term) -> Bool {
        let stem = term.stem
        if words.contains(term.folded) { return true }
        if words.contains(where: { Words.isForm($0, ofStem: stem) }) { return true }
        let parts = Words.parts(of: term.word)
        return parts.count > 1 && parts.allSatisfy { words.contains(Folding.lowered($0)) }
    }

    private func definitionScore(of candidate: PassageIndex.Candidate) -> Double {
        guard question.focus != .usage else { return 0 }
        let isMarkdown = FileKind.isMarkdown(candidate.path)
        let weight = question.focus == .definition ? 2 : 1.6
        return weight
            * candidate.text.lines.reduce(0) { best, line in
                guard let definition = Definitions.definition(in: line, isMarkdown: isMarkdown) else { return best }
                return max(best, Ranking.fit(of: definition, to: question))
            }
    }

    /// How well a name matches the question, from 0 to 1: by the fraction of its parts that are asked for, and of the
    /// words asked for that are its parts.
    static func fit(of definition: Definition, to question: Question) -> Double {
        let parts = Words.identifiers(in: Folding.text(definition.name)).flatMap(Words.parts).map {
            Folding.lowered($0)
        }
        guard !parts.isEmpty else { return 0 }
        let whole = Folding.word(definition.name)
        let weightTotal = question.terms.reduce(0) { $0 + $1.weight }
        var asked: Set<String> = []
        var found = 0.0
        for term in question.terms {
            let stem = term.stem
            if term.folded == whole { return kindWeight(of: definition.kind) * min(1, term.weight + 0.2) }
            let matches = parts.filter { Words.isForm($0, ofStem: stem) }
            if !matches.isEmpty {
                found += term.weight
                asked.formUnion(matches)
            }
        }
        let share = Double(asked.count) / Double(Set(parts).count)
        return kindWeight(of: definition.kind) * share * found / max(weightTotal, 0.001)
    }

    private static func kindWeight(of kind: Definition.Kind) -> Double {
        switch kind {
        case .type, .heading: 1
        case .function: 0.9
        case .extension: 0.7
        case .value: 0.5
        }
    }
}
