import Foundation
import TestKit
import Testing

@testable import Agents

/// What is listed is what `git ls-files -co --exclude-standard` lists, wherever git's rules stand.
@Suite struct GitRulesTests {
    private let repository: GitRepository

    init() throws { repository = try GitRepository() }

    @Test func rulesOfTheFoldersAboveHold() throws {
        try repository.git(["init", "-q"])
        try repository.write(".gitignore", "private/\n*.key\n/app/top\n")
        for file in ["app/private/a", "app/b", "app/c.key", "app/top", "app/sub/top", "private/d"] {
            try repository.write(file)
        }
        #expect(try repository.listed(in: "app") == ["b", "sub/top"])
        #expect(try repository.listed(in: "app") == repository.expected(in: "app"))
        #expect(try repository.listed(in: "app/private") == ["a"], "who opens an ignored folder wants what is in it")
    }

    @Test func excludesOfTheRepositoryAndOfTheUserHold() throws {
        try repository.git(["init", "-q"])
        for file in ["a.one", "a.two", "a.three", "sub/b.one", "sub/b.two"] { try repository.write(file) }
        try repository.write(".git/info/exclude", "*.one\n")
        try repository.write(".config/git/ignore", "*.two\n", in: repository.home)
        #expect(try repository.listed(in: "sub") == [])
        #expect(try repository.listed(in: "") == ["a.three"])
        try repository.write(".gitconfig", "[user]\n\tname = x\n[core]\n\texcludesFile = ~/mine\n", in: repository.home)
        try repository.write("mine", "*.three\n", in: repository.home)
        #expect(try repository.listed(in: "") == ["a.two", "sub/b.two"])
        #expect(try repository.listed(in: "") == repository.expected(in: ""))
        // A .gitignore goes before both.
        try repository.write(".gitignore", "!a.one\n")
        #expect(try repository.listed(in: "") == ["a.one", "a.two", "sub/b.two"])
        #expect(try repository.listed(in: "") == repository.expected(in: ""))
    }

    @Test(arguments: ["2", "4"]) func whatIsUnderControlIsNeverLeftOut(version: String) throws {
        try repository.git(["init", "-q"])
        try repository.git(["config", "index.version", version])
        try repository.write(".gitignore", "build/\n*.log\n")
        for file in ["build/kept", "build/deep/kept", "build/other", "x.log", "y.log", "build/deep/other"] {
            try repository.write(file)
        }
        try repository.git(["add", "-f", "build/kept", "build/deep/kept", "x.log"])
        #expect(try repository.listed(in: "") == ["build/deep/kept", "build/kept", "x.log"])
        #expect(try repository.listed(in: "") == repository.expected(in: ""))
        #expect(try repository.listed(in: "build") == repository.expected(in: "build"))
    }

    @Test func aWorkingTreeBesideTheFirstHasItsOwnIndex() throws {
        try repository.git(["init", "-q"])
        try repository.git(["-c", "user.name=x", "-c", "user.email=x@x", "commit", "-q", "--allow-empty", "-m", "x"])
        try repository.git(["worktree", "add", "-q", "other"])
        try repository.write(".git/info/exclude", "*.no\n")
        for file in ["other/a", "other/b.no", "other/c.no"] { try repository.write(file) }
        try repository.git(["add", "-f", "c.no"], in: "other")
        #expect(try repository.listed(in: "other") == ["a", "c.no"])
        #expect(try repository.listed(in: "other") == repository.expected(in: "other"))
    }

    @Test func anyRepositoryIsListedAsGitDoes() throws {
        var generator = TestSeed.current.generator(lane: 14)
        func pick(_ words: [String]) -> String { words.randomElement(using: &generator) ?? "" }
        let names = ["a", "b", "build", "x.log", "y.txt", "keep", "ünï"]
        let patterns = [
            "*.log", "build", "build/", "/a", "a/b", "!keep", "!*.log", "b/*", "**/keep", "a/**", "[ab]", "?", "!a/",
            "ünï", "*.txt", "!b/keep", "#a", "\\!x", "x.*", "a/**/b", "b**/keep", "[Z-b]", "/b**", "**/[[:alpha:]]",
            "[]-b]", "x\\.log", "bu**d/***/a",
        ]
        for round in 0..<40 {
            try? FileManager.default.removeItem(atPath: repository.top.path)
            try FileManager.default.createDirectory(atPath: repository.top.path, withIntermediateDirectories: true)
            try repository.git(["init", "-q"])
            for _ in 0..<Int.random(in: 5...40, using: &generator) {
                let parts = (0..<Int.random(in: 1...4, using: &generator)).map { _ in pick(names) }
                // A name may be a folder already.
                try? repository.write(parts.joined(separator: "/"))
            }
            for file in [".gitignore", "a/.gitignore", "b/.gitignore", "a/b/.gitignore", ".git/info/exclude"]
            where Bool.random(using: &generator) {
                let lines = (0..<Int.random(in: 0...4, using: &generator)).map { _ in pick(patterns) }
                try? repository.write(file, lines.joined(separator: "\n") + "\n")
            }
            for _ in 0..<3 {
                let files = try repository.listed(in: "") + ["x.log", "a/x.log", "build/a", "b/keep"]
                if let file = files.randomElement(using: &generator),
                    FileManager.default.fileExists(atPath: repository.top.path(file))
                {
                    try repository.git(["add", "-f", file])
                }
            }
            #expect(
                try repository.listed(in: "") == repository.expected(in: ""), "round \(round), seed \(TestSeed.current)"
            )
        }
    }

    @Test func anIndexThatMakesNoSenseIsNone() {
        var generator = TestSeed.current.generator(lane: 14)
        for length in 0..<300 {
            var bytes = Array("DIRC".utf8) + [0, 0, 0, UInt8(2 + length % 3), 0, 0, 0, 9]
            bytes += (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            _ = GitIndex(bytes)
            _ = GitIndex(Array(bytes.prefix(length)))
        }
        #expect(!GitIndex([]).has([[0x61]]))
    }
}
