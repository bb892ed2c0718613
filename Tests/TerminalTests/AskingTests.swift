import Glibc
import Screen
import TestKit
import Testing

@testable import Terminal

extension OnATerminal {
    /// What the terminal is asked, and what its answers change. Answers never arrive as keys.
    @Suite(.timeLimit(.minutes(1))) struct Asking {
        let pseudo: PseudoTerminal
        let terminal: Terminal
        let loop: Loop

        init() throws {
            Loop.blockSignals()
            pseudo = try PseudoTerminal()
            terminal = try pseudo.open(asks: true)
            loop = try Loop(terminal: terminal, wakeup: try Wakeup())
        }

        /// The answers to the first questions, with the widths of the samples.
        private func answer(widths: [Int], isSynchronizing: Bool = true) {
            let reports = widths.map { "\u{1B}[2;\($0 + 1)R" }.joined()
            pseudo.type("\u{1B}[?2026;\(isSynchronizing ? 2 : 0)$y\(reports)\u{1B}[?62;22c")
        }

        @Test func theQuestionsComeBeforeTheFirstFrame() throws {
            terminal.paint(Frame(["first"]))
            let shown = try pseudo.shown()
            let asked = try #require(shown.firstRange(of: Inquiry.questions))
            let painted = try #require(shown.firstRange(of: "first"))
            #expect(asked.upperBound < painted.lowerBound)
            answer(widths: [1, 2, 2, 2, 2])
            pseudo.type("x")
            #expect(loop.next(timeout: nil) == [.keys([.character("x")])])
        }

        @Test(arguments: [
            ("rgb:1e1e/1e1e/2e2e", RGB(0x1E1E2E)), ("rgb:ff/f0/00", RGB(0xFFF000)), ("rgb:f/0/8", RGB(0xFF0088)),
            ("rgba:ffff/ffff/ffff/ffff", RGB(0xFFFFFF)),
        ])
        func theBackgroundIsReported(text: String, color: RGB) {
            for end in ["\u{7}", "\u{1B}\\"] {
                pseudo.type("\u{1B}]11;\(text)\(end)")
                #expect(loop.next(timeout: nil) == [.background(color)])
            }
        }

        @Test(arguments: ["rgb:1e1e/1e1e", "rgb:zz/00/00", "rgb:12345/0/0", "#1e1e2e", ""])
        func whatIsNoColorIsDropped(text: String) {
            pseudo.type("\u{1B}]11;\(text)\u{7}x")
            #expect(loop.next(timeout: nil) == [.keys([.character("x")])])
        }

        @Test func anAnswerInPiecesIsOne() {
            for piece in "\u{1B}]11;rgb:00/00/00\u{1B}\\".map(String.init) { pseudo.type(piece) }
            #expect(loop.next(timeout: nil) == [.background(RGB(0))])
        }

        /// A terminal that does not know the emoji of Unicode 15 draws them in one column or none.
        @Test func emojiThatTheTerminalDoesNotKnowAreReplaced() throws {
            terminal.paint(Frame(["🫨x🫠"]))
            #expect(try pseudo.shown().contains("🫨x🫠"))
            answer(widths: [1, 2, 2, 0, 0])
            #expect(loop.next(timeout: .zero) == [.timedOut])
            #expect(try pseudo.shown().contains("□ x🫠"))
        }

        @Test func wideAmbiguousCharactersMeanASCII() {
            answer(widths: [2, 2, 2, 2, 2])
            #expect(loop.next(timeout: nil) == [.glyphs(.ascii)])
        }

        @Test func aTerminalWithoutSynchronizedUpdatesGetsNone() throws {
            answer(widths: [1, 2, 2, 2, 2], isSynchronizing: false)
            #expect(loop.next(timeout: .zero) == [.timedOut])
            _ = try pseudo.shown()
            terminal.paint(Frame(["text"]))
            let shown = try pseudo.shown()
            #expect(shown.contains("text") && !shown.contains("2026"))
        }

        @Test func aChangeOfTheAppearanceIsAskedFor() throws {
            _ = try pseudo.shown()
            pseudo.type("\u{1B}[?997;2n")
            #expect(loop.next(timeout: .zero) == [.timedOut])
            #expect(try pseudo.shown() == "\u{1B}]11;?\u{1B}\\")
        }

        /// An answer that came after the end would be typed into the shell.
        @Test func answersOnTheirWayAreWaitedForAtTheEnd() {
            answer(widths: [1, 2, 2, 2, 2])
            terminal.restore()
            var left = pollfd(fd: pseudo.program, events: Int16(POLLIN), revents: 0)
            #expect(poll(&left, 1, 0) == 0, "nothing is left to be read by the shell")
        }

        @Test func aTerminalThatAnswersNothingIsLeftAllTheSame() {
            terminal.restore()
            terminal.restore()
        }
    }

    @Suite struct Watching {
        @Test func savedFilesAreReported() throws {
            Loop.blockSignals()
            let pseudo = try PseudoTerminal()
            let files = FileWatch()
            let loop = try Loop(terminal: try pseudo.open(), wakeup: try Wakeup(), files: files)
            let folder = try TemporaryDirectory("watched")
            files.watch([folder.path, folder.path("none")])
            let (path, other) = (folder.path("tide.toml"), folder.path("other"))
            for way in ["written", "replaced"] {
                let file = fopen(way == "written" ? path : other, "w")
                fputs(way, file)
                fclose(file)
                if way == "replaced" { rename(other, path) }
                guard case .filesChanged(let names) = loop.next(timeout: .seconds(10)).first else {
                    Issue.record("nothing was reported")
                    return
                }
                #expect(names.contains("tide.toml"))
            }
            files.watch([])
            unlink(path)
            fclose(fopen(path, "w"))
            #expect(loop.next(timeout: .zero) == [.timedOut])
        }
    }
}
