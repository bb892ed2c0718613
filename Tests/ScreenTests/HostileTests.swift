import Testing
import Wire

@testable import Screen

/// Hostile text changes nothing but its own cells.
@Suite struct HostileTests {
    private static let texts = [
        "\u{1B}[2J\u{1B}[H", "\u{1B}]0;title\u{7}", "\u{1B}]52;c;aGk=\u{1B}\\", "\u{9B}31m", "\u{1B}Pq\u{1B}\\",
        "\u{202E}drawkcab\u{2066}",
        String(repeating: "\u{301}", count: 100), "a\u{200D}\u{200D}b", "\t\t", "\r", "\u{0}\u{7F}",
        "&#27;[2J&#x9b;31m", "```\u{1B}c",
        "\u{85}\u{2028}", "|\u{1B}[1m|\n|-|\n", "[a](\u{1B}]8;;x\u{7})", "![\u{1B}c](\u{7})", "<\u{1B}c>", "`\u{1B}c`",
    ]

    /// Where a peer can put a text, with what stands above and below it.
    private static let places: [(name: String, bodies: @Sendable (String) -> [Entry.Body])] = [
        ("answer", { [.agent($0)] }), ("thought", { [.thought($0)] }), ("prompt", { [.user($0, "h")] }),
        ("info string", { [.agent("```\($0)\ncode\n```")] }), ("code", { [.agent("```swift\n\($0)\n```")] }),
        ("cell", { [.agent("| a | b |\n|---|---|\n| \($0) | c |")] }),
        ("tool title", { [.tool("h", .execute, $0)] }),
        (
            "tool output",
            { [.tool("h", .execute, "make"), .toolEnd("h", .failed, content: [ToolCall.textContent($0)])] }
        ),
        (
            "path and diff",
            { text in
                let diff: JSON = [
                    "type": "diff", "path": .string(text), "oldText": .string("a\n\(text)"),
                    "newText": .string("\(text)\nb"),
                ]
                return [.tool("h", .edit, "edit"), .toolEnd("h", content: [diff, diff])]
            }
        ),
    ]

    @Test(arguments: HostileTests.texts, HostileTests.places.map(\.name))
    func nothingElseChanges(text: String, place: String) throws {
        let bodies = try #require(HostileTests.places.first { $0.name == place }?.bodies)
        for isUnfolded in [false, true] {
            var screen = Fixture(columns: 80, rows: 60)
            if isUnfolded { screen.press(.control("o")) }
            screen.arrive(.user("above", "u1"), .event(.turnStart("turn", prompt: "u1")))
            for body in bodies(text) { screen.arrive(body) }
            screen.arrive(.event(.turnEnd("turn", .stopped(.endTurn))), .user("below", "u2"))
            let rows = screen.text
            #expect(rows[1].hasSuffix("you     above"))
            #expect(rows.count { $0.hasSuffix("you     below") } == 1)
            #expect(rows.last?.hasPrefix(" Enter send  ^J newline  PgUp history  / commands  F1 help") == true)
            for (row, spans) in zip(rows, screen.frame.rows) {
                let isClean = row.unicodeScalars.allSatisfy { scalar in
                    scalar.properties.generalCategory != .control && !scalar.properties.isBidiControl
                        && scalar.properties.generalCategory != .lineSeparator
                }
                #expect(isClean, "\(row.debugDescription)")
                #expect(spans.reduce(0) { $0 + columns(of: $1.text) } <= 80)
            }
        }
    }
}
