import CTerminal
import Glibc
import Screen
import Testing

@testable import Terminal

extension OnATerminal {
    @Suite struct Opening {
        @Test(arguments: ["xterm-ghostty-of-tomorrow", "nobody-knows-me", "", "unknown"])
        func anUnknownTypeFallsBack(type: String) throws {
            let pseudo = try PseudoTerminal()
            let terminal = try pseudo.open(environment: ["TERM": type])
            terminal.paint(Frame(["still here"]))
            #expect(try pseudo.shown().contains("still here"))
        }

        @Test func aDumbTerminalIsRefusedAndUntouched() throws {
            let pseudo = try PseudoTerminal()
            let before = pseudo.modes
            #expect(throws: TerminalError.dumb) { _ = try pseudo.open(environment: ["TERM": "dumb"]) }
            #expect(TerminalError.dumb.description.contains("--batch"))
            #expect(pseudo.modes == before)
            #expect(try pseudo.shown() == "")
        }

        @Test func whatIsNoTerminalIsRefused() throws {
            let file = open("/dev/null", O_RDWR)
            defer { close(file) }
            #expect(throws: TerminalError.notATerminal(descriptor: file)) {
                _ = try Terminal(input: file, output: file, environment: ["TERM": "xterm"])
            }
        }

        @Test func theScreenAndTheModesAreTaken() throws {
            let pseudo = try PseudoTerminal()
            let terminal = try pseudo.open()
            let shown = try pseudo.shown()
            for mode in ["[?1049h", "[?2004h", "[?1004h", "[>1u", "[?1h"] {
                #expect(shown.contains("\u{1B}" + mode), "\(shown.visible)")
            }
            var modes = termios()
            tcgetattr(pseudo.program, &modes)
            #expect(modes.c_lflag & tcflag_t(ECHO | ICANON | ISIG) == 0)
            #expect(modes.c_iflag & tcflag_t(ICRNL | IXON) == 0)
            _ = terminal
        }

        /// The signals curses would take over are as they were.
        @Test func noSignalIsTakenOver() throws {
            let pseudo = try PseudoTerminal()
            let terminal = try pseudo.open()
            for number in [SIGTSTP, SIGWINCH] {
                var action = sigaction()
                sigaction(number, nil, &action)
                #expect(unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 0)
            }
            _ = terminal
        }

        @Test func aLocaleWithoutUTF8AsksForASCII() async {
            await #expect(processExitsWith: .success) {
                setenv("LC_ALL", "C", 1)
                let pseudo = try PseudoTerminal()
                let terminal = try pseudo.open()
                terminal.paint(Frame(["wörld"]))
                let arrives = try pseudo.shown().contains("wörld")
                setenv("LC_ALL", "C.UTF-8", 1)
                terminal.restore()
                exit(terminal.usesASCII && arrives ? EXIT_SUCCESS : EXIT_FAILURE)
            }
        }
    }
}

@Suite struct TerminalTypeTests {
    @Test(arguments: [
        ("xterm-kitty", ["xterm-kitty", "xterm-256color", "xterm", "vt100"]),
        ("foot", ["foot", "xterm-256color", "xterm", "vt100"]),
        ("tmux-256color", ["tmux-256color", "screen-256color", "xterm", "vt100"]),
        ("xterm", ["xterm", "vt100"]),
        ("vt100", ["vt100", "xterm"]),
        ("", ["xterm", "vt100"]),
    ])
    func candidatesFollowTheName(name: String, candidates: [String]) throws {
        #expect(try TerminalType(environment: ["TERM": name]).candidates == candidates)
    }

    @Test func anEmptyNoColorAllowsColors() throws {
        #expect(try TerminalType(environment: ["NO_COLOR": ""]).allowsColor)
        #expect(try !TerminalType(environment: ["NO_COLOR": "1"]).allowsColor)
    }
}
