/// Where in a passage the words of a question stand, and how often.
struct PassageFields: Hashable, Sendable {
    /// How much a word counts in each field: in the path, in a name that is declared, in a comment or heading, and elsewhere.
    private static let (path, name, comment, text) = (3.0, 4.0, 2.0, 1.0)
    /// How many times a word counts in the text of a passage at most.
    private static let timesMaximum = 4.0

    /// The weighted number of each word of the question.
    let counts: [Double]

    init(_ candidate: PassageIndex.Candidate, _ question: Question) {
        let isMarkdown = FileKind.isMarkdown(candidate.path)
        let path = Words.vocabulary(of: candidate.path)
        let lines = candidate.text.lines.map { line in
            (
                words: Words.vocabulary(of: line), isComment: isMarkdown ? line.hasPrefix("#") : Prose.isComment(line),
                name: Definitions.definition(in: line, isMarkdown: isMarkdown).map { Words.vocabulary(of: $0.name) }
                    ?? []
            )
        }
        func count(_ isHeld: (Set<String>) -> Bool) -> Double {
            var times = 0.0
            var isName = false
            for line in lines where isHeld(line.words) {
                times += line.isComment ? Self.comment : Self.text
                isName = isName || isHeld(line.name)
            }
            return (isHeld(path) ? Self.path : 0) + min(times, Self.timesMaximum) + (isName ? Self.name : 0)
        }
        counts = question.terms.map { term in
            let stems = term.alternativeStems
            let others =
                stems.isEmpty
                ? 0 : count { words in stems.contains { stem in words.contains { Words.isForm($0, ofStem: stem) } } }
            return count { Ranking.holds($0, term) } + others / 2
        }
    }
}
