import Testing
import Wire

@testable import Screen

/// Tool calls, folded and open.
@Suite struct ToolTests {
    @Test(arguments: [
        (80, 40, GlyphSet.unicode, "tools-80x40"), (140, 40, .unicode, "tools-140x40"),
        (80, 40, .ascii, "tools-80x40-ascii"),
    ])
    func tools(columns: Int, rows: Int, glyphs: GlyphSet, name: String) throws {
        var screen = Fixture(columns: columns, rows: rows, glyphs: glyphs)
        screen.useTools()
        try expectGolden(screen.frame, name)
        screen.press(.control("o"))
        try expectGolden(screen.frame, name + "-open")
        screen.press(.control("o"))
        screen.press(.wordRight, .wordRight)
        #expect(screen.model.transcript.codeShift == 16)
        screen.press(.wordLeft, .wordLeft, .wordLeft)
        #expect(screen.model.transcript.codeShift == 0)
    }

    @Test func theLastLinesOfARunningCallAreShown() {
        var screen = Fixture()
        screen.arrive(.event(.turnStart("turn", prompt: "u")), .tool("1", .execute, "make"))
        for count in [1, 2, 500] {
            let text = (1...count).map { "line \($0)" }.joined(separator: "\n")
            screen.arrive(.update(.toolCallUpdate(ToolCall(id: "1", content: [ToolCall.textContent(text)]))))
        }
        #expect(screen.rows(with: "line 498") == 1)
        #expect(screen.rows(with: "line 500") == 1)
        #expect(screen.rows(with: "line 497") == 0)
        screen.arrive(.toolEnd("1"))
        #expect(screen.rows(with: "line 1  … 499 more") == 1)
    }

    @Test func longLinesAreScrolledTo() throws {
        var screen = Fixture(columns: 80, rows: 24)
        screen.arrive(.agent("```swift\nlet a = \"\(String(repeating: "0123456789", count: 12))\"\n中文字符中文字符 // b\n```"))
        screen.press(.wordRight)
        try expectGolden(screen.frame, "code-scrolled-80x24")
        screen.type("text")
        screen.press(.wordRight)
        #expect(screen.model.transcript.codeShift == 8, "with text in the input the key is the input's")
    }

    @Test func proseInABlockOfCodeIsWrappedAtWords() {
        var screen = Fixture(columns: 80, rows: 24)
        let words = Array(repeating: "words", count: 30).joined(separator: " ")
        screen.arrive(.agent("```markdown\n- \(words)\n```\n```text\n\(words)"))
        #expect(screen.rows(with: "words") == 7)
        #expect(screen.rows(with: "…") == 0 && screen.rows(with: "Ctrl-") == 0)
    }

    @Test func whatATerminalShowedIsShownWithoutItsFence() {
        var screen = Fixture()
        screen.arrive(.tool("1", .execute, "make"))
        screen.arrive(.toolEnd("1", content: [ToolCall.textContent("```\nbuilt\n```\n")]))
        #expect(screen.rows(with: "built") == 1)
        #expect(screen.rows(with: "```") == 0)
        #expect(screen.rows(with: "more") == 0)
    }

    @Test func aHugeOutputIsKeptInPart() {
        let text = (1...100_000).map { "line \($0)" }.joined(separator: "\n")
        let detail = ToolDetail(Array(repeating: ToolCall.textContent(text), count: 40))
        #expect(detail.outputs.count == ToolDetail.outputsMaximum)
        #expect(detail.lineCount == 4_000_000)
        #expect(detail.bytes < 500_000)
    }

    @Test func finishedThoughtsAreOneLine() {
        var screen = Fixture()
        screen.arrive(.thought("**Planning** the change\n\nFirst I read it.\nThen I fix it."))
        #expect(screen.rows(with: "Then I fix it.") == 1)
        screen.arrive(.agent("Done."))
        #expect(screen.rows(with: "Planning the change  … 2 more lines  ^O") == 1)
        #expect(screen.rows(with: "Then I fix it.") == 0)
        screen.press(.control("o"))
        #expect(screen.rows(with: "Then I fix it.") == 1)
    }

    @Test func whatIsReadStaysWhenCallsAreOpenedAndFolded() {
        var screen = Fixture()
        for number in 1...30 {
            screen.arrive(.tool(ToolCallID("\(number)"), .execute, "call \(number)"))
            let text = (1...9).map { "\(number).\($0)" }.joined(separator: "\n")
            screen.arrive(.toolEnd(ToolCallID("\(number)"), content: [ToolCall.textContent(text)]))
            screen.arrive(.agent("message \(number)", MessageID("m\(number)")))
        }
        screen.press(.pageUp, .pageUp)
        let top = screen.text[1]
        screen.press(.control("o"))
        #expect(screen.text[1] == top)
        screen.press(.control("o"))
        #expect(screen.text[1] == top)
    }
}

/// Where the user had stopped reading.
@Suite struct UnreadTests {
    @Test func aLineMarksWhatIsNew() throws {
        var screen = Fixture()
        for number in 1...20 { screen.arrive(.user("message \(number)", MessageID("\(number)"))) }
        screen.press(.pageUp)
        screen.arrive(.agent("something new"), .agent("and more", "b"))
        #expect(screen.rows(with: "↓ 2 new") == 1)
        screen.press(.end)
        #expect(screen.rows(with: "── new ──") == 1)
        try expectGolden(screen.frame, "unread-80x24")
        screen.type("thanks")
        screen.press(.enter)
        #expect(screen.rows(with: "── new ──") == 0)
    }

    @Test func whatArrivesWhileTheTerminalIsNotWatchedIsMarked() {
        var screen = Fixture()
        screen.arrive(.user("before"))
        screen.press(.focus(false))
        screen.arrive(.agent("after"), .agent("and after", "b"))
        screen.press(.focus(true))
        #expect(screen.rows(with: "── new ──") == 1)
        screen.arrive(.agent("later", "c"))
        #expect(screen.rows(with: "── new ──") == 1)
    }

    @Test func nothingIsMarkedWhileTheUserWatches() {
        var screen = Fixture()
        screen.arrive(.user("before"))
        screen.arrive(.agent("after"))
        #expect(screen.rows(with: "── new ──") == 0)
    }
}

extension Fixture {
    /// Calls of every kind, in every state.
    fileprivate mutating func useTools() {
        arrive(.event(.turnStart("turn", prompt: "u")), .thought("I will look first.\nThen change it.\nThen test it."))
        arrive(.tool("1", .read, "Sources/Auth/Login.swift"))
        seconds += 0.1
        arrive(.toolEnd("1", content: [ToolCall.textContent("import Auth\n\nstruct Login {}\n")]))
        let old = (1...30).map { "    let line\($0) = \($0)" }
        var new = old
        new[9] =
            "    let line10 = 10 // with a comment that is so long that no screen of eighty columns can show all of it"
        new.insert("    inserted()", at: 20)
        new[25] = "    something else"
        let diff: JSON = [
            "type": "diff", "path": "/src/Sources/Auth/Login.swift", "oldText": .string(old.joined(separator: "\n")),
            "newText": .string(new.joined(separator: "\n")),
        ]
        arrive(.tool("2", .edit, "Sources/Auth/Login.swift"))
        seconds += 0.2
        arrive(.toolEnd("2", content: [diff]), .tool("3", .execute, "swift build"))
        seconds += 61
        arrive(
            .toolEnd("3", .failed, content: [ToolCall.textContent("error: it broke\n  at line 3\nand more\nand\nmore")])
        )
        arrive(.tool("4", .execute, "swift test"))
        let output = (1...12).map { "Test Case LoginTests.test\($0) passed" }.joined(separator: "\n")
        arrive(.update(.toolCallUpdate(ToolCall(id: "4", content: [ToolCall.textContent(output)]))))
        seconds += 5
    }
}
