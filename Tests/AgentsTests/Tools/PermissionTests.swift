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
            ("make <(x)", false), ("make a\r\nrm b", false), ("make a;\u{301}rm b", false), ("remake x", false),
        ])
    func commands(_ line: String, isAllowed: Bool) {
        #expect(action([PermissionRule(.allow, pattern: "make *")], command(line)) == (isAllowed ? .allow : nil))
    }

    @Test("a pattern that denies looks at the whole line")
    func denied() {
        let rules = [PermissionRule(.allow, kinds: [.execute]), PermissionRule(.deny, pattern: "*rm *")]
        #expect(action(rules, command("a; rm -r b")) == .deny)
        #expect(action(rules, command("ls")) == .allow)
        #expect(action(rules, command("rm \u{301}x")) == .deny, "by scalars, as a shell reads it")
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
        try PermissionBook([], unattended: .wait, file: file).keep(
            PermissionRule(.allow, for: command(line)), owner: "ada")
        let book = try PermissionBook([], unattended: .wait, file: file)
        #expect(book.decision(on: command(line), owner: "ada", isAttended: true).isAllowed == true)
        #expect(book.decision(on: command(line), owner: "eve", isAttended: true).isAllowed == nil)
        for other in [line + " x", "x" + line, "echo a", "lsx"] where other != line {
            #expect(book.decision(on: command(other), owner: "ada", isAttended: true).isAllowed == nil, "\(other)")
        }
        var elsewhere = command(line)
        elsewhere.folder = "/srv/ada"
        #expect(book.decision(on: elsewhere, owner: "ada", isAttended: true).isAllowed == nil)
    }

    @Test(
        "while nobody is attached the policy decides, and rules where it says so",
        arguments: [
            (UnattendedPolicy.wait, "make a", Optional(true)), (.wait, "rm a", false), (.wait, "ls", nil),
            (.wait, "cat a", nil),
            (.rule, "make a", true), (.rule, "rm a", false), (.rule, "ls", false), (.rule, "cat a", false),
            (.reject, "make a", false), (.reject, "rm a", false), (.reject, "ls", false), (.reject, "cat a", false),
        ])
    func unattended(_ policy: UnattendedPolicy, _ line: String, isAllowed: Bool?) {
        let rules = [
            PermissionRule(.allow, pattern: "make *"), PermissionRule(.deny, pattern: "rm *"),
            PermissionRule(.ask, pattern: "cat *"),
        ]
        let book = PermissionBook(rules, unattended: policy)
        #expect(book.decision(on: command(line), owner: "ada", isAttended: false).isAllowed == isAllowed)
        let attended = PermissionBook(rules).decision(on: command(line), owner: "ada", isAttended: false).isAllowed
        #expect(book.decision(on: command(line), owner: "ada", isAttended: true).isAllowed == attended)
    }

    @Test(
        "outside of the folder only a pattern that names it allows anything",
        arguments: [
            ("a", nil, true), ("/etc/a", nil, false), ("../a", nil, false), ("b/../../a", "*", false),
            ("/etc/a", "*", false),
            ("/etc/a", "/etc/*", true), ("/etc/../var/a", "/etc/*", false), ("a", "*", true),
        ] as [(String, String?, Bool)])
    func outside(_ path: String, _ pattern: String?, isAllowed: Bool) {
        let subject = PermissionSubject(kind: .edit, paths: ["b", path], folder: "/srv")
        let rules = [PermissionRule(.allow, kinds: [.edit], pattern: pattern)]
        let expected = isAllowed && pattern?.hasPrefix("/") != true
        #expect((action(rules, subject) == .allow) == expected)
        let alone = PermissionSubject(kind: .edit, paths: [path], folder: "/srv")
        #expect((action(rules, alone) == .allow) == isAllowed)
        #expect(action([PermissionRule(.deny, kinds: [.edit])], alone) == .deny)
    }

    @Test("what other agents ask for is read from their tool calls")
    func subjects() throws {
        func subject(_ call: String) throws -> PermissionSubject {
            PermissionSubject(of: ["toolCall": try JSON(parsing: call)], folder: "/srv")
        }
        let run = try subject(#"{"kind":"execute","rawInput":{"command":["git","log"]}}"#)
        #expect(run.kind == .execute && run.command == "git log")
        let edit = try subject(
            #"{"kind":"edit","locations":[{"path":"/srv/a"},{"path":"/etc/b"}],"rawInput":{"file_path":"/srv/a"}}"#)
        #expect(edit.paths == ["a", "/etc/b"] && edit.command == nil)
        #expect(try subject("{}").kind == .other)
        let odd = try subject(#"{"locations":[{"path":"/srv/./secret//b"},{"path":"/srvx/a"},{"path":"./c"}]}"#)
        #expect(odd.paths == ["secret/b", "/srvx/a", "c"])
        let call: JSON = ["toolCall": ["locations": [["path": "/real/a"]]]]
        #expect(PermissionSubject(of: call, folder: "/srv", path: "/real").paths == ["a"])
    }

    @Test("a file of rules that is damaged is not taken for an empty one")
    func damaged() throws {
        let directory = try TemporaryDirectory("permissions")
        for text in ["{", "{}", "null", "[1]", #"[{"owner": "a"}]"#, #"[{"owner": "a", "rule": {"action": "x"}}]"#] {
            try text.write(toFile: directory.path("file"), atomically: true, encoding: .utf8)
            #expect(throws: (any Error).self) {
                try PermissionBook([], unattended: .wait, file: directory.path("file"))
            }
        }
    }
}
