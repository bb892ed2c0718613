import Testing
import Wire

@testable import Screen

/// The hunks of an edit, and what they look like.
@Suite struct DiffTests {
    @Test(arguments: [
        ("a\nb\nc", "a\nB\nc", ["1 1 a", "-2 b", "+2 B", "3 3 c"]),
        ("", "a\nb\n", ["+1 a", "+2 b"]),
        ("a\n", "", ["-1 a"]),
        ("a\nb", "a\nb", []),
        (
            "1\n2\n3\n4\n5\n6\n7\n8\n9", "x\n2\n3\n4\n5\n6\n7\n8\ny",
            ["-1 1", "+1 x", "2 2 2", "3 3 3", "…", "7 7 7", "8 8 8", "-9 9", "+9 y"]
        ),
        ("1\n2\n3\n4\n5", "0\n1\n2\n3\n4\n5", ["+1 0", "1 2 1", "2 3 2"]),
        ("a\nb\nc\nd", "a\nc\nb\nd", ["1 1 a", "-2 b", "3 2 c", "+3 b", "4 4 d"]),
        ("caf\u{E9}", "cafe\u{301}", ["-1 café", "+1 café"]),
    ])
    func hunks(old: String, new: String, expected: [String]) {
        let change = FileChange(path: "a", from: old, to: new)
        let shown = change.hunks.map { rows in
            rows.map { row in
                switch row.kind {
                case .context: "\(row.oldNumber) \(row.newNumber) \(row.text)"
                case .added: "+\(row.newNumber) \(row.text)"
                case .removed: "-\(row.oldNumber) \(row.text)"
                }
            }
        }
        #expect(Array(shown.joined(separator: ["…"])) == expected)
        #expect(change.added == expected.count { $0.hasPrefix("+") })
        #expect(change.removed == expected.count { $0.hasPrefix("-") })
    }

    @Test func aHugeEditIsCutAndStaysCheap() {
        let old = (1...50_000).map { "old \($0)" }.joined(separator: "\n")
        let new = (1...50_000).map { "new \($0)" }.joined(separator: "\n")
        let change = FileChange(path: "a", from: old, to: new)
        #expect(change.added == 50_000 && change.removed == 50_000)
        #expect(change.rows.count == FileChange.rowsMaximum)
        #expect(change.omitted == 100_000 - FileChange.rowsMaximum)
    }

    @Test(arguments: [
        ("let a = 1", "let a = 2", 8..<9, 8..<9), ("f(x)", "f(x, y)", 3..<3, 3..<6), ("é12", "è12", 0..<2, 0..<2),
    ])
    func whatDiffersWithinALine(old: String, new: String, before: Range<Int>, after: Range<Int>) {
        let change = InlineChange(from: old, to: new)
        #expect(change?.old == before && change?.new == after)
    }

    @Test func linesWithNothingInCommonHaveNoPartThatDiffers() {
        #expect(InlineChange(from: "let a = 1", to: "return nil") == nil)
    }
}
