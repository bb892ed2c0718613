import TestKit
import Testing
import Wire

/// How one text becomes another.
@Suite struct EditScriptTests {
    private func lines(_ script: EditScript) -> [String] {
        script.changes.map { "\($0.isAdded ? "+" : "-")\($0.text)" }
    }

    @Test(arguments: [
        ("a\nb\nc", "a\nx\ny\nc", ["-b", "+x", "+y"]), ("", "a\nb", ["+a", "+b"]), ("a\n", "", ["-a"]),
        ("a\r\nb\r\n", "a\nb\r\n", ["-a\r", "+a"]), ("caf\u{E9}", "cafe\u{301}", ["-caf\u{E9}", "+cafe\u{301}"]),
        ("a", "a\n", []), ("\n", "", ["-"]), ("", "", []),
        // What stays the same between two changes is no change.
        ("a\nb\nc\nd\ne", "A\nb\nc\nd\nE", ["-a", "+A", "-e", "+E"]),
    ])
    func changes(old: String, new: String, expected: [String]) {
        let script = EditScript(from: old, to: new)
        #expect(lines(script) == expected)
        #expect(script.added == expected.count { $0.hasPrefix("+") })
        #expect(script.removed == expected.count { $0.hasPrefix("-") })
    }

    @Test(arguments: 1...60)
    func theScriptTurnsTheOldTextIntoTheNewOne(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        func text() -> String {
            (0..<Int.random(in: 0...30, using: &generator)).map { _ in
                ["a", "b", "c", ""].randomElement(using: &generator) ?? ""
            }.joined(separator: "\n")
        }
        let script = EditScript(from: text(), to: text())
        var (left, right): ([EditScript.Line], [EditScript.Line]) = ([], [])
        for step in script.steps(context: 100) {
            switch step {
            case .keep(let before, let after):
                #expect(script.old[before] == script.new[after])
                left.append(script.old[before])
                right.append(script.new[after])
            case .add(let line): right.append(script.new[line])
            case .remove(let line): left.append(script.old[line])
            case .gap: Issue.record("a gap in full context")
            }
        }
        if script.old != script.new { #expect(left == script.old && right == script.new, "seed \(seed)") }
    }

    /// Texts that differ over many lines are not searched: the cost stays that of reading them.
    @Test func moreLinesThanAreComparedAreAllReplaced() {
        let count = EditScript.linesCompared
        let old = (0..<count).map { "\($0)" }
        let script = EditScript(from: old.joined(separator: "\n"), to: ("x" + old.joined(separator: "\ny\n") + "z"))
        #expect(script.removed == count && script.added == 2 * count - 1)
    }
}
