import Testing
import Wire

@testable import Screen

/// Hostile text changes nothing but its own cells.
@Suite struct HostileTests {
    private static let texts = [
        "\u{1B}[2J\u{1B}[H", "\u{1B}]0;title\u{7}", "\u{1B}]52;c;aGk=\u{1B}\\", "\u{9B}31m", "\u{1B}Pq\u{1B}\\",
        "\u{202E}drawkcab\u{2066}", String(repeating: "\u{301}", count: 100), "a\u{200D}\u{200D}b", "\t\t", "\r",
        "\u{0}\u{7F}", "&#27;[2J&#x9b;31m", "```\u{1B}c", "\u{85}\u{2028}", "|\u{1B}[1m|\n|-|\n",
        "[a](\u{1B}]8;;x\u{7})", "![\u{1B}c](\u{7})", "<\u{1B}c>", "`\u{1B}c`",
        "\u{1B}]8;;https://evil.example\u{1B}\\x",
        "\r\n\r\n", "\u{2067}\u{061C}\u{200F}x", "👨\u{200D}👩\u{200D}👧\u{200D}", "🇫", "\u{E0067}\u{E007F}",
        "\u{600}\u{110BD}",
        "\u{FEFF}\u{FFFE}\u{10FFFF}", "中\u{300}\u{20DD}", "\u{115F}\u{1160}\u{3164}", "\u{1B}", "\u{1B}[", "\u{9D}",
        String(repeating: "x", count: 300), String(repeating: "中", count: 200),
    ]

    /// What stands in the place of the text to see which rows are its own.
    private static let harmless = "benign"

    private static func screen(_ place: HostilePlace, _ text: String, columns: Int, isUnfolded: Bool = false) -> Fixture
    {
        var screen = Fixture(columns: columns, rows: 80)
        if isUnfolded { screen.press(.control("o")) }
        screen.arrive(.user("above", "u1"), .event(.turnStart("turn", prompt: "u1")))
        place.show(&screen, text)
        screen.arrive(.user("below", "u2"))
        return screen
    }

    /// The rows that are not its own are there, in their order.
    @Test(arguments: HostilePlace.all.map(\.name))
    func nothingElseChanges(at name: String) throws {
        let place = try #require(HostilePlace.named(name))
        for isUnfolded in [false, true] {
            func rows(_ text: String) -> [String] {
                HostileTests.screen(place, text, columns: 80, isUnfolded: isUnfolded).text.map(HostileTests.gist)
            }
            let kept = rows(HostileTests.harmless).filter { !$0.isEmpty && !$0.contains(HostileTests.harmless) }
            #expect(!kept.isEmpty)
            for text in HostileTests.texts {
                var rest = rows(HostileTests.harmless + text)[...]
                for row in kept {
                    guard let found = rest.firstIndex(of: row) else {
                        Issue.record("\(name): lost \(row) by \(String(text.prefix(40)).debugDescription)")
                        break
                    }
                    rest = rest[(found + 1)...]
                }
            }
        }
    }

    /// A row without what depends on the width or the number of others: blanks, lines, marks and numbers, and what is
    /// folded.
    private static func gist(_ row: String) -> String {
        let words = row.split { " ─┌┐└┘│▸".contains($0) || $0.isNumber }
        return words.count == 1 && row.hasPrefix("──") || words.first == "…" ? "" : words.joined(separator: " ")
    }

    /// Alone, without anything that would hold marks and joiners.
    @Test(arguments: HostilePlace.all.map(\.name))
    func aloneItIsClean(at name: String) throws {
        let place = try #require(HostilePlace.named(name))
        for text in HostileTests.texts {
            for columns in [24, 80, 160] {
                let frame = HostileTests.screen(place, text, columns: columns).frame
                expectClean(frame, "\(name) at \(columns), \(String(text.prefix(40)).debugDescription)")
            }
        }
    }

    /// What leaves the screen by another way: the window's title, notifications and the text that stays behind.
    @Test(arguments: texts)
    func besideTheScreenItIsCleanToo(text: String) throws {
        var screen = Fixture()
        screen.send(.opened(title: text, folder: text, agent: text))
        screen.press(.focus(false))
        screen.arrive(.user(text), .event(.turnStart("turn", prompt: "u")), .agent(text))
        var told = [screen.model.windowTitle] + screen.model.closingText(now: screen.now, wallClock: screen.wallClock)
        for command in screen.arrive(.event(.turnEnd("turn", .failed(text)))) {
            if case .notify(let words) = command { told.append(words) }
        }
        for words in told { #expect(words.unicodeScalars.allSatisfy(isHarmless), "\(words.debugDescription)") }
        #expect(told.count >= 2)
    }

    /// Each row fits, and has no scalar that acts on the terminal or on other cells.
    private func expectClean(_ frame: Frame, _ place: String) {
        for row in frame.rows {
            let text = row.map(\.text).joined()
            if !text.unicodeScalars.allSatisfy(isHarmless) {
                Issue.record("not harmless: \(place): \(text.debugDescription)")
            }
            let width = text.columns
            if width > frame.size.columns { Issue.record("too wide: \(place): \(width) columns: \(text)") }
            if let first = text.unicodeScalars.first, columns(of: first) == 0 {
                Issue.record("a mark on nothing: \(place): \(text.debugDescription)")
            }
        }
    }

    private func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: false
        default: !scalar.properties.isBidiControl && !scalar.properties.isVariationSelector && scalar != "\u{200D}"
        }
    }
}
