import Sync
import Testing
import Wire

@testable import Screen

/// The states of the parts of the screen that the other golden screens do not show.
@Suite struct WidgetGoldenTests {
    private func screen(columns: Int = 80, rows: Int = 24, glyphs: GlyphSet = .unicode) -> Fixture {
        var screen = Fixture(columns: columns, rows: rows, glyphs: glyphs)
        screen.converse()
        return screen
    }

    @Test(arguments: [(GlyphSet.unicode, "chosen-80x24"), (.ascii, "chosen-80x24-ascii")])
    func chosenCall(glyphs: GlyphSet, name: String) throws {
        var screen = screen(glyphs: glyphs)
        screen.press(.altUp, .altUp, .altUp, .enter)
        try expectGolden(screen.frame, name)
    }

    @Test func flash() throws {
        var screen = screen()
        screen.press(.altUp, .enter)
        try expectGolden(screen.frame, "flash-80x24")
    }

    /// The first of two questions has the keys.
    @Test func focusedQuestion() throws {
        var screen = screen()
        for (key, title) in [("q1", "git push origin main"), ("q2", "rm -r build")] {
            let options: JSON = [
                ["optionId": "once", "name": "Allow once", "kind": "allow_once"],
                ["optionId": "no", "name": "Reject", "kind": "reject_once"],
            ]
            let question = Question(
                key: RequestKey(key), turn: "turn", method: Method.requestPermission,
                params: [
                    "toolCall": ["toolCallId": "4", "title": .string(title), "kind": "execute"], "options": options,
                ]
            )
            screen.arrive(.event(.request(question)))
        }
        screen.focusQuestion()
        try expectGolden(screen.frame, "question-focused-80x24")
    }

    @Test func finishedPlan() throws {
        var screen = screen()
        screen.arrive(.toolEnd("4"), .plan(done: 2, of: "Run the login tests", "Update the docs"))
        screen.arrive(.event(.turnEnd("turn", .stopped(.endTurn))))
        try expectGolden(screen.frame, "plan-done-80x24")
    }

    @Test func expired() throws {
        var screen = screen()
        screen.arrive(.event(.turnEnd("turn", .stopped(.endTurn))))
        screen.send(.notice("this session expired on 21 November and can only be read"))
        var status = ConnectionStatus(state: .stopped("this session has expired"))
        status.isOver = true
        screen.send(.connection(status))
        try expectGolden(screen.frame, "expired-80x24")
    }

    @Test func longInput() throws {
        var screen = screen()
        for line in 1...12 {
            if line > 1 { screen.press(.control("j")) }
            screen.type("line \(line)")
        }
        try expectGolden(screen.frame, "input-80x24")
    }

    /// A prompt that waits for the turn to end.
    @Test func queued() throws {
        var screen = screen()
        screen.send(
            .outbox([OutboxItem(id: "1", content: [.text("Then push the branch.")], createdAt: screen.wallClock)]))
        try expectGolden(screen.frame, "queued-80x24")
    }
}
