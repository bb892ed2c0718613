import Testing
import Wire

@testable import Screen

/// One message or call is chosen with the keyboard, and opened, folded or copied.
@Suite struct SelectionTests {
    private func conversation(calls: Int = 2) -> Fixture {
        var screen = Fixture()
        screen.arrive(.user("Please fix it."))
        for number in 1...calls {
            screen.arrive(.tool(ToolCallID("\(number)"), .execute, "call \(number)"))
            let text = (1...5).map { "line \(number).\($0)" }.joined(separator: "\n")
            screen.arrive(.toolEnd(ToolCallID("\(number)"), content: [ToolCall.textContent(text)]))
        }
        screen.arrive(.thought("First this.\n\nThen that."), .agent("It is *done*."))
        return screen
    }

    private func chosen(_ screen: Fixture) -> [String] { screen.text.filter { $0.hasPrefix("▸") } }

    @Test func enterOpensAndFoldsTheChosenOneOnly() {
        var screen = conversation()
        screen.press(.altUp)
        #expect(chosen(screen) == ["▸17:30  agent   It is done."])
        screen.press(.altUp, .altUp)
        #expect(chosen(screen).count == 1 && chosen(screen)[0].contains("call 2"))
        #expect(screen.press(.enter) == [])
        #expect(screen.text.contains { $0.contains("line 2.5") } && !screen.text.contains { $0.contains("line 1.5") })
        screen.press(.altUp, .enter)
        #expect(screen.text.contains { $0.contains("line 1.5") })
        screen.press(.enter)
        #expect(!screen.text.contains { $0.contains("line 1.5") })
        // A thought, and a message, which does not fold.
        screen.press(.altDown, .altDown, .enter)
        #expect(screen.text.contains { $0.contains("Then that.") })
        screen.press(.altDown, .enter)
        #expect(screen.text.last?.contains("It is shown as a whole") == true)
        screen.press(.altDown)
        #expect(chosen(screen).isEmpty, "below the last one")
        // All at once: there is no exception any more.
        screen.press(.control("o"))
        #expect(screen.text.contains { $0.contains("line 1.5") } && screen.text.contains { $0.contains("line 2.5") })
    }

    @Test func typingIsNeverTaken() {
        var screen = conversation()
        screen.press(.altUp)
        screen.type("no")
        #expect(screen.model.editor.text == "no" && chosen(screen).isEmpty)
        // With text in the input these are arrows, and Enter sends.
        screen.press(.altUp)
        #expect(chosen(screen).isEmpty)
        #expect(screen.press(.enter).contains(.send("no")))
    }

    @Test func escapeEndsItAndStopsNothing() {
        var screen = conversation()
        screen.press(.altUp)
        #expect(screen.press(.escape) == [])
        #expect(chosen(screen).isEmpty)
        #expect(screen.press(.escape) == [.cancelTurn])
    }

    @Test func theChosenOneIsCopied() {
        var screen = conversation(calls: 1)
        screen.press(.altUp)
        #expect(screen.press(.character("y")) == [.copy("It is *done*.")])
        screen.press(.altUp, .altUp)
        let output = (1...5).map { "line 1.\($0)\n" }.joined()
        #expect(screen.press(.character("y")) == [.copy("call 1\n" + output)])
    }

    @Test func theViewFollowsTheChosenOne() {
        var screen = conversation(calls: 40)
        for _ in 1...35 {
            screen.press(.altUp)
            #expect(chosen(screen).count == 1, "\(screen.text)")
        }
        #expect(screen.model.transcript.scroll != .following)
        let before = screen.text.firstIndex { $0.hasPrefix("▸") }
        screen.press(.enter)
        #expect(screen.text.firstIndex { $0.hasPrefix("▸") } == before, "its first line stays")
        for _ in 1...35 { screen.press(.altDown) }
        #expect(screen.model.transcript.scroll == .following)
    }
}
