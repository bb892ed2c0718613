/// The rules that the tree keeps, each a function from files to findings.
enum Rules {
    /// The longest a file may be, in lines: past that it holds more than one idea.
    static let linesMaximum = 400
    /// The most that half of the product's files may have.
    static let medianMaximum = 150

    /// Every import of a target is in its row of the table, and every target has a row.
    static func imports(_ file: SourceFile, allowed: [String: Set<String>] = LayerTable.allowed) -> [Finding] {
        guard let target = file.target else { return [] }
        guard let row = allowed[target] else {
            return [Finding(path: file.path, problem: "the layer table has no row for \(target)")]
        }
        guard file.isSwift else { return [] }
        let pattern =
            #/^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)/#
        return numberedCode(of: file).compactMap { number, line in
            guard let module = line.prefixMatch(of: pattern).map({ String($0.1) }), !row.contains(module) else {
                return nil
            }
            return Finding(path: file.path, line: number, problem: "\(target) may not import \(module)")
        }
    }

    /// A core takes time and chance as parameters and runs to its end.
    static func purity(_ file: SourceFile, cores: Set<String> = LayerTable.pureCores) -> [Finding] {
        guard let target = file.target, cores.contains(target), file.isSwift else { return [] }
        let words = [
            "async", "await", "actor", "Task", "SystemRandomNumberGenerator", "ContinuousClock", "SuspendingClock",
        ]
        let calls = ["Date", "UUID"]
        return numberedCode(of: file).flatMap { number, line -> [Finding] in
            let found =
                words.filter { line.hasWord($0) } + calls.filter { line.hasWord($0, before: "(") }.map { "\($0)()" }
                + systemRandomness(in: line)
            return found.map { Finding(path: file.path, line: number, problem: "a pure core has no \($0)") }
        }
    }

    /// Calls that draw from the system's generator because none was given.
    private static func systemRandomness(in line: Substring) -> [String] {
        let calls = [".random(", ".randomElement(", ".shuffled(", ".shuffle("]
        return calls.filter { line.contains($0) && !line.contains("using:") }.map {
            "\($0.dropFirst())) without 'using:'"
        }
    }

    /// What is left to do is in the tracker, and a failure is handled where it can happen.
    static func leftovers(_ file: SourceFile) -> [Finding] {
        let notes = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
        let inText = file.lines.enumerated().flatMap { index, line in
            notes.filter { line.hasWord($0) }.map { Finding(path: file.path, line: index + 1, problem: "a \($0)") }
        }
        guard file.isSwift else { return inText }
        return inText
            + numberedCode(of: file).filter { $1.contains("try!") }.map { number, _ in
                Finding(path: file.path, line: number, problem: "a failure is trapped with a forced try")
            }
    }

    /// No text names a folder of the machine that it was written on.
    static func machinePaths(_ file: SourceFile) -> [Finding] {
        let folders = ["/wo" + "rk/", "/ho" + "me/", "/ro" + "ot/"]
        return file.lines.enumerated().flatMap { index, line in
            folders.filter { line.contains($0) }.map {
                Finding(path: file.path, line: index + 1, problem: "names the machine's folder \($0)")
            }
        }
    }

    /// The standard library's lock, inlined into an asynchronous function, can be taken in the name of another thread.
    static func bareMutexes(_ file: SourceFile) -> [Finding] {
        // Fail points are for tests, and empty where code is inlined.
        let exempt = file.path == "Sources/Platform/Locked.swift" || file.path.hasPrefix("Sources/FailPoints/")
        guard file.path.hasPrefix("Sources/"), file.isSwift, !exempt else { return [] }
        return numberedCode(of: file).filter { $1.hasWord("Mutex") }.map { number, _ in
            Finding(path: file.path, line: number, problem: "uses Mutex; Locked is never inlined")
        }
    }

    /// A test that sleeps guesses when something will have happened: too short on a busy machine, too long elsewhere.
    static func sleeps(_ file: SourceFile, allowed: [String: SleepTable.Entry] = SleepTable.allowed) -> [Finding] {
        guard file.path.hasPrefix("Tests/"), file.isSwift else { return [] }
        let calls = ["sleep", "usleep", "nanosleep"]
        let sleeps = numberedCode(of: file).filter { _, line in calls.contains { line.hasWord($0, before: "(") } }
        let count = allowed[file.path]?.count ?? 0
        guard sleeps.count != count else { return [] }
        let problem = "the file sleeps \(sleeps.count) times; SleepTable has a reason for \(count)"
        guard sleeps.count > count else { return [Finding(path: file.path, problem: problem)] }
        return sleeps.map { number, _ in Finding(path: file.path, line: number, problem: problem) }
    }

    static func length(_ file: SourceFile) -> [Finding] {
        let count = file.lines.count
        guard count > linesMaximum else { return [] }
        return [Finding(path: file.path, problem: "has \(count) lines; \(linesMaximum) are the most")]
    }

    static func median(_ files: [SourceFile]) -> [Finding] {
        let counts = files.map(\.lines.count).sorted()
        guard !counts.isEmpty, counts[counts.count / 2] > medianMaximum else { return [] }
        let problem =
            "half of the files have more than \(counts[counts.count / 2]) lines; \(medianMaximum) are the most"
        return [Finding(path: "Sources", problem: problem)]
    }

    /// What stands at the top is what the architecture says, no more and no less.
    static func topLevel(_ entries: Set<String>, expected: Set<String> = LayerTable.topLevel) -> [Finding] {
        entries.subtracting(expected).sorted().map { Finding(path: $0, problem: "has no place at the top") }
            + expected.subtracting(entries).sorted().map { Finding(path: $0, problem: "is missing at the top") }
    }

    private static func numberedCode(of file: SourceFile) -> [(number: Int, line: Substring)] {
        CodeText.code(of: file.text).split(separator: "\n", omittingEmptySubsequences: false).enumerated().map {
            (number: $0 + 1, line: $1)
        }
    }
}

extension Substring {
    /// Whether the word stands in the text by itself, and the next character that is no space is the one given.
    func hasWord(_ word: String, before next: Character? = nil) -> Bool {
        ranges(of: word).contains { range in
            let isStart = range.lowerBound == startIndex || !self[index(before: range.lowerBound)].isPartOfName
            let rest = self[range.upperBound...]
            guard isStart, rest.first?.isPartOfName != true else { return false }
            return next == nil || rest.first { $0 != " " } == next
        }
    }
}

extension Character {
    fileprivate var isPartOfName: Bool { isLetter || isNumber || self == "_" }
}
