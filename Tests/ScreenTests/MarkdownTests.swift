import Testing
import Wire

@testable import Screen

/// What agents write in Markdown, as users see it.
@Suite struct MarkdownTests {
    @Test(arguments: [
        (80, 40, GlyphSet.unicode, "markdown-80x40"), (140, 40, .unicode, "markdown-140x40"),
        (80, 40, .ascii, "markdown-80x40-ascii"), (30, 60, .unicode, "markdown-30x60"),
    ])
    func text(columns: Int, rows: Int, glyphs: GlyphSet, name: String) throws {
        var screen = Fixture(columns: columns, rows: rows, glyphs: glyphs)
        screen.arrive(.agent(MarkdownSamples.text))
        screen.arrive(.event(.turnEnd("turn", .stopped(.endTurn))))
        try expectGolden(screen.frame, name)
    }

    @Test(arguments: [
        (80, 40, GlyphSet.unicode, "code-80x40"), (140, 40, .unicode, "code-140x40"),
        (80, 40, .ascii, "code-80x40-ascii"), (30, 40, .unicode, "code-30x40"),
    ])
    func code(columns: Int, rows: Int, glyphs: GlyphSet, name: String) throws {
        var screen = Fixture(columns: columns, rows: rows, glyphs: glyphs)
        screen.arrive(.agent(MarkdownSamples.code))
        screen.arrive(.event(.turnEnd("turn", .stopped(.endTurn))))
        try expectGolden(screen.frame, name)
    }

    @Test func codeIsToldApartWithoutColours() throws {
        var screen = try Fixture(columns: 80, rows: 40, theme: Theme(TerminalTheme.table("mono")))
        screen.arrive(.agent(MarkdownSamples.text))
        try expectGolden(screen.frame, "markdown-80x40-mono")
    }

    @Test func whatUsersTypeIsShownAsTheyTypedIt() {
        var screen = Fixture()
        screen.arrive(.user("# not a heading\n- **not** bold\n```\ncode\n```"))
        #expect(screen.message == ["# not a heading", "- **not** bold", "```", "code", "```"])
    }

    @Test(arguments: [
        ("It is **importan", "It is importan"), ("It is **important*", "It is important"), ("It is **", "It is"),
        ("Call `swift te", "Call swift te"), ("Call `", "Call"), ("A [link](http://exa", "A link"),
        ("Text above\n--", "Text above"), ("Text above\n==", "Text above"), ("One\n\n- ", "One"),
        ("One\n\n1.", "One"), ("One\n\n```swi", "One"), ("3 * 4 * 5", "3 * 4 * 5"),
        ("snake_case_name", "snake_case_name"), ("~~gone", "gone"), ("a ~ b", "a ~ b"), ("*a **b", "a b"),
    ])
    func whatIsHalfWrittenShowsNoMarks(text: String, shown: String) {
        var screen = Fixture()
        screen.arrive(.agent(text))
        #expect(screen.message == [shown])
    }

    @Test func whatIsFinishedIsShownAsItWasWritten() {
        var screen = Fixture()
        screen.arrive(.agent("use *args and **kwargs\n--"))
        screen.arrive(.event(.turnEnd("turn", .stopped(.endTurn))))
        #expect(screen.message == ["use *args and **kwargs"])
        screen = Fixture()
        screen.arrive(.agent("It is **importan"))
        screen.arrive(.tool("1", .read, "file"))
        #expect(screen.message.first == "It is **importan")
    }

    @Test func halfATableIsATable() {
        var screen = Fixture()
        screen.arrive(.agent("| name | size"))
        #expect(screen.message == ["name │ size", "─────┼─────"])
        screen.arrive(.agent(" |\n|--"))
        #expect(screen.message == ["name │ size", "─────┼─────"])
        screen.arrive(.agent("|--|\n| a | 1"))
        #expect(screen.message == ["name │ size", "─────┼─────", "a    │ 1"])
    }

    @Test func entitiesBringNoControlCharacters() {
        var screen = Fixture()
        screen.arrive(.agent("a&#27;[31mb&#10;c&#x202e;d ![x&#7;](y&#27;)\n\n```&#27;[2J\ncode\n```"))
        for row in screen.text {
            let isClean = row.unicodeScalars.allSatisfy { !$0.properties.isBidiControl && $0.value >= 0x20 }
            #expect(isClean, "\(row)")
        }
    }

    @Test func bracketsAtTheBeginningOfALineAreText() {
        let text = "[a]: b\n[c\nd]: e\n\n- [f]: g\n- [x] done\n\n```\n[h]: i\n```\n\n    [j]: k\n\n[l](m)"
        let lines = MarkdownParser.pieces(
            of: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
        let painted = "\(lines)"
        for word in ["[a]: b", "d]: e", "[f]: g", "[h]: i", "[j]: k"] { #expect(painted.contains(word), "\(word)") }
        #expect(painted.contains("isChecked: true") && !painted.contains("[l]") && !painted.contains("\u{1}"))
    }

    @Test func definitionsOfLinksStay() {
        var screen = Fixture()
        screen.arrive(.agent("See [the manual][1].\n\n[1]: https://example.org/manual\n\nDone."))
        #expect(
            screen.message == [
                "See [the manual][1].", "", "[1]: https://example.org/manual", "", "Done.",
            ])
    }
}

/// Hostile and huge texts: nothing is lost, nothing takes long.
@Suite struct MarkdownBoundTests {
    @Test(arguments: [
        "![[]()", "[", "[a](", "> ", ">", "- ", "* a\n  * b\n", "*a **b ", "_a __b ", "`a``b```", "&a", "<!--a ",
        "a@b.c ",
        "|-", "|a\n", "~~a ~", "1. \n", "\n", "#", "# a\n", "```\n", "    a\n", "<div>\n", "[a]: b\n", "---\n", "\\",
        "www.",
    ])
    func repeated(unit: String) {
        let text = String(repeating: unit, count: 65_536 / unit.utf8.count)
        var screen = Fixture(columns: 60, rows: 20)
        screen.arrive(.agent("Begin.\n\n" + text), .agent("end"))
        #expect(screen.frame.rows.count == 20)
        screen.send(.resized(Size(columns: 20, rows: 8)))
        #expect(screen.frame.rows.count == 8)
    }

    @Test func aTableWithTooManyCellsIsShownAsText() {
        let columns = 1_000
        let table =
            String(repeating: "|a", count: columns) + "|\n" + String(repeating: "|-", count: columns) + "|\n"
            + String(repeating: "|b\n", count: 5_000)
        let pieces = MarkdownParser.pieces(of: table.split(separator: "\n").map(String.init))
        #expect(pieces.count == 1)
        guard case .literal(let lines)? = pieces.first?.block else {
            Issue.record("\(pieces.count) pieces")
            return
        }
        #expect(lines.count == 5_002)
    }

    @Test func deepNestingKeepsItsText() {
        let deep = String(repeating: "> ", count: 500) + "the text\n"
        var screen = Fixture()
        screen.arrive(.agent(deep + "\n" + String(repeating: "- ", count: 500) + "an item"))
        #expect(screen.text.contains { $0.contains("the text") })
        #expect(screen.text.contains { $0.contains("an item") })
    }
}

extension Fixture {
    /// The rows of the first message, without its gutter.
    fileprivate var message: [String] {
        let rows = text.dropFirst().prefix { !$0.contains("────────────────") || $0.contains("┼") }
        let content = rows.map { String($0.dropFirst(16)) }
        return Array(content.reversed().drop { $0.isEmpty }.reversed())
    }
}
