import Testing

/// The rules, applied to the repository.
@Suite struct TreeTests {
    @Test func importsKeepToTheLayers() throws {
        let files = try SourceTree.files(under: "Sources")
        #expect(!files.isEmpty)
        let findings = files.flatMap { Rules.imports($0) }
        #expect(findings == [])
    }

    @Test func coresArePure() throws {
        let files = try SourceTree.files(under: "Sources")
        #expect(Set(files.compactMap(\.target)).isSuperset(of: LayerTable.pureCores))
        let findings = files.flatMap { Rules.purity($0) }
        #expect(findings == [])
    }

    @Test func filesHoldOneIdea() throws {
        let sources = try SourceTree.files(under: "Sources").filter(\.isSwift)
        let tests = try SourceTree.files(under: "Tests").filter(\.isSwift)
        let findings = (sources + tests).flatMap { Rules.length($0) } + Rules.median(sources)
        #expect(findings == [])
    }

    @Test func testsWaitForWhatHappens() throws {
        let files = try SourceTree.files(under: "Tests")
        #expect(Set(SleepTable.allowed.keys).isSubset(of: files.map(\.path)))
        let findings = files.flatMap { Rules.sleeps($0) }
        #expect(findings == [])
    }

    @Test func locksAreTakenByOneThread() throws {
        let findings = try SourceTree.files(under: "Sources").flatMap { Rules.bareMutexes($0) }
        #expect(findings == [])
    }

    @Test func nothingIsLeftToDo() throws {
        let files = try SourceTree.files(under: "Sources", "Tests", "man", "themes") + SourceTree.documents()
        let findings = files.flatMap { Rules.leftovers($0) }
        #expect(findings == [])
    }

    @Test func noTextNamesTheMachine() throws {
        let files = try SourceTree.files(under: "Sources", "Tests", "man", "themes") + SourceTree.documents()
        let findings = files.flatMap { Rules.machinePaths($0) }
        #expect(findings == [])
    }

    @Test func theTopIsOrderly() throws {
        let findings = Rules.topLevel(try SourceTree.topLevelEntries())
        #expect(findings == [])
    }
}
