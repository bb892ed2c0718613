import Screen
import Terminal
import Testing

extension OnATerminal {
    @Suite struct Painting {
        @Test func whatIsPaintedArrivesWithinOneFrame() throws {
            let pseudo = try PseudoTerminal()
            let terminal = try pseudo.open()
            terminal.paint(Frame(["Hello, wörld 中文", "", "third"]))
            let shown = try pseudo.shown()
            #expect(shown.contains("Hello, wörld 中文"))
            #expect(shown.contains("third"))
            #expect(shown.hasSuffix("\u{1B}[?2026l"))
            #expect(shown.ranges(of: "\u{1B}[?2026h").count == 1)
        }

        @Test func anUnchangedFrameIsNotWritten() throws {
            let pseudo = try PseudoTerminal()
            let terminal = try pseudo.open()
            let styled = Style(foreground: .palette(2), background: .rgb(red: 1, green: 2, blue: 3), attributes: .bold)
            let frame = Frame(
                size: terminal.size, rows: [[Span("a"), Span("中", styled)], [], [Span("b", styled)]],
                cursor: Point(column: 1, row: 1))
            terminal.paint(frame)
            _ = try pseudo.shown()
            let before = terminal.bytesWritten
            for _ in 0..<10 { terminal.paint(frame) }
            #expect(try pseudo.shown() == "")
            #expect(terminal.bytesWritten == before)

            // The same without a caret.
            var hidden = frame
            hidden.cursor = nil
            terminal.paint(hidden)
            _ = try pseudo.shown()
            terminal.paint(hidden)
            #expect(try pseudo.shown() == "")
        }

        @Test func aChangedCharacterIsFewBytes() throws {
            let pseudo = try PseudoTerminal()
            let terminal = try pseudo.open()
            let rows = (0..<24).map { "row \($0) with some text" }
            terminal.paint(Frame(rows, cursor: Point(column: 3, row: 20)))
            _ = try pseudo.shown()
            var changed = rows
            changed[10] = "row 10 with sone text"
            terminal.paint(Frame(changed, cursor: Point(column: 3, row: 20)))
            let shown = try pseudo.shown()
            #expect(shown.contains("n"))
            #expect(shown.utf8.count < 60, "\(shown.visible)")
        }

        /// What a minute of an agent's answer costs: a line more in each frame, and a clock that moves.
        @Test func aStreamStaysWithinItsBudget() throws {
            let pseudo = try PseudoTerminal()
            let terminal = try pseudo.open()
            var generator = SplitMix(state: 7)
            let lines = (0..<150).map { _ in
                (0..<8).map { _ in String("abcdefghijklmnopqrstuvwxyz".shuffled(using: &generator).prefix(6)) }
                    .joined(separator: " ")
            }
            func frame(_ index: Int) -> Frame {
                Frame(lines[index..<index + 22] + ["", "live \(index)"], cursor: Point(column: 0, row: 22))
            }
            terminal.paint(frame(0))
            _ = try pseudo.shown()
            let before = terminal.bytesWritten
            for index in 1...100 {
                terminal.paint(frame(index))
                _ = try pseudo.shown()
            }
            let perFrame = (terminal.bytesWritten - before) / 100
            print("bytes for a frame with a new line of 55 characters: \(perFrame)")
            #expect(perFrame < 160)
        }

        @Test func nothingIsClearedBetweenFrames() throws {
            let pseudo = try PseudoTerminal()
            let terminal = try pseudo.open()
            terminal.paint(Frame(["one", "two"]))
            _ = try pseudo.shown()
            terminal.paint(Frame(["three", "four"]))
            let shown = try pseudo.shown()
            #expect(!shown.contains("\u{1B}[H\u{1B}[2J") && !shown.contains("\u{1B}[2J"))
        }

        @Test func redrawingPaintsEverythingAgain() throws {
            let pseudo = try PseudoTerminal()
            let terminal = try pseudo.open()
            terminal.paint(Frame(["keep me"]))
            _ = try pseudo.shown()
            terminal.redraw()
            #expect(try pseudo.shown().contains("keep me"))
        }

        @Test func textThatDoesNotFitIsCut() throws {
            let pseudo = try PseudoTerminal(columns: 10, rows: 3)
            let terminal = try pseudo.open()
            // The wide character would begin in the last column.
            terminal.paint(Frame(["123456789中zzz", "second", "third", "fourth"], size: terminal.size))
            let shown = try pseudo.shown()
            #expect(shown.contains("123456789") && shown.contains("second") && shown.contains("third"))
            #expect(!shown.contains("中") && !shown.contains("z") && !shown.contains("fourth"))
        }

        @Test func theLastCellCanBePainted() throws {
            let pseudo = try PseudoTerminal(columns: 10, rows: 3)
            let terminal = try pseudo.open()
            terminal.paint(Frame(["aaaaaaaaaa", "bbbbbbbbbb", "ccccccccXZ"], size: terminal.size))
            let shown = try pseudo.shown()
            // ncurses paints the corner from the left, so that the terminal does not scroll.
            #expect(shown.contains("Z") && shown.contains("X"))
        }

        @Test func controlCharactersOfATextNeverReachTheTerminal() throws {
            let pseudo = try PseudoTerminal()
            let terminal = try pseudo.open()
            terminal.paint(Frame(["a\u{1B}]0;evil\u{7}b\u{9B}31mc\td\ne"]))
            let shown = try pseudo.shown()
            #expect(!shown.contains("\u{1B}]") && !shown.contains("\u{7}") && !shown.contains("\u{9B}"))
            #expect(shown.contains("a\u{FFFD}]0;evil\u{FFFD}b\u{FFFD}31mc\u{FFFD}d\u{FFFD}e"))
        }

        /// The C library here does not know the Unicode 15 emoji; with its answer ncurses draws a replacement of one
        /// cell and puts the second character next to it.
        @Test(arguments: ["🫨", "🫷", "中"])
        func cursesAsksOurWidths(wide: String) throws {
            let pseudo = try PseudoTerminal()
            let terminal = try pseudo.open()
            terminal.paint(Frame([wide + "x"], cursor: Point(column: 0, row: 5)))
            #expect(try pseudo.shown().contains(wide + "x"))
            terminal.paint(Frame([wide + "y"], cursor: Point(column: 0, row: 5)))
            // From the caret to the third column of the first row: the emoji takes two.
            #expect(try pseudo.shown().contains("\u{1B}[1;3Hy"))
        }

        @Test func combiningMarksStayWithTheirCharacter() throws {
            let pseudo = try PseudoTerminal()
            let terminal = try pseudo.open()
            terminal.paint(Frame(["e\u{301}x"]))
            let shown = try pseudo.shown()
            #expect(shown.unicodeScalars.split(separator: "e").contains { $0.starts(with: ["\u{301}", "x"]) })
        }

        @Test func theCaretIsHiddenAndShown() throws {
            let pseudo = try PseudoTerminal()
            let terminal = try pseudo.open()
            terminal.paint(Frame(["text"]))
            #expect(try pseudo.shown().contains("\u{1B}[?25l"))
            terminal.paint(Frame(["text"], cursor: Point(column: 1000, row: 1000)))
            let shown = try pseudo.shown()
            #expect(shown.contains("\u{1B}[24;80H") && shown.contains("\u{1B}[?25h"))
        }

        @Test func aResizedTerminalIsPaintedWhole() throws {
            let pseudo = try PseudoTerminal()
            let terminal = try pseudo.open()
            terminal.paint(Frame(["text"]))
            _ = try pseudo.shown()
            #expect(terminal.resize() == nil)
            pseudo.resize(columns: 100, rows: 30)
            #expect(terminal.resize() == Size(columns: 100, rows: 30))
            let last = String(repeating: " ", count: 90) + "last"
            let rows = ["text"] + Array(repeating: "", count: 28) + [last]
            terminal.paint(Frame(rows, size: terminal.size))
            let shown = try pseudo.shown()
            #expect(shown.contains("text") && shown.contains("last"))
            #expect(shown.contains("30;"))
        }

        @Test func aTerminalWithoutASizeIsTakenForTheUsualOne() throws {
            let pseudo = try PseudoTerminal(columns: 0, rows: 0)
            #expect(try pseudo.open().size == Size(columns: 80, rows: 24))
        }

        @Test func aCommandGoesBetweenFrames() throws {
            let pseudo = try PseudoTerminal()
            let terminal = try pseudo.open()
            terminal.paint(Frame(["text"]))
            _ = try pseudo.shown()
            terminal.send("\u{1B}]9;done\u{7}")
            #expect(try pseudo.shown() == "\u{1B}]9;done\u{7}")
        }
    }
}

/// Random numbers that are the same in every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
