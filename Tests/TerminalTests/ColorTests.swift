import Screen
import Testing

@testable import Terminal

extension OnATerminal {
    @Suite struct Colors {
        static let orange = Style(foreground: .rgb(red: 255, green: 135, blue: 0))

        private func painted(_ style: Style, _ environment: [String: String]) throws -> String {
            let pseudo = try PseudoTerminal()
            let terminal = try pseudo.open(environment: environment)
            _ = try pseudo.shown()
            terminal.paint(Frame(size: terminal.size, rows: [[Span("ink", style)]], cursor: nil))
            return try pseudo.shown()
        }

        @Test func trueColorIsSentWhereItIsClaimed() throws {
            let shown = try painted(Self.orange, ["TERM": "xterm-256color", "COLORTERM": "truecolor"])
            #expect(shown.contains("\u{1B}[38;2;255;135;0mink"), "\(shown.visible)")
        }

        @Test func aPaletteColorStaysOneBesideTrueColors() throws {
            let style = Style(foreground: .palette(208), background: .palette(4))
            let shown = try painted(style, ["TERM": "tmux-256color", "COLORTERM": "24bit"])
            #expect(shown.contains("\u{1B}[38;5;208m") && shown.contains("\u{1B}[44m"), "\(shown.visible)")
        }

        @Test func itIsTheNearestOf256Otherwise() throws {
            let shown = try painted(Self.orange, ["TERM": "xterm-256color"])
            #expect(shown.contains("\u{1B}[38;5;208mink"), "\(shown.visible)")
        }

        @Test func itIsTheNearestOfEightOnTheConsole() throws {
            let style = Style(foreground: .rgb(red: 250, green: 20, blue: 10))
            let shown = try painted(style, ["TERM": "linux", "COLORTERM": "truecolor"])
            #expect(shown.contains("\u{1B}[31mink"), "\(shown.visible)")
        }

        @Test func thereIsNoneWhereTheUserWantsNone() throws {
            var style = Self.orange
            style.attributes = .bold
            let shown = try painted(style, ["TERM": "xterm-256color", "NO_COLOR": "1", "COLORTERM": "truecolor"])
            #expect(!shown.contains("38;") && shown.contains("1mink"), "\(shown.visible)")
        }

        @Test func thereIsNoneOnATerminalWithout() throws {
            #expect(try !painted(Self.orange, ["TERM": "vt100"]).contains("38;"))
        }

        @Test(arguments: [
            (Attributes.bold, "1"), (.dim, "2"), (.italic, "3"), (.underline, "4"), (.reverse, "7"), (.strike, "9"),
        ])
        func attributesAreSent(attribute: Attributes, code: String) throws {
            let shown = try painted(Style(attributes: attribute), ["TERM": "xterm-256color"])
            let sequences = shown.matches(of: /\e\[([0-9;]*)m/).flatMap { $0.1.split(separator: ";") }
            #expect(sequences.contains(Substring(code)), "\(shown.visible)")
            #expect(!sequences.contains("8"))
        }

        /// More colours than there are numbers for: the text stays, and after a redraw there is room again.
        @Test func textIsShownWhenColorsRunOut() throws {
            let pseudo = try PseudoTerminal(columns: 80, rows: 24)
            let terminal = try pseudo.open(environment: ["TERM": "xterm-256color", "COLORTERM": "truecolor"])
            let many = (0..<20).map { row in
                (0..<20).map { column in
                    Span("\(row % 10)", Style(foreground: .rgb(red: UInt8(row), green: UInt8(column), blue: 9)))
                }
            }
            terminal.paint(Frame(size: terminal.size, rows: many, cursor: nil))
            #expect(try pseudo.shown().contains("99999999999999999999"))
            terminal.paint(Frame(size: terminal.size, rows: [[Span("late", Self.orange)]], cursor: nil))
            #expect(try !pseudo.shown().contains("255;135;0"))
            terminal.redraw()
            #expect(try pseudo.shown().contains("255;135;0"))
        }
    }
}

@Suite struct PaletteTests {
    @Test(arguments: [
        (ColorDepth.mono, Color.rgb(red: 1, green: 1, blue: 1), Int32(-1)),
        (.indexed, .default, -1),
        (.indexed, .palette(200), 200),
        (.indexed, .rgb(red: 0, green: 0, blue: 0), 16),
        (.indexed, .rgb(red: 255, green: 255, blue: 255), 231),
        (.indexed, .rgb(red: 120, green: 118, blue: 119), 243),
        (.eight, .palette(9), 1),
        (.sixteen, .palette(9), 9),
        (.sixteen, .rgb(red: 255, green: 10, blue: 0), 9),
        (.direct, .rgb(red: 1, green: 2, blue: 3), 0x010203),
        (.direct, .rgb(red: 0, green: 0, blue: 0x80), 0x180),
        (.direct, .palette(3), 3),
        (.direct, .palette(196), 0xFF0000),
    ])
    func theNearestColorIsChosen(palette: ColorDepth, color: Color, number: Int32) {
        #expect(palette.number(of: color) == number)
    }

    @Test func aPaletteFollowsTheNumberOfColors() {
        #expect(
            [0, 8, 16, 88, 256, 0x100_0000].map(ColorDepth.init(colors:)) == [
                .mono, .eight, .sixteen, .sixteen, .indexed, .direct,
            ])
    }
}

@Suite struct SGRTranslatorTests {
    private func translated(_ text: String, _ translator: SGRTranslator) -> String {
        String(decoding: translator.translate(Array(text.utf8)), as: UTF8.self)
    }

    @Test func lentNumbersBecomeTheirColors() {
        var translator = SGRTranslator()
        #expect(translator.number(of: .rgb(red: 1, green: 2, blue: 3)) == 16)
        #expect(translator.number(of: .palette(99)) == 17)
        #expect(translator.number(of: .rgb(red: 1, green: 2, blue: 3)) == 16)
        #expect(translator.number(of: .palette(7)) == 7)
        #expect(
            translated("a\u{1B}[0;1;38;5;16;48;5;17mb\u{1B}[5;8H8m", translator)
                == "a\u{1B}[0;1;38;2;1;2;3;48;5;99mb\u{1B}[5;8H8m")
    }

    @Test func invisibleBecomesStruckAndNothingElseDoes() {
        #expect(
            translated("\u{1B}[0;8m\u{1B}[38;5;8m\u{1B}[m\u{1B}[8d\u{1B}(B8", SGRTranslator())
                == "\u{1B}[0;9m\u{1B}[38;5;8m\u{1B}[m\u{1B}[8d\u{1B}(B8")
    }

    @Test func thereIsAnEndToLending() {
        var translator = SGRTranslator()
        let numbers = (0...255).map { translator.number(of: .rgb(red: UInt8($0), green: 0, blue: 0)) }
        #expect(numbers.compactMap(\.self) == Array(16...255))
        translator.forget()
        #expect(translator.number(of: .rgb(red: 250, green: 0, blue: 0)) == 16)
    }
}
