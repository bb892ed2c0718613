/// The text of an answer: a pure function of the question and the recorded findings, so that a resumed turn continues
/// the same text.
struct Answer: Hashable, Sendable {
    /// The heading above the sources, by which a follow-up question finds them.
    private static let sourcesHeading = "Sources:"

    private(set) var paragraphs: [String] = []

    var text: String { paragraphs.joined(separator: "\n\n") + "\n" }

    /// The answer to a question.
    init(_ question: Question, _ findings: Findings) {
        guard !findings.reads.isEmpty else {
            paragraphs = Answer.nothing(question, findings)
            return
        }
        let quotes = Answer.quotes(question, findings)
        paragraphs.append(Answer.lead(quotes[0], question) + Answer.missing(question, findings))
        paragraphs += Answer.notes(findings)
        for quote in quotes.prefix(findings.length.quotes) {
            let block = Markdown.block(quote.lines, language: Markdown.language(of: quote.path))
            let context = quote.context.map { ", in \(Markdown.code($0))" } ?? ""
            paragraphs.append("\(Markdown.code(quote.source))\(context)\n\n\(block)")
        }
        let sources = quotes.prefix(findings.length.sources).map { "- \(Markdown.code($0.source))" }
        paragraphs.append(([Answer.sourcesHeading, ""] + sources).joined(separator: "\n"))
        paragraphs.append(Answer.scope(findings))
    }

    /// The list of files.
    init(filesUnder folder: String?, _ findings: Findings) {
        let place = Markdown.code(folder ?? findings.directory)
        let count = findings.filesListed
        guard count > 0 else {
            paragraphs = ["There are no files under \(place)."] + Answer.omissions(findings)
            return
        }
        paragraphs.append(count == 1 ? "There is one file under \(place)." : "There are \(count) files under \(place).")
        var lines = findings.paths.map { "- \(Markdown.code($0))" }
        if count > lines.count { lines.append("- … and \(count - lines.count) more") }
        paragraphs.append(lines.joined(separator: "\n"))
        paragraphs += Answer.omissions(findings)
    }

    /// An answer of one sentence or a few.
    init(_ paragraphs: String...) { self.paragraphs = paragraphs }

    /// The first source that an answer names.
    static func firstSource(in text: String) -> String? {
        guard let heading = text.firstRange(of: sourcesHeading + "\n\n- `") else { return nil }
        let source = text[heading.upperBound...].prefix { $0 != "`" && $0 != "\n" }
        guard let colon = source.lastIndex(of: ":") else { return nil }
        return String(source[..<colon])
    }
}

extension Answer {
    /// The quotes of the best passages. A question about tests is answered with tests, if there are any.
    private static func quotes(_ question: Question, _ findings: Findings) -> [Quote] {
        let quotes = findings.reads.map {
            Quote(
                $0.passage, path: $0.path, scope: $0.scope, question: question, length: findings.length.quotedLines)
        }
        guard question.focus == .tests else { return quotes }
        return quotes.filter { FileKind(path: $0.path) == .test } + quotes.filter { FileKind(path: $0.path) != .test }
    }

    /// One sentence that says where the best passage is and what it is.
    private static func lead(_ quote: Quote, _ question: Question) -> String {
        let source = Markdown.code(quote.source)
        let before = question.previous.map { "Going on from “\(excerpt($0))”: " } ?? ""
        let after = quote.summary.map { ": " + Markdown.printable($0) } ?? "."
        let isTest = FileKind(path: quote.path) == .test
        if question.focus == .tests, !isTest {
            return before + "I found no test of this. The closest passage is \(source)" + after
        }
        if question.isOverview, !quote.path.lowercased().contains("readme") {
            return before + "I found no file that introduces this folder. The closest passage is \(source)" + after
        }
        guard let definition = quote.definition else {
            let verb = question.focus == .tests ? "is the closest test" : "fits best"
            return before + "\(source) \(verb)" + after
        }
        let name = Markdown.code(definition.name)
        if question.focus == .tests { return before + "\(name) is the closest test, in \(source)" + after }
        switch definition.kind {
        case .heading: return before + "“\(Markdown.printable(definition.name))” in \(source)" + after
        case .type, .function, .value: return before + "\(name) is declared in \(source)" + after
        case .extension: return before + "\(name) is extended in \(source)" + after
        }
    }

    /// A sentence about the words of the question that are in no passage; empty when all are.
    private static func missing(_ question: Question, _ findings: Findings) -> String {
        var words: Set<String> = []
        for read in findings.reads {
            words.formUnion(Words.vocabulary(of: read.passage.text))
            words.formUnion(Words.vocabulary(of: read.path))
        }
        let own = question.terms.filter { $0.weight == 1 }
        // Of a word that is searched as several terms, one is enough.
        let found = Set(own.filter { Ranking.holds(words, $0) }.map(\.written))
        let missing = Question.written(own.filter { !found.contains($0.written) })
        guard !missing.isEmpty, !question.isOverview else { return "" }
        return " Nothing that I read mentions \(quoted(missing))."
    }

    private static func nothing(_ question: Question, _ findings: Findings) -> [String] {
        let place = Markdown.code(findings.directory)
        if !findings.failures.isEmpty {
            let reasons = findings.failures.map { "- \($0)" }.joined(separator: "\n")
            return ["I found passages, but could not read them:", reasons] + notes(findings) + omissions(findings)
        }
        let what = question.terms.isEmpty ? "that" : quoted(Question.written(question.terms))
        return ["I found nothing about \(what) under \(place)."] + notes(findings) + [scope(findings)]
    }

    private static func notes(_ findings: Findings) -> [String] {
        guard !findings.notes.isEmpty else { return [] }
        let items = findings.notes.prefix(5).map { note in
            note.key.hasPrefix("note.")
                ? "- \(Markdown.printable(note.value))"
                : "- \(Markdown.code(note.key)): \(Markdown.printable(note.value))"
        }
        return ["You asked me to remember:\n\n" + items.joined(separator: "\n")]
    }

    /// A sentence about what was searched, and what was skipped.
    private static func scope(_ findings: Findings) -> String {
        let count = findings.filesSearched
        let searched = "I searched \(count) \(count == 1 ? "file" : "files")."
        return ([searched] + omissions(findings)).joined(separator: " ")
    }

    private static func omissions(_ findings: Findings) -> [String] {
        var sentences: [String] = []
        switch findings.limit {
        case nil: break
        case .files, .entries: sentences.append("The folder has more files than I look at: the rest is left out.")
        case .bytes: sentences.append("The files are larger together than what I look at: the rest is left out.")
        }
        if let skipped = findings.skipped.sentence(naming: findings.length == .short ? 0 : 3) {
            sentences.append(skipped)
        }
        return sentences
    }

    private static func quoted(_ words: [String]) -> String {
        let words = words.map { "“\(Markdown.printable($0))”" }
        guard words.count > 1, let last = words.last else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }

    private static func excerpt(_ text: String) -> String {
        let text = Markdown.printable(text)
        return text.count > 120 ? text.prefix(120) + "…" : text
    }
}
