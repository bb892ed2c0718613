import Testing

/// Each rule on planted examples: it finds the bad one and is silent about the good one that looks like it.
@Suite struct RuleTests {
    private func file(_ text: String, at path: String = "Sources/Sync/Link.swift") -> SourceFile {
        SourceFile(path: path, text: text)
    }

    @Test(arguments: [
        "import Foundation", "public import Server", "@preconcurrency import Glibc", "  import NIOCore",
        "@_spi(Internals) @testable import Ledger", "import struct Foundation.Date", "internal import Sync2",
        "#if os(Linux)\nimport Glibc\n#endif", "import\tFoundation", "/* why */ import Foundation",
    ])
    func anImportOutsideItsRowIsFound(text: String) {
        let findings = Rules.imports(file(text))
        #expect(findings.count == 1)
        #expect(findings.first?.problem.hasPrefix("Sync may not import ") == true)
    }

    @Test(arguments: [
        "import Wire\npublic import Wire", "// import Foundation", "/// import Foundation",
        "let text = \"\"\"\n    import Foundation\n    \"\"\"", "let important = 1",
        "/* a /* b */\nimport Foundation */",
        "import Wire // and not import Foundation", "func imports() {}",
    ])
    func anImportInsideItsRowIsNot(text: String) { #expect(Rules.imports(file(text)) == []) }

    @Test func aFindingNamesTheLine() {
        let findings = Rules.imports(file("// One.\n\nimport Wire\nimport GRDB\n"))
        #expect(findings.map(\.description) == ["Sources/Sync/Link.swift:4: Sync may not import GRDB"])
    }

    @Test func aTargetWithoutARowIsFound() {
        let findings = Rules.imports(file("", at: "Sources/Other/Thing.c"))
        #expect(findings.map(\.problem) == ["the layer table has no row for Other"])
        #expect(Rules.imports(file("import Foundation", at: "Tests/SyncTests/A.swift")) == [], "tests have no layer")
    }

    /// A cycle or an import between adapters would make the table itself wrong.
    @Test func theTableHasNoWayUpwards() {
        let layers: [[String]] = [
            ["CProcess", "CMarkdown"], ["Wire", "Platform", "FailPoints"], ["Sync", "Ledger", "Screen"],
            ["SQLiteFiles"],
            ["CTerminal", "CZlib", "Terminal", "Transport", "FaultProxy", "Mirror", "Journal", "Agents"],
            ["Client", "Server", "Verify"], ["belay", "belayd"],
        ]
        #expect(Set(layers.joined()) == Set(LayerTable.allowed.keys))
        for (number, layer) in layers.enumerated() {
            let above = Set(layers[number...].joined())
            for target in layer {
                let sideways = LayerTable.allowed[target]?.intersection(above) ?? []
                let known: [String: Set<String>] = [
                    "Screen": ["Sync"], "Terminal": ["CTerminal"], "Transport": ["CZlib"],
                ]
                #expect(sideways == known[target] ?? [], "\(target)")
            }
        }
    }

    /// Each program links its own side; they meet in the protocol and below it.
    @Test func noProgramReachesTheOtherSide() {
        func reached(from program: String) -> Set<String> {
            var (reached, next): (Set<String>, Set<String>) = ([], [program])
            while !next.isEmpty {
                reached.formUnion(next)
                next = Set(next.flatMap { LayerTable.allowed[$0] ?? [] }).subtracting(reached)
            }
            return reached
        }
        let client: Set<String> = ["Client", "Mirror", "Screen", "Sync", "Terminal"]
        let server: Set<String> = ["Agents", "Journal", "Ledger", "Server"]
        #expect(reached(from: "belay").isSuperset(of: client) && reached(from: "belay").isDisjoint(with: server))
        #expect(reached(from: "belayd").isSuperset(of: server) && reached(from: "belayd").isDisjoint(with: client))
    }

    @Test(arguments: [
        ("func load() async {}", "async"), ("await work()", "await"), ("Task { }", "Task"),
        ("let now = Date()", "Date()"), ("let now = Date ()", "Date()"), ("let id = UUID()", "UUID()"),
        ("var g = SystemRandomNumberGenerator()", "SystemRandomNumberGenerator"),
        ("let c = ContinuousClock()", "ContinuousClock"), ("let c: SuspendingClock", "SuspendingClock"),
        ("Int.random(in: 0...1)", "random() without 'using:'"), ("list.shuffled()", "shuffled() without 'using:'"),
        ("let text = \"\\(Date())\"", "Date()"), ("let t = #\"\\#(Date())\"#", "Date()"), ("actor Engine {}", "actor"),
    ])
    func whatMakesACoreImpureIsFound(text: String, what: String) {
        #expect(Rules.purity(file(text)).map(\.problem) == ["a pure core has no \(what)"])
        #expect(Rules.purity(file(text, at: "Sources/Client/Engine.swift")) == [], "a shell may")
    }

    @Test(arguments: [
        "// async Task Date()", "let text = \"async Task Date()\"", "let asynchronous = 1", "struct TaskList {}",
        "func update() {}", "let date: UpDate = .init()", "Int.random(in: 0...1, using: &generator)",
        "let raw = #\"\\(Date())\"#", "let a = \"\\\"\"; let b = \" Task \"", "let Dates = 1",
    ])
    func whatOnlyLooksImpureIsNot(text: String) { #expect(Rules.purity(file(text)) == []) }

    @Test func leftoversAreFound() {
        let note = "TO" + "DO"
        let forced = "try" + "!"
        #expect(Rules.leftovers(file("// \(note): later")).map(\.problem) == ["a \(note)"])
        #expect(Rules.leftovers(file("\(note) at the start", at: "README.md")).count == 1)
        #expect(Rules.leftovers(file("let a = \(forced) load()")).map(\.line) == [1])
        #expect(Rules.leftovers(file("let \(note)List = try? load()\n// \(forced)")) == [])
    }

    @Test func machinePathsAreFound() {
        let folder = "/ho" + "me/"
        #expect(Rules.machinePaths(file("a\nb \(folder)somebody/x", at: "man/belay.1")).map(\.line) == [2])
        #expect(Rules.machinePaths(file("homework and workflow, ~/work", at: "README.md")) == [])
    }

    @Test func mutexesThatMayBeInlinedAreFound() {
        let text = "// A Mutex.\nlet state = Mutex(0)\nlet other: Mutex<Int>\nlet third = Locked(0)"
        #expect(Rules.bareMutexes(file(text, at: "Sources/Server/Daemon.swift")).map(\.line) == [2, 3])
        #expect(Rules.bareMutexes(file(text, at: "Sources/Platform/Locked.swift")) == [])
        #expect(Rules.bareMutexes(file(text, at: "Tests/SyncTests/LinkTests.swift")) == [], "built without -O")
    }

    @Test(arguments: [
        "try await Task.sleep(for: .seconds(1))", "usleep(1_000)", "Thread.sleep(forTimeInterval: 1)", "sleep (1)",
        "try? await clock.sleep(until: deadline)", "nanosleep(&time, nil)", "let a = \"\\(sleep(1))\"",
    ])
    func aSleepOfATestIsFound(text: String) {
        let path = "Tests/SyncTests/LinkTests.swift"
        let problem = "the file sleeps 1 times; SleepTable has a reason for 0"
        #expect(Rules.sleeps(file("// One.\n" + text, at: path)) == [Finding(path: path, line: 2, problem: problem)])
        #expect(Rules.sleeps(file(text)) == [], "the product may")
        #expect(Rules.sleeps(file(text, at: path), allowed: [path: .init(reason: "it is tested")]) == [])
    }

    @Test func aReasonForNoSleepAndASleepBesideTheAllowedOnesAreFound() {
        let path = "Tests/SyncTests/LinkTests.swift"
        let allowed = [path: SleepTable.Entry(count: 2, reason: "they are tested")]
        func lines(_ text: String) -> [Int] { Rules.sleeps(file(text, at: path), allowed: allowed).map(\.line) }
        #expect(lines("usleep(1)\nusleep(2)") == [])
        #expect(lines("usleep(1)") == [0])
        #expect(lines("usleep(1)\n\nusleep(2)\nusleep(3)") == [1, 3, 4])
    }

    @Test(arguments: [
        "// Task.sleep(for: .seconds(1))", "let command = \"sleep(1)\"", "func sleeps(of thread: String) {}",
        "detector.slept(1)", "let sleep = 1",
    ])
    func whatOnlyLooksLikeASleepIsNot(text: String) {
        #expect(Rules.sleeps(file(text, at: "Tests/SyncTests/LinkTests.swift")) == [])
    }

    @Test func longFilesAreFound() {
        func lines(_ count: Int) -> SourceFile { file(String(repeating: "\n", count: count)) }
        #expect(Rules.length(lines(400)) == [])
        #expect(Rules.length(lines(401)).map(\.problem) == ["has 401 lines; 400 are the most"])
        #expect(Rules.length(file("a\nb")) == [])
        #expect(file("a\nb").lines.count == 2)
        #expect(Rules.median([lines(10), lines(150), lines(399)]) == [])
        #expect(Rules.median([lines(10), lines(151), lines(399)]).count == 1)
        #expect(Rules.median([]) == [])
    }

    @Test func theTopIsWhatItShouldBe() {
        #expect(Rules.topLevel(["a", "b"], expected: ["a", "b"]) == [])
        #expect(
            Rules.topLevel(["a", "c"], expected: ["a", "b"]).map(\.description) == [
                "c: has no place at the top", "b: is missing at the top",
            ])
        #expect(SourceTree.isGenerated(".build-release"))
        #expect(!SourceTree.isGenerated(".ci"))
    }

    @Test func commentsAndStringsAreBlankedAndLinesKept() {
        let source = "a // b\n/* c /* d */\n*/ e \"f\\(g(\"h\") + i)\" #\"\\(j)\"# \"\"\"\n  k \" l\n\"\"\" m\n"
        let code = CodeText.code(of: source)
        #expect(code.utf8.count == source.utf8.count)
        #expect(code.split(separator: "\n", omittingEmptySubsequences: false).count == 6)
        #expect(code.filter { $0.isLetter } == "aegim")
    }
}
