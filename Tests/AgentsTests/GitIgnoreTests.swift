import Testing

@testable import Agents

/// The rules of gitignore(5), one line each. Every verdict was compared with `git check-ignore`; they differ only on
/// `/*` and `a/b`, which git ignores because it ignores `a`: here the walk never gets there.
@Suite struct GitIgnoreTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var file: String
        var path: String
        var isIgnored: Bool
        var testDescription: String { "\(file.debugDescription) on \(path)" }

        init(_ file: String, _ path: String, _ isIgnored: Bool) {
            self.file = file
            self.path = path
            self.isIgnored = isIgnored
        }
    }

    /// A path that ends in a slash is a folder.
    static let cases = [
        Case("", "a", false), Case("# a\n\n", "a", false), Case("a", "a", true), Case("a", "ab", false),
        Case("a", "b/a", true), Case("a", "a/", true), Case("a\r\n", "a", true), Case("\u{FEFF}a", "a", true),
        Case("a/", "a", false), Case("a/", "a/", true), Case("a/", "b/a/", true),
        Case("/a", "a", true), Case("/a", "b/a", false), Case("a/b", "a/b", true), Case("a/b", "c/a/b", false),
        Case("*.o", "x.o", true), Case("*.o", "d/x.o", true), Case("*.o", "x.oo", false), Case("*", "x", true),
        Case("a*", "a", true), Case("a*b*c", "aXXbYYc", true), Case("a*b*c", "aXXbYY", false),
        Case("d/*.o", "d/x.o", true), Case("d/*.o", "d/e/x.o", false), Case("/*", "a", true), Case("/*", "a/b", false),
        Case("?", "a", true), Case("?", "ab", false), Case("a?c", "a/c", false),
        Case("[ab]", "b", true), Case("[!ab]", "b", false), Case("[^ab]", "c", true), Case("[a-c]x", "bx", true),
        Case("[a-c]x", "dx", false), Case("[]a]", "]", true), Case("[a", "[a", false), Case("[[:digit:]]", "7", true),
        Case("[[:digit:]]", "x", false), Case("[a\\]]", "]", true), Case("[a-]", "-", true),
        Case("\\#a", "#a", true), Case("\\!a", "!a", true), Case("\\*", "*", true), Case("\\*", "x", false),
        Case("a ", "a", true), Case("a\\ ", "a ", true), Case("a\\ ", "a", false), Case(" a", " a", true),
        Case("**/a", "a", true), Case("**/a", "x/y/a", true), Case("**/a/b", "x/a/b", true),
        Case("a/**", "a/", false), Case("a/**", "a/x", true), Case("a/**", "a/x/y", true),
        Case("a/**/b", "a/b", true), Case("a/**/b", "a/x/y/b", true), Case("a/**/b", "a/xb", false),
        Case("a**b", "axxb", true), Case("a**b", "a/b", false), Case("**", "a", true), Case("**/", "a", false),
        Case("*.o\n!x.o", "x.o", false), Case("*.o\n!x.o", "y.o", true), Case("!x.o\n*.o", "x.o", true),
        Case("[Z-A]*", "Zx", true), Case("[Z-A]*", "Ax", false), Case("[Z-A]*", "Mx", false),
        Case("[z-a-c]", "-", true),
        Case("[[:upper:]-z]", "-", true), Case("[[:nothing:]]", "n", false), Case("[[:]", ":", true),
        Case("[\\]-a]", "^", true), Case("[--0]", "0", true), Case("a[/]b", "a/b", false), Case("a[!x]b", "a/b", false),
        Case("dir**/foo", "dir/sub/foo", true), Case("dir**/foo", "dirfoo", true), Case("dir**/foo", "dirx/foo", true),
        Case("d?r**/foo", "dir/sub/foo", false), Case("d?r**/foo", "dirx/foo", true), Case("a/b**", "a/bx/y", true),
        Case("a/***/b", "a/x/y/b", true), Case("**\\/b", "x/y/b", true), Case("a\\", "a", false),
        Case("a\u{0}b", "a", true), Case("a\u{0}b", "ab", false), Case("\u{0}a", "a", false),
        Case("a \u{0}b", "a", true),
        Case("a\u{2028}b", "a", false), Case("a\u{0C}b", "b", false), Case("a\rb", "a", false),
        Case("a\r\r\n", "a", false),
        Case("a\n!a\na", "a", true), Case("!", "a", false), Case("/", "a", false), Case("ä?", "äx", true),
    ]

    @Test(arguments: cases)
    func verdict(_ example: Case) {
        let isFolder = example.path.hasSuffix("/")
        let path = Array((isFolder ? String(example.path.dropLast()) : example.path).utf8)
            .split(separator: UInt8(ascii: "/"))
        let file = GitIgnore(Array(example.file.utf8))
        #expect([file].ignores(path, isFolder: isFolder) == example.isIgnored)
    }

    @Test func innermostFileDecides() {
        let files = [GitIgnore(Array("*.o\n".utf8)), nil, GitIgnore(Array("!keep.o\n/here\n".utf8))]
        func verdict(_ path: String) -> Bool {
            files.ignores(path.utf8.split(separator: 0x2F).map { ArraySlice($0) }, isFolder: false)
        }
        #expect(verdict("a/b/x.o"))
        #expect(!verdict("a/b/keep.o"))
        #expect(verdict("a/b/here"))
        #expect(!verdict("a/b/c/here"))
    }

    /// With backtracking at every star this would not end before the sun does.
    @Test(.timeLimit(.minutes(1)))
    func hostilePatternsEnd() {
        let stars = Glob(Array(String(repeating: "a*", count: 5000) + "b").map { $0.asciiValue ?? 0 })
        #expect(!stars.matches([Array(repeating: UInt8(ascii: "a"), count: 5000)[...]]))
        let parts = Glob(Array((String(repeating: "**/a/", count: 200) + "b").utf8))
        #expect(!parts.matches(Array(repeating: [UInt8(ascii: "a")][...], count: 200)))
    }

    @Test func tooManyPatternsAreToldOf() {
        let many = String(repeating: "x\n", count: GitIgnore.patternsMaximum)
        #expect(GitIgnore(Array((many + "# a\n\n").utf8)).isComplete)
        #expect(!GitIgnore(Array((many + "a\n").utf8)).isComplete)
    }
}

extension [GitIgnore?] {
    /// Whether a path is left out when nothing else has a say.
    fileprivate func ignores(_ path: [ArraySlice<UInt8>], isFolder: Bool) -> Bool {
        verdict(path, isFolder: isFolder) ?? false
    }
}
