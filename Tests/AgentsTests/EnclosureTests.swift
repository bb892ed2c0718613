@testable import Agents
import Testing

/// What a line is said to be in.
@Suite struct EnclosureTests {
    private static let code = """
        struct Door {
            let width: Int

            func open() {
                turn()
            }

            func close() {
                turn()
            }
        }

        func turn() {}
        """.lines

    @Test(arguments: [(1, nil), (2, "Door"), (4, "Door"), (5, "open"), (8, "Door"), (9, "close"), (13, nil)])
    func code(_ line: Int, _ name: String?) {
        #expect(Enclosure.name(of: line, in: Self.code, isMarkdown: false) == name)
    }

    @Test(
        "a heading is in the one above it of a higher level, and not in its sibling",
        arguments: [
            (1, nil), (2, "Top"), (3, "Top"), (4, "A"), (5, "Top"), (6, "B"), (7, "B"), (8, "C"),
        ])
    func headings(_ line: Int, _ name: String?) {
        let lines = ["# Top", "text", "## A", "a", "## B", "b", "### C", "c"]
        #expect(Enclosure.name(of: line, in: lines, isMarkdown: true) == name)
    }

    @Test(
        "what the first line of a passage is in holds until something leaves it",
        arguments: [
            (1, true), (2, true), (3, false), (4, false), (5, false),
        ])
    func inside(_ line: Int, _ isInside: Bool) {
        let lines = ["        turn()", "        turn()", "    }", "    func close() {", "        turn()"]
        #expect(Enclosure.isInside(line, of: lines, isMarkdown: false) == isInside)
        #expect(Enclosure.isInside(2, of: ["text", "## B"], isMarkdown: true) == false)
    }
}
