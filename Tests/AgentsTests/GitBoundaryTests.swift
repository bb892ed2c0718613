import Foundation
import TestKit
import Testing

@testable import Agents

/// Where one repository ends and another begins, and what is tracked in each, whatever its format.
@Suite struct GitBoundaryTests {
    private let repository: GitRepository

    init() throws { repository = try GitRepository() }

    @Test func theRulesOfANestedRepositoryBeginThere() throws {
        try repository.git(["init", "-q"])
        try repository.write(".gitignore", "*.outer\n")
        for file in ["a.outer", "b", "n/a.outer", "n/b.inner", "n/c", "n/d/e.inner", "n/f.kept"] {
            try repository.write(file)
        }
        try repository.git(["init", "-q"], in: "n")
        try repository.write("n/.git/info/exclude", "*.inner\n*.kept\n")
        try repository.git(["add", "-f", "f.kept"], in: "n")
        #expect(try repository.expected() == ["b", "n/"], "to the outer one it is one entry")
        let inner = try repository.expected(in: "n")
        #expect(try repository.listed() == ["b"] + inner.map { "n/" + $0 })
        #expect(try repository.listed(in: "n") == inner)
        #expect(inner == ["a.outer", "c", "f.kept"])
        // Ignored as a whole, it is not entered.
        try repository.write(".gitignore", "n\n")
        #expect(try repository.listed() == ["a.outer", "b"])
    }

    @Test func repositoriesInAFolderThatIsNoneHaveTheirRules() throws {
        for name in ["one", "two"] {
            for file in ["a", "b"] { try repository.write("\(name)/\(file)") }
            try repository.git(["init", "-q"], in: name)
        }
        try repository.write("one/.git/info/exclude", "a\n")
        #expect(try repository.listed() == ["one/b", "two/a", "two/b"])
    }

    /// Folders and files that are called `.git` and are no repository: git goes on upward.
    @Test(arguments: [
        [".git/x": ""], [".git/HEAD": "ref: refs/heads/main\n"], [".git": ""], [".git": "gitdir: nowhere\n"],
        [".git/HEAD": "nothing\n", ".git/objects/x": "", ".git/refs/x": ""],
        [".git/HEAD": "ref: refs/heads/main\n", ".git/objects/x": ""],
    ])
    func whatIsNoRepositoryEndsNone(files: [String: String]) throws {
        try repository.git(["init", "-q"])
        try repository.write(".gitignore", "secret\n/sub/other\n")
        for file in ["sub/secret", "sub/other", "sub/keep", "sub/deep/secret", "sub/deep/keep"] {
            try repository.write(file)
        }
        for (name, text) in files { try repository.write("sub/" + name, text) }
        #expect(try repository.listed() == ["sub/deep/keep", "sub/keep"])
        #expect(try repository.listed() == repository.expected())
        #expect(try repository.listed(in: "sub") == ["deep/keep", "keep"])
        #expect(try repository.listed(in: "sub/deep") == ["keep"])
    }

    /// Indexes of each format, with files that are added, taken out and changed after a split.
    @Test(arguments: ["sha1 2", "sha1 4", "sha256 2", "sha256 4"], [false, true])
    func whatIsTrackedIsListedInEveryFormat(format: String, isSplit: Bool) throws {
        let (hash, version) = (String(format.split(separator: " ")[0]), String(format.split(separator: " ")[1]))
        try repository.git(["init", "-q", "--object-format=\(hash)"])
        try repository.git(["config", "index.version", version])
        try repository.write(".gitignore", "build/\n*.log\n")
        for number in 0..<150 { try repository.write("build/\(number)", "\(number)") }
        try repository.write("x.log")
        try repository.git(["add", "-f", "."])
        if isSplit {
            try repository.git(["config", "core.splitIndex", "true"])
            try repository.git(["config", "splitIndex.maxPercentChange", "100"])
            try repository.git(["update-index", "--split-index"])
        }
        try repository.git(["rm", "-q", "--cached", "x.log"] + (3..<133).map { "build/\($0)" })
        try repository.write("build/140", "changed")
        try repository.write("build/new", "new")
        try repository.git(["add", "-f", "build/140", "build/new"])
        let names = try FileManager.default.contentsOfDirectory(atPath: repository.top.path(".git"))
        #expect(names.contains { $0.hasPrefix("sharedindex.") } == isSplit)
        #expect(try repository.listed() == repository.expected())
        #expect(try repository.listed().contains("build/140") && !repository.listed().contains("build/40"))
    }

    /// A bound that is reached leaves the folder out, and the user is told.
    @Test(arguments: [
        String(repeating: "x\n", count: GitIgnore.patternsMaximum) + "secret\n",
        "secret\n" + String(repeating: "x\n", count: GitIgnore.patternsMaximum),
        String(repeating: "#", count: FileLister.ignoreFileBytesMaximum) + "\nsecret\n",
    ])
    func rulesThatAreTooLargeExcludeTheirFolder(rules: String) throws {
        try repository.git(["init", "-q"])
        for file in ["a", "sub/a", "sub/deep/secret"] { try repository.write(file) }
        try repository.write("sub/.gitignore", rules)
        #expect(try repository.listed() == ["a"])
        #expect(try repository.listing().skipped == [Listing.Skipped(path: "sub", reason: .gitRules)])
        for folder in ["sub", "sub/deep"] {
            #expect(try repository.listed(in: folder).isEmpty)
            #expect(try repository.listing(in: folder).skipped == [Listing.Skipped(path: ".", reason: .gitRules)])
        }
        try repository.write("sub/.gitignore", "")
        try repository.write(".git/info/exclude", rules)
        #expect(try repository.listing().skipped == [Listing.Skipped(path: ".", reason: .gitRules)])
    }

    @Test func aFolderFarBelowTheTopHasItsRules() throws {
        try repository.git(["init", "-q"])
        try repository.write(".gitignore", "secret\n")
        let folder = (0..<100).map { "d\($0)" }.joined(separator: "/")
        for file in ["secret", "keep"] { try repository.write(folder + "/" + file) }
        #expect(try repository.listed(in: folder) == ["keep"])
    }
}
