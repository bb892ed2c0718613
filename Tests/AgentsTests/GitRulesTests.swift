import Foundation
import TestKit
import Testing

@testable import Agents

/// What is listed is what `git ls-files -co --exclude-standard` lists, wherever git's rules stand.
@Suite struct GitRulesTests {
    private let top: TemporaryDirectory
    private let home: TemporaryDirectory

    init() throws { (top, home) = (try TemporaryDirectory("repo"), try TemporaryDirectory("home")) }

    private var environment: GitEnvironment { GitEnvironment(home: home.path, configuration: nil) }

    private func write(_ path: String, _ text: String = "", in root: TemporaryDirectory? = nil) throws {
        let file = (root ?? top).path(path)
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try text.write(toFile: file, atomically: true, encoding: .utf8)
    }

    @discardableResult
    private func git(_ arguments: [String], in folder: String = "") throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["git"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: top.path(folder))
        process.environment = [
            "HOME": home.path, "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            "GIT_CONFIG_NOSYSTEM": "1",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "git \(arguments)")
        return String(decoding: data, as: UTF8.self)
    }

    /// The files that git names, but for those with a dot in front of a part, which are never listed.
    private func expected(in folder: String) throws -> [String] {
        let names = try git(["ls-files", "-co", "--exclude-standard", "-z"], in: folder)
        return Set(names.split(separator: "\0").map(String.init))
            .filter { path in !path.split(separator: "/").contains { $0.hasPrefix(".") } }.sorted()
    }

    private func listed(in folder: String) throws -> [String] {
        try FileLister.list(SessionFolder(top.path(folder)), limits: LibrarianLimits(), environment: environment)
            .files.map(\.path).sorted()
    }

    @Test func rulesOfTheFoldersAboveHold() throws {
        try git(["init", "-q"])
        try write(".gitignore", "private/\n*.key\n/app/top\n")
        for file in ["app/private/a", "app/b", "app/c.key", "app/top", "app/sub/top", "private/d"] { try write(file) }
        #expect(try listed(in: "app") == ["b", "sub/top"])
        #expect(try listed(in: "app") == expected(in: "app"))
        #expect(try listed(in: "app/private") == ["a"], "who opens an ignored folder wants what is in it")
    }

    @Test func excludesOfTheRepositoryAndOfTheUserHold() throws {
        try git(["init", "-q"])
        for file in ["a.one", "a.two", "a.three", "sub/b.one", "sub/b.two"] { try write(file) }
        try write(".git/info/exclude", "*.one\n")
        try write(".config/git/ignore", "*.two\n", in: home)
        #expect(try listed(in: "sub") == [])
        #expect(try listed(in: "") == ["a.three"])
        try write(".gitconfig", "[user]\n\tname = x\n[core]\n\texcludesFile = ~/mine\n", in: home)
        try write("mine", "*.three\n", in: home)
        #expect(try listed(in: "") == ["a.two", "sub/b.two"])
        #expect(try listed(in: "") == expected(in: ""))
        // A .gitignore goes before both.
        try write(".gitignore", "!a.one\n")
        #expect(try listed(in: "") == ["a.one", "a.two", "sub/b.two"])
        #expect(try listed(in: "") == expected(in: ""))
    }

    @Test(arguments: ["2", "4"]) func whatIsUnderControlIsNeverLeftOut(version: String) throws {
        try git(["init", "-q"])
        try git(["config", "index.version", version])
        try write(".gitignore", "build/\n*.log\n")
        for file in ["build/kept", "build/deep/kept", "build/other", "x.log", "y.log", "build/deep/other"] {
            try write(file)
        }
        try git(["add", "-f", "build/kept", "build/deep/kept", "x.log"])
        #expect(try listed(in: "") == ["build/deep/kept", "build/kept", "x.log"])
        #expect(try listed(in: "") == expected(in: ""))
        #expect(try listed(in: "build") == expected(in: "build"))
    }

    @Test func aWorkingTreeBesideTheFirstHasItsOwnIndex() throws {
        try git(["init", "-q"])
        try git(["-c", "user.name=x", "-c", "user.email=x@x", "commit", "-q", "--allow-empty", "-m", "x"])
        try git(["worktree", "add", "-q", "other"])
        try write(".git/info/exclude", "*.no\n")
        for file in ["other/a", "other/b.no", "other/c.no"] { try write(file) }
        try git(["add", "-f", "c.no"], in: "other")
        #expect(try listed(in: "other") == ["a", "c.no"])
        #expect(try listed(in: "other") == expected(in: "other"))
    }

    @Test func anyRepositoryIsListedAsGitDoes() throws {
        var generator = TestSeed.current.generator(lane: 14)
        func pick(_ words: [String]) -> String { words.randomElement(using: &generator) ?? "" }
        let names = ["a", "b", "build", "x.log", "y.txt", "keep", "ünï"]
        let patterns = [
            "*.log", "build", "build/", "/a", "a/b", "!keep", "!*.log", "b/*", "**/keep", "a/**", "[ab]", "?", "!a/",
            "ünï", "*.txt", "!b/keep", "#a", "\\!x", "x.*", "a/**/b",
        ]
        for round in 0..<40 {
            try? FileManager.default.removeItem(atPath: top.path)
            try FileManager.default.createDirectory(atPath: top.path, withIntermediateDirectories: true)
            try git(["init", "-q"])
            for _ in 0..<Int.random(in: 5...40, using: &generator) {
                let parts = (0..<Int.random(in: 1...4, using: &generator)).map { _ in pick(names) }
                // A name may be a folder already.
                try? write(parts.joined(separator: "/"))
            }
            for file in [".gitignore", "a/.gitignore", "b/.gitignore", "a/b/.gitignore", ".git/info/exclude"]
            where Bool.random(using: &generator) {
                let lines = (0..<Int.random(in: 0...4, using: &generator)).map { _ in pick(patterns) }
                try? write(file, lines.joined(separator: "\n") + "\n")
            }
            for _ in 0..<3 {
                let files = try listed(in: "") + ["x.log", "a/x.log", "build/a", "b/keep"]
                if let file = files.randomElement(using: &generator),
                    FileManager.default.fileExists(atPath: top.path(file))
                {
                    try git(["add", "-f", file])
                }
            }
            #expect(try listed(in: "") == expected(in: ""), "round \(round), seed \(TestSeed.current)")
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
