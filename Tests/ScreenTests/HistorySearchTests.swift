import Testing

@testable import Screen

/// The search in what was sent (^R).
@Suite struct HistorySearchTests {
    private func screen() -> Fixture {
        var screen = Fixture()
        for prompt in ["Fix the login test", "Push the branch\nand tag it", "Run the login tests again"] {
            screen.type(prompt)
            screen.press(.enter)
        }
        screen.type("draft")
        return screen
    }

    @Test func whatIsTypedIsLookedForAndEnterTakesIt() {
        var screen = screen()
        #expect(screen.press(.control("r")) == [.listPrompts])
        screen.send(.prompts(ofChat: ["Run the login tests again", "An older login"], everywhere: ["Elsewhere"]))
        #expect(screen.type("LOGIN te") == [], "it is no draft")
        #expect(
            screen.model.search?.popup.candidates.map(\.text) == ["Run the login tests again", "Fix the login test"])
        screen.press(.down)
        #expect(screen.press(.enter) == [.saveDraft("Fix the login test")])
        #expect(screen.model.editor.text == "Fix the login test")
        screen.press(.control("_"))
        #expect(screen.model.editor.text == "draft")
    }

    @Test func aSecondTimeItLooksInAllChats() {
        var screen = screen()
        screen.press(.control("r"))
        screen.send(.prompts(ofChat: ["Here"], everywhere: ["Elsewhere", "Here"]))
        #expect(screen.model.search?.popup.candidates.count == 4)
        screen.press(.control("r"))
        #expect(screen.model.search?.popup.candidates.count == 5)
        screen.type("else")
        #expect(screen.press(.tab) == [.saveDraft("Elsewhere")])
    }

    @Test(arguments: [Key.escape, .control("g"), .control("c")])
    func itLeavesTheInputAsItWas(key: Key) {
        var screen = screen()
        screen.press(.left, .control("r"))
        screen.type("nothing like it")
        #expect(screen.press(.enter) == [], "there is nothing to take")
        #expect(screen.press(key) == [])
        #expect(screen.model.editor.text == "draft" && screen.model.editor.column == 4)
        #expect(screen.model.search == nil)
    }

    @Test func theAnswerAfterTheEndIsDropped() {
        var screen = screen()
        screen.press(.control("r"), .escape)
        screen.send(.prompts(ofChat: ["x"], everywhere: []))
        #expect(screen.model.search == nil)
    }

    @Test(arguments: [(80, 24, "search-80x24"), (40, 12, "search-40x12"), (20, 5, "search-20x5")])
    func shown(columns: Int, rows: Int, name: String) throws {
        var screen = screen()
        screen.send(.resized(Size(columns: columns, rows: rows)))
        screen.press(.control("r"))
        screen.send(.prompts(ofChat: ["The first thing that was asked about the login, long before"], everywhere: []))
        screen.type("the")
        screen.press(.down)
        try expectGolden(screen.frame, name)
    }
}
