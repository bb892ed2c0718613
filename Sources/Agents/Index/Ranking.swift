import Glibc

/// Ranks the candidate passages for a question.
///
/// Counts how rare the question's words are, in which fields a passage has them and how often, whether it declares what is
/// asked about or only mentions it, and whether the file is of the preferred kind.
struct Ranking {
    /// A passage that was found.
    struct Hit: Hashable, Sendable {
        var path: String
        var line: Int
        var endLine: Int
        var score: Double

        /// The most lines of neighbours that become one.
        private static let linesMaximum = 2 * Passage.lineCount

        /// Whether the other one follows, and both are short enough to be one.
        fileprivate func goesOn(with other: Hit) -> Bool {
            path == other.path && other.line == endLine + 1 && other.endLine - line < Self.linesMaximum
        }
    }

    /// How many passages of one file are kept at most, so that an answer draws on several files.
    static let hitsPerFile = 2

    /// How rare a word is that so many passages have (the inverse document frequency of BM25).
    static func rarity(in passages: Int, found: Int) -> Double {
        Glibc.log(1 + (Double(passages - found) + 0.5) / (Double(found) + 0.5))
    }

    private let question: Question
    private let weightTotal: Double

    init(_ question: Question) {
        self.question = question
        weightTotal = question.terms.reduce(0) { $0 + $1.weight }
    }

    /// The best passages, best first. Ties are ordered by path and line, so that the same folder always gives the same
    /// answer.
    func best(of candidates: [PassageIndex.Candidate], limit: Int) -> [Hit] {
        let counted = candidates.map { PassageFields($0, question).counts }
        // What a file says in all its passages together speaks for each of them.
        var files: [String: [Double]] = [:]
        for (candidate, counts) in zip(candidates, counted) {
            let sum = files[candidate.path] ?? counts.map { _ in 0 }
            files[candidate.path] = zip(sum, counts).map { $0 + $1 }
        }
        let hits = zip(candidates, counted).map { candidate, counts in
            let lines = candidate.text.utf8.count { $0 == UInt8(ascii: "\n") }
            let score =
                3 * relevance(of: counts) + 1.5 * relevance(of: files[candidate.path] ?? [])
                + preference(for: candidate)
            return Hit(
                path: candidate.path, line: candidate.line, endLine: candidate.line + lines,
                score: (score * 1000).rounded() / 1000)
        }
        var kept: [Hit] = []
        var perFile: [String: Int] = [:]
        for hit in hits.sorted(by: Ranking.isBetter) {
            // What follows a passage that is kept becomes a part of it; what stands in front would push its end out of what
            // is read.
            if let index = kept.firstIndex(where: { $0.goesOn(with: hit) }) {
                kept[index].endLine = hit.endLine
                continue
            }
            guard kept.count < limit else { continue }
            guard perFile[hit.path, default: 0] < Ranking.hitsPerFile else { continue }
            perFile[hit.path, default: 0] += 1
            kept.append(hit)
        }
        return kept
    }

    /// How well a text answers that has each of the question's words so many times, from 0 to 1 (BM25F: the fields are summed
    /// before the sum saturates, so that a word in many fields is not counted as many words).
    private func relevance(of counts: [Double]) -> Double {
        guard weightTotal > 0 else { return 0 }
        return zip(question.terms, counts).reduce(0) { $0 + $1.0.weight * $1.1 / ($1.1 + Ranking.saturation) }
            / weightTotal
    }

    private static let saturation = 2.0

    private static func isBetter(_ left: Hit, _ right: Hit) -> Bool {
        if left.score != right.score { return left.score > right.score }
        return left.path == right.path ? left.line < right.line : left.path < right.path
    }

    /// Whether it declares what is asked about, and is of the kind that is asked for.
    private func preference(for candidate: PassageIndex.Candidate) -> Double {
        // What a file is called is what it is about.
        let stem = candidate.path.split(separator: "/").last?.prefix { $0 != "." && $0 != "+" } ?? ""
        var score = definitionScore(of: candidate)
        score += Ranking.fit(of: Definition(kind: .type, name: String(stem)), to: question)
        switch candidate.kind {
        case .test: score += question.focus == .tests ? 2 : -1
        case .document: score += question.focus == .explanation ? 0.3 : 0
        case .aside: score -= 0.5
        case .source: break
        }
        if question.isOverview, Words.vocabulary(of: candidate.path).contains("readme") {
            score += candidate.line == 1 ? 2 : 1
            score -= 0.1 * Double(candidate.path.utf8.count { $0 == UInt8(ascii: "/") })
        }
        return score
    }

    static func holds(_ words: Set<String>, _ term: Question.Term) -> Bool {
        let stem = term.stem
        if words.contains(term.folded) { return true }
        if words.contains(where: { Words.isForm($0, ofStem: stem) }) { return true }
        return term.parts.count > 1 && term.parts.allSatisfy(words.contains)
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
            // The name is a word of the question: worth most when it is what the question is about.
            if term.folded == whole {
                return kindWeight(of: definition.kind) * term.weight
                    * (0.4 + 0.6 * term.weight / max(weightTotal, 0.001))
            }
            let matches = parts.filter { Words.isForm($0, ofStem: stem) }
            if !matches.isEmpty {
                found += term.weight
                asked.formUnion(matches)
                continue
            }
            let alternatives = parts.filter { part in term.alternativeStems.contains { Words.isForm(part, ofStem: $0) }
            }
            if !alternatives.isEmpty {
                found += term.weight / 2
                asked.formUnion(alternatives)
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
