import Foundation
import TestKit
import Testing

@testable import Agents

/// The configuration is what `git config --list` prints, and what it excludes is not listed.
@Suite struct GitConfigTests {
    private let repository: GitRepository

    init() throws { repository = try GitRepository() }

    private func start(_ configuration: String, files: [String] = ["keep", "secret", "sub/secret"]) throws {
        try repository.git(["init", "-q"])
        for file in files { try repository.write(file) }
        try repository.write("ex", "secret\n", in: repository.home)
        try repository.write(".gitconfig", configuration, in: repository.home)
    }

    private func expectAsGit() throws {
        #expect(try repository.listed() == repository.expected())
        #expect(try repository.listed() == ["keep"])
    }

    /// A file of the user that names its excludes file in some form of the syntax.
    @Test(arguments: [
        "[core] excludesFile = ~/ex\n", "[core]excludesFile=~/ex", "[CORE]\nEXCLUDESFILE=~/ex\n",
        "[core]\n\texcludesFile = ~/ex # comment\n", "[core]\n\texcludesFile = ~/ex ; comment\n",
        "[core]\n\texcludesFile = \"~/ex\"\n", "[core]\n\texcludesFile = ~/\"e\"x\n",
        "[core]\n\texcludesFile = \"~/ex\" # a\n", "[core]\n\texcludesFile = ~/\\\nex\n",
        "[core]\n\texcludesFile = \\\r\n~/ex\r\n", "\u{FEFF}[core]\n\texcludesFile = ~/ex\n",
        "# [core]\n; x\n[core] ; c\n  excludesFile = ~/ex\n", "[core] # c\nexcludesFile\t=\t~/ex\t\n",
        "[core \"x\"]\nexcludesFile = /none\n[core]\nexcludesFile = ~/ex\n[core \"y\"]\nexcludesFile = /none\n",
        "[core.x]\nexcludesFile = /none\n[core]\nexcludesFile = /none\nexcludesFile = ~/ex\n",
        "[user]\nname = a\u{2028}[core]\u{2028}excludesFile = /none\n[core]\nexcludesFile = ~/ex\n",
        "[user]\nname = a\u{0B}b\u{0C}c\rd\u{85}e\n[core]\nexcludesFile = ~/ex\n",
        "[alias]\nx = \"a\\n[core]\\n\\\"#;\" # b\n[core]\nexcludesFile = ~/ex\n",
    ])
    func excludesFileIsFoundInEveryForm(configuration: String) throws {
        try start(configuration)
        try expectAsGit()
    }

    @Test func aRelativeExcludesFileCountsFromTheTop() throws {
        try start("[core] excludesFile = mine\n")
        try repository.write("mine", "secret\nmine\n")
        try expectAsGit()
        #expect(try repository.listed(in: "sub") == repository.expected(in: "sub"))
    }

    @Test func anEmptyExcludesFileIsNone() throws {
        try start("[core] excludesFile =\n")
        try repository.write(".config/git/ignore", "secret\n", in: repository.home)
        #expect(try repository.listed() == repository.expected())
        #expect(try repository.listed() == ["keep", "secret", "sub/secret"])
    }

    /// Each with what the included file has, and where it is.
    @Test(arguments: [
        ("[include] path = more\n", "more"), ("[include]\npath = ~/d/more\n", "d/more"),
        ("[includeIf \"gitdir:TOP/\"] path = more\n", "more"), ("[includeIf \"gitdir:TOP/.git\"]\npath=more\n", "more"),
        ("[includeIf \"gitdir:**/.git\"]\npath=more\n", "more"), ("[includeIf \"gitdir:.git\"]\npath=more\n", "more"),
        ("[includeIf \"gitdir/i:UPPER/\"]\npath=more\n", "more"), ("[includeIf \"onbranch:ma*\"]\npath=more\n", "more"),
        ("[includeIf \"hasconfig:remote.*.url:https://**\"]\npath=more\n[remote \"o\"]\nurl=https://x/y\n", "more"),
        ("[include] path = more\n[includeIf \"gitdir:/none/\"] path = none\n", "more"),
    ])
    func includedFilesCount(configuration: String, file: String) throws {
        let top = try #require(GitEnvironment.realPath(repository.top.path))
        let text = configuration.replacing("TOP", with: top).replacing("UPPER", with: top.uppercased())
        try start(text)
        try repository.git(["symbolic-ref", "HEAD", "refs/heads/main"])
        try repository.write(file, "[core] excludesFile = ~/ex\n", in: repository.home)
        try repository.write("none", "[core] excludesFile = /none\n", in: repository.home)
        try expectAsGit()
        // The same in the configuration of the repository.
        try repository.write(".gitconfig", "", in: repository.home)
        let own = try String(contentsOfFile: repository.top.path(".git/config"), encoding: .utf8)
        try repository.write(
            ".git/config", own + text.replacing("= more", with: "=more").replacing("=more", with: "=~/more"))
        try expectAsGit()
    }

    @Test func laterFilesWin() throws {
        try start("[core] excludesFile = /none\n")
        let system = repository.home.path("system")
        try repository.write("system", "[core] excludesFile = ~/ex\n", in: repository.home)
        var environment = repository.environment
        environment.system = system
        func listed() throws -> [String] {
            try FileLister.list(SessionFolder(repository.top.path), limits: LibrarianLimits(), environment: environment)
                .files.map(\.path)
        }
        #expect(try listed() == ["keep", "secret", "sub/secret"], "the user's replaces the machine's")
        try repository.write(".gitconfig", "", in: repository.home)
        #expect(try listed() == ["keep"])
        try repository.git(["config", "core.excludesFile", "/none"])
        #expect(try listed() == ["keep", "secret", "sub/secret"], "the repository's replaces both")
        try repository.git(["config", "extensions.worktreeConfig", "true"])
        try repository.git(["config", "--worktree", "core.excludesFile", "~/ex"])
        #expect(try listed() == ["keep"], "the working tree's replaces all")
        try expectAsGit()
    }

    @Test(arguments: ["SECRET", "/secret\nSUB/S*T", "[[:upper:]]ecret", "[A-Z]ecret", "[s]ECRET", "**/SECRE?"])
    func theCaseIsIgnoredWhereTheRepositorySaysSo(patterns: String) throws {
        try start("")
        try repository.git(["config", "core.ignoreCase", "true"])
        try repository.write(".git/info/exclude", patterns + "\n")
        try expectAsGit()
    }

    /// What git refuses to work with, and what exceeds a bound: nothing is listed, and the user is told.
    @Test(arguments: [
        "[core\nexcludesFile = ~/ex\n", "[core]\nexcludesFile = \"~/ex\n", "[core]\nexcludesFile = ~/\\ex\n",
        "[core]\nexcludesFile\n", "[core]\nignoreCase = perhaps\n", "excludes File = x\n", "[include] path\n",
        "[include]\npath = .gitconfig\n", "[core]\nexcludesFile = ~nobodyOfThatName/ex\n",
    ])
    func whatCannotBeReadExcludesAll(configuration: String) throws {
        try start(configuration)
        #expect(try repository.run(["ls-files", "-co", "--exclude-standard"]).status != 0)
        #expect(try repository.listed().isEmpty)
        #expect(try repository.listing().skipped == [Listing.Skipped(path: ".", reason: .gitRules)])
    }

    @Test func aConfigurationThatIsTooLargeExcludesAll() throws {
        try start("#" + String(repeating: "x", count: FileLister.ignoreFileBytesMaximum) + "\n")
        #expect(try repository.listing().skipped == [Listing.Skipped(path: ".", reason: .gitRules)])
        // Each of these files includes the next one many times.
        try start((0..<GitConfig.filesMaximum).map { _ in "[include] path = a\n" }.joined())
        try repository.write("a", "[core] ignoreCase = false\n", in: repository.home)
        #expect(try repository.listing().skipped == [Listing.Skipped(path: ".", reason: .gitRules)])
    }

    @Test func anyConfigurationIsReadAsGitDoes() throws {
        try repository.git(["init", "-q"])
        var generator = TestSeed.current.generator(lane: 15)
        let pieces = [
            "[core]", "[a \"b\\\"c\"]", "[x.y]", "[a", "]", "\"", "\\", "\\n", "\\t", "\\\\", "\\\n", "\n", "\n", "\n",
            "\r\n", "\r", " ", "\t", "=", " = ", "#", ";", "key", "Name-1", "ü", "\u{2028}", "\u{0B}", "\u{0C}", "true",
            "v\"a;b\"", "\n[core]\n", "\nkey = value\n", "key", "[A]\n",
        ]
        for _ in 0..<300 {
            let count = Int.random(in: 0...12, using: &generator)
            let text = (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            try repository.write("any", text)
            let (status, output) = try repository.run(["config", "--list", "-z", "--file", "any"])
            let settings = try? GitConfigSyntax.settings(in: Array(text.utf8))
            #expect((settings != nil) == (status == 0), "\(text.debugDescription), seed \(TestSeed.current)")
            guard status == 0, let settings else { continue }
            // Whether git keeps tabs within a value or makes spaces of them depends on its version.
            let (own, other) = (Self.plain(settings.map(Self.shown).joined()), Self.plain(output))
            #expect(own == other, "\(text.debugDescription), seed \(TestSeed.current)")
        }
    }

    private static func plain(_ text: String) -> [UInt8] { text.utf8.map { [0x09, 0x0D].contains($0) ? 0x20 : $0 } }

    private static func shown(_ setting: GitConfigSyntax.Setting) -> String {
        let parts = [setting.section, setting.subsection.map { String(decoding: $0, as: UTF8.self) }, setting.name]
        let key = parts.compactMap(\.self).filter { !$0.isEmpty }.joined(separator: ".")
        return key + (setting.value.map { "\n" + String(decoding: $0, as: UTF8.self) } ?? "") + "\0"
    }
}
