import Screen
import Testing

@testable import Terminal

extension OnATerminal {
    /// Addresses behind text (OSC 8).
    @Suite struct Links {
        private static let place = "https://example.com/a?b=c"

        private func frame(_ rows: [[Span]]) -> Frame {
            Frame(size: Size(columns: 80, rows: 24), rows: rows, cursor: nil)
        }

        @Test func aLinkIsPaintedOverItsText() throws {
            let pseudo = try PseudoTerminal()
            let terminal = try pseudo.open()
            let style = Style(foreground: .palette(6), attributes: .underline)
            let rows = [[Span("中 see "), Span("there", style, link: Self.place), Span(".")]]
            terminal.paint(frame(rows))
            let shown = try pseudo.shown()
            let over = "\u{1B}7\u{1B}[1;8H\u{1B}[0;4;36m\u{1B}]8;;\(Self.place)\u{1B}\\there\u{1B}]8;;\u{1B}\\\u{1B}8"
            #expect(shown.contains(over), "\(shown.visible)")
            #expect(shown.hasSuffix("\u{1B}[?2026l"), "in the same update")
            // It is there, and is painted again only in a row that has changed.
            terminal.paint(frame(rows))
            #expect(try pseudo.shown() == "")
            terminal.paint(frame(rows + [[Span("more")]]))
            #expect(try !pseudo.shown().contains("\u{1B}]8"))
            terminal.paint(frame([[Span("up")]] + rows))
            #expect(try pseudo.shown().contains("\u{1B}[2;8H"))
            terminal.redraw()
            #expect(try pseudo.shown().contains("\u{1B}]8"))
        }

        /// The row is the same in both frames, but ncurses moves it with those around it and writes it again.
        @Test func aLinkIsPaintedAgainWhereRowsHaveMoved() throws {
            let pseudo = try PseudoTerminal()
            let terminal = try pseudo.open()
            func rows(from first: Int) -> [[Span]] {
                var rows = (0..<24).map { row in
                    [Span("line \(first + row) " + String(repeating: "\((first + row) * 7919) ", count: 8))]
                }
                rows[3] = [Span("there", link: Self.place)]
                return rows
            }
            terminal.paint(frame(rows(from: 0)))
            _ = try pseudo.shown()
            terminal.paint(frame(rows(from: 5)))
            let shown = try pseudo.shown()
            #expect(shown.contains("\u{1B}[5S") || shown.contains("\u{1B}[5M"), "rows are moved: \(shown.visible)")
            #expect(shown.contains("\u{1B}[4;1H") && shown.contains("\u{1B}]8;;\(Self.place)"), "\(shown.visible)")
        }

        @Test(arguments: [
            "javascript:alert(1)", "https://a\u{1B}\\b", "https://a b", "https://ä", "",
            "https://" + String(repeating: "x", count: 3_000),
        ])
        func whatIsNoAddressIsTextOnly(link: String) throws {
            let pseudo = try PseudoTerminal()
            let terminal = try pseudo.open()
            terminal.paint(frame([[Span("text", link: link)]]))
            let shown = try pseudo.shown()
            #expect(shown.contains("text") && !shown.contains("\u{1B}]8"))
        }

        @Test func aLinkOutsideOfTheScreenIsNone() throws {
            let pseudo = try PseudoTerminal(columns: 20, rows: 5)
            let terminal = try pseudo.open()
            terminal.paint(
                Frame(
                    size: terminal.size,
                    rows: [[Span(String(repeating: "x", count: 18)), Span("link", link: Self.place)]],
                    cursor: nil))
            #expect(try !pseudo.shown().contains("\u{1B}]8"))
        }

        @Test(arguments: [
            (["TERM": "linux"], false), (["TERM": "xterm-256color"], true),
            (["TERM": "tmux-256color", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.3a"], false),
            (["TERM": "tmux-256color", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.4"], true),
            (["TERM": "tmux-256color", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "next-3.6"], true),
        ])
        func terminalsThatDoNotKnowThemGetNone(environment: [String: String], shows: Bool) throws {
            #expect(try TerminalType(environment: environment).showsLinks == shows)
        }
    }
}
