import Wire

/// Everything that an answer is made of, decoded from the records of the steps.
///
/// The turn that recorded them decodes them too, so there is one code path to an answer, and a resumed turn comes to
/// the same one.
struct Findings: Hashable, Sendable {
    /// How long answers are to be.
    enum Length: String, Hashable, Sendable {
        case short, normal, long

        /// How many lines are quoted from one place.
        var quotedLines: Int {
            switch self {
            case .short: 5
            case .normal: 10
            case .long: 20
            }
        }

        /// How many places are quoted.
        var quotes: Int {
            switch self {
            case .short: 0
            case .normal: 3
            case .long: 6
            }
        }

        /// How many sources are named.
        var sources: Int { self == .short ? 3 : 6 }
    }

    /// A passage with the text that was read.
    struct Read: Hashable, Sendable {
        var path: String
        var passage: Passage
        /// What its first line is in: a declaration, or the part below a heading.
        var scope: String?
    }

    var directory: String
    var length = Length.normal
    /// What the user asked to remember about the subject.
    var notes: [(key: String, value: String)] {
        variables.filter { $0.key != Memory.answersKey }.map { ($0.key, $0.value) }
    }
    /// The recalled memory variables, in order.
    var variables: [Variable] = []
    var variablesCount = 0
    var reads: [Read] = []
    /// Why passages that were found could not be read.
    var failures: [String] = []
    var filesSearched = 0
    var filesListed = 0
    var paths: [String] = []
    var limit: Listing.Limit?
    var skipped: SkippedFiles

    /// A memory variable as text.
    struct Variable: Hashable, Sendable {
        var key: String
        var value: String
    }

    /// Decodes the records of a turn.
    init(_ record: TurnRecord) {
        directory = record.turn.directory
        let recalled = record.recorded(.recall)?.rawOutput
        variables = (recalled?["variables"]?.members ?? []).map {
            Variable(key: $0.key, value: Memory.text(of: $0.value))
        }
        variablesCount = Int(clamping: recalled?["count"]?.integer(in: .count) ?? 0)
        length = variables.first { $0.key == Memory.answersKey }.flatMap { Length(rawValue: $0.value) } ?? .normal

        let list = record.recorded(.listFiles)?.rawOutput
        filesListed = Int(clamping: list?["files"]?.integer(in: .count) ?? 0)
        paths = (list?["paths"]?.array ?? []).compactMap(\.string)
        limit = list?["limit"]?.string.flatMap(Listing.Limit.init)

        let search = record.recorded(.search)?.rawOutput
        filesSearched = Int(clamping: search?["files"]?.integer(in: .count) ?? 0)
        skipped = SkippedFiles(json: list?["skipped"]) + SkippedFiles(json: search?["skipped"])

        var number = 1
        while let call = record.recorded(.readFile, number) {
            number += 1
            let path = call.rawInput?["path"]?.string ?? ""
            if call.status == .completed, let output = call.rawOutput, let line = output["line"]?.integer(in: .count),
                let lines = output["lines"]?.array?.compactMap(\.string), !lines.isEmpty
            {
                let passage = Passage(line: Int(clamping: line), lines: lines)
                reads.append(Read(path: path, passage: passage, scope: output["in"]?.string))
            } else if let reason = call.rawOutput?["error"]?.string {
                failures.append("\(Markdown.code(path)): \(reason)")
            }
        }
    }
}
