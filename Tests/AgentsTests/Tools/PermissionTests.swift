@testable import Agents
import Foundation
import TestKit
import Testing
import Wire

/// What agents may do without asking.
@Suite struct PermissionTests {
    private func action(_ rules: [PermissionRule], _ subject: PermissionSubject) -> PermissionRule.Action? {
        PermissionRule.deciding(subject, among: rules)?.action
    }

    private func command(_ line: String) -> PermissionSubject {
        PermissionSubject(kind: .execute, command: line, folder: "/srv/ada/shop")
    }

    @Test(
        "a pattern allows no command that a shell makes more of",
        arguments: [
            ("make test", true), ("make", false), ("make a; rm -r b", false), ("make a && b", false),
            ("make a | b", false),
            ("make $(x)", false), ("make `x`", false), ("make a > b", false), ("make a\nb", false),
            ("make a & b", false),
            ("make <(x)", false), ("remake x", false),
        ])
    func commands(_ line: String, isAllowed: Bool) {
        #expect(action([PermissionRule(.allow, pattern: "make *")], command(line)) == (isAllowed ? .allow : nil))
    }

    @Test("a pattern that denies looks at the whole line")
    func denied() {
        let rules = [PermissionRule(.allow, kinds: [.execute]), PermissionRule(.deny, pattern: "*rm *")]
        #expect(action(rules, command("a; rm -r b")) == .deny)
        #expect(action(rules, command("ls")) == .allow)
    }

    @Test("the strictest counts, whatever the order")
    func strictness() {
        let rules = PermissionRule.Action.allCases.map { PermissionRule($0, kinds: [.edit]) }
        let subject = PermissionSubject(kind: .edit, paths: ["a"], folder: "/x")
        for order in [rules, rules.reversed()] { #expect(action(order, subject) == .deny) }
        #expect(action(Array(rules.prefix(2)), subject) == .ask)
        #expect(action(rules, PermissionSubject(kind: .read, paths: ["a"], folder: "/x")) == nil)
    }

    @Test("what allows is about every path, what denies about one")
    func paths() {
        let subject = PermissionSubject(kind: .edit, paths: ["src/a", "secret/b"], folder: "/x")
        #expect(action([PermissionRule(.allow, pattern: "src/*")], subject) == nil)
        #expect(action([PermissionRule(.deny, pattern: "secret/*")], subject) == .deny)
        #expect(action([PermissionRule(.allow, pattern: "src/*")], PermissionSubject(kind: .edit, folder: "/x")) == nil)
    }

    @Test(
        "a folder is itself and what is below, not what begins like it",
        arguments: [
            ("/x", true), ("/x/y", true), ("/xy", false), ("/", false),
        ])
    func folders(_ folder: String, matches: Bool) {
        let subject = PermissionSubject(kind: .edit, paths: ["a"], folder: folder)
        #expect((action([PermissionRule(.allow, folder: "/x")], subject) != nil) == matches)
    }

    @Test(
        "an answer that holds always is about what was asked, to the letter, and outlives the server",
        arguments: [
            "make test", "echo *", "a; rm [b]", "printf '\\n' > x", "ls ?",
        ])
    func always(_ line: String) throws {
        let directory = try TemporaryDirectory("permissions")
        let file = directory.path("permissions.json")
        try PermissionBook(file: file).keep(PermissionRule(.allow, for: command(line)), owner: "ada")
        let book = try PermissionBook(file: file)
        #expect(book.rule(for: command(line), owner: "ada")?.action == .allow)
        #expect(book.rule(for: command(line), owner: "eve") == nil)
        for other in [line + " x", "x" + line, "echo a", "lsx"] where other != line {
            #expect(book.rule(for: command(other), owner: "ada") == nil, "\(other)")
        }
        var elsewhere = command(line)
        elsewhere.folder = "/srv/ada"
        #expect(book.rule(for: elsewhere, owner: "ada") == nil)
    }
}
