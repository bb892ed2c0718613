import CTerminal
import Glibc
import Screen
import Terminal
import Testing

extension OnATerminal {
    @Suite struct GivingBack {
        /// What has to be switched off, in any order.
        static let undone = ["[?2004l", "[?1004l", "[?2026l", "[?1049l", "[<u", "[>4m", "[?2031l", "[?1l", "[?25h"]

        static func expectGivenBack(_ shown: String, sourceLocation: SourceLocation = #_sourceLocation) {
            for mode in undone {
                #expect(shown.contains("\u{1B}" + mode), "\(shown.visible)", sourceLocation: sourceLocation)
            }
        }

        @Test func restoringGivesEverythingBackOnce() throws {
            let pseudo = try PseudoTerminal()
            let before = pseudo.modes
            let terminal = try pseudo.open()
            terminal.paint(Frame(["text"]))
            #expect(pseudo.modes != before)
            _ = try pseudo.shown()
            terminal.restore()
            Self.expectGivenBack(try pseudo.shown())
            #expect(pseudo.modes == before)
            terminal.restore()
            terminal.paint(Frame(["too late"]))
            terminal.send("too late")
            #expect(try pseudo.shown() == "")
        }

        @Test func aTerminalThatIsForgottenIsGivenBack() throws {
            let pseudo = try PseudoTerminal()
            let before = pseudo.modes
            do {
                let terminal = try pseudo.open()
                terminal.paint(Frame(["text"]))
            }
            Self.expectGivenBack(try pseudo.shown())
            #expect(pseudo.modes == before)
        }

        @Test func aSecondTerminalCanFollow() throws {
            for _ in 0..<3 {
                let pseudo = try PseudoTerminal()
                let terminal = try pseudo.open()
                terminal.paint(Frame(["again"]))
                #expect(try pseudo.shown().contains("again"))
            }
        }

        @Test func whoeverBorrowsTheTerminalHasItAsItWas() throws {
            let pseudo = try PseudoTerminal()
            let before = pseudo.modes
            let terminal = try pseudo.open()
            terminal.paint(Frame(["text"]))
            _ = try pseudo.shown()
            try terminal.lend {
                #expect(pseudo.modes == before)
                Self.expectGivenBack(try pseudo.shown())
                pseudo.resize(columns: 60, rows: 20)
            }
            #expect(pseudo.modes != before)
            let shown = try pseudo.shown()
            for part in ["\u{1B}[?1049h", "\u{1B}[?2004h", "\u{1B}[?1h", "text"] { #expect(shown.contains(part)) }
            #expect(terminal.size == Size(columns: 60, rows: 20))
        }

        @Test func suspendingGivesBackAndTakesAgain() throws {
            // Ignored, the stop is over at once; the rest is as it is in a shell.
            let previous = signal(SIGTSTP, SIG_IGN)
            defer { signal(SIGTSTP, previous) }
            let pseudo = try PseudoTerminal()
            let terminal = try pseudo.open()
            terminal.paint(Frame(["text"]))
            _ = try pseudo.shown()
            terminal.suspend()
            let shown = try pseudo.shown()
            let left = try #require(shown.firstRange(of: "\u{1B}[?1049l"))
            let taken = try #require(shown.firstRange(of: "\u{1B}[?1049h"))
            let painted = try #require(shown.firstRange(of: "text"))
            #expect(left.upperBound <= taken.lowerBound && taken.upperBound <= painted.lowerBound)
            // kitty keeps the mode of its keyboard with the screen: taken on ours, given back on ours.
            let keyboardLeft = try #require(shown.firstRange(of: "\u{1B}[<u"))
            let keyboardTaken = try #require(shown.firstRange(of: "\u{1B}[>1u"))
            #expect(keyboardLeft.upperBound <= left.lowerBound && taken.upperBound <= keyboardTaken.lowerBound)
        }

        /// Nobody reads what is written, as behind a dead network. Giving back comes to its end all the same.
        @Test(.timeLimit(.minutes(1))) func aTerminalThatTakesNothingIsLeft() throws {
            let pseudo = try PseudoTerminal()
            let before = pseudo.modes
            let terminal = try pseudo.open()
            var sent = 0
            while terminal.send(String(repeating: "x", count: 1000)) { sent += 1000 }
            // There is an end to what is kept for it.
            #expect(sent < 1 << 20)
            terminal.restore()
            #expect(pseudo.modes == before)
            // Unread output was discarded for the sequence that restores the terminal.
            _ = try pseudo.read(until: Array("\u{1B}[?1049l".utf8))
        }
    }

    /// The terminal is given back by a process that dies, and what it says arrives here.
    @Suite struct Dying {
        private func expectGivenBack(by pseudo: PseudoTerminal, before: PseudoTerminal.Modes) throws {
            let shown = try pseudo.shown()
            #expect(shown.contains("alive"))
            GivingBack.expectGivenBack(shown)
            #expect(shown.ranges(of: "\u{1B}[r").count == 2, "all rows scroll, also while it is in use")
            #expect(pseudo.modes == before)
        }

        @Test func anAbortGivesTheTerminalBack() async throws {
            let pseudo = try PseudoTerminal()
            let (path, before) = (pseudo.path, pseudo.modes)
            await #expect(processExitsWith: .signal(SIGABRT)) { [path = path as String] in
                try live(on: path)
                abort()
            }
            try expectGivenBack(by: pseudo, before: before)
        }

        @Test func aFaultGivesTheTerminalBack() async throws {
            let pseudo = try PseudoTerminal()
            let (path, before) = (pseudo.path, pseudo.modes)
            await #expect(processExitsWith: .signal(SIGSEGV)) { [path = path as String] in
                try live(on: path)
                // A page that may not be read.
                let page = mmap(nil, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                _ = page?.load(as: UInt8.self)
            }
            try expectGivenBack(by: pseudo, before: before)
        }

        @Test func aTrapGivesTheTerminalBack() async throws {
            let pseudo = try PseudoTerminal()
            let (path, before) = (pseudo.path, pseudo.modes)
            await #expect(processExitsWith: .failure) { [path = path as String] in
                try live(on: path)
                fatalError("on purpose")
            }
            try expectGivenBack(by: pseudo, before: before)
        }

        /// All signals whose default action terminates, except those that cannot be caught: by number, and the first, a
        /// middle and the last real-time signal.
        static let fatal: [Int32] =
            [
                SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGUSR1, SIGSEGV, SIGUSR2, SIGPIPE,
                SIGALRM, SIGTERM, SIGSTKFLT, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSYS,
            ] + [34, 50, 64]

        @Test(arguments: fatal)
        func aSignalGivesTheTerminalBack(number: Int32) async throws {
            let pseudo = try PseudoTerminal()
            let (path, before) = (pseudo.path, pseudo.modes)
            await #expect(processExitsWith: .signal(number)) { [path = path as String, number = number as Int32] in
                try live(on: path)
                kill(getpid(), number)
                while true { pause() }
            }
            try expectGivenBack(by: pseudo, before: before)
        }

        /// A handler from before, such as the Swift runtime's for backtraces, returns from a signal that was sent.
        @Test(arguments: [SIGQUIT, SIGSEGV, SIGILL, SIGTRAP]) func aHandlerThatReturnsKeepsNothingAlive(
            number: Int32
        ) async throws {
            let pseudo = try PseudoTerminal()
            let (path, before) = (pseudo.path, pseudo.modes)
            await #expect(processExitsWith: .signal(number)) { [path = path as String, number = number as Int32] in
                signal(number) { _ in }
                try live(on: path)
                // Delivered to this thread before raise(3) returns; kill(2) may choose another one.
                var signals = sigset_t()
                sigemptyset(&signals)
                sigaddset(&signals, number)
                pthread_sigmask(SIG_UNBLOCK, &signals, nil)
                raise(number)
                exit(0)
            }
            try expectGivenBack(by: pseudo, before: before)
        }

        /// A signal for the process may arrive on another thread while this one ends it: one of the two gives the terminal
        /// back, and the other does not end the program before.
        @Test(arguments: 0..<12) func aSignalDuringTheEndDoesNotEndItEarly(_: Int) async throws {
            let pseudo = try PseudoTerminal()
            let (path, before) = (pseudo.path, pseudo.modes)
            await #expect(processExitsWith: .failure) { [path = path as String] in
                try live(on: path)
                for _ in 0..<4 {
                    var thread = pthread_t()
                    pthread_create(&thread, nil, { _ in while true { pause() } }, nil)
                }
                kill(getpid(), SIGTERM)
                exit(1)
            }
            try expectGivenBack(by: pseudo, before: before)
        }

        /// What is typed unseen, and keys without a screen, too: the echo is there again.
        @Test(arguments: [TERMINAL_UNSEEN_LINE, TERMINAL_KEYS].map(\.rawValue), fatal)
        func theEchoIsThereAgainAfterASignal(kind: UInt32, number: Int32) async throws {
            let pseudo = try PseudoTerminal()
            let (path, before) = (pseudo.path, pseudo.modes)
            await #expect(processExitsWith: .signal(number)) {
                [path = path as String, kind = kind as UInt32, number = number as Int32] in
                let descriptor = open(path, O_RDWR | O_NOCTTY)
                #expect(dup2(descriptor, STDIN_FILENO) == STDIN_FILENO)
                #expect(terminal_typing_begin(STDIN_FILENO, terminal_typing(kind), "") == 0)
                var modes = termios()
                #expect(tcgetattr(STDIN_FILENO, &modes) == 0 && modes.c_lflag & tcflag_t(ECHO) == 0)
                kill(getpid(), number)
                while true { pause() }
            }
            #expect(pseudo.modes == before)
        }

        @Test func anExitGivesTheTerminalBack() async throws {
            let pseudo = try PseudoTerminal()
            let (path, before) = (pseudo.path, pseudo.modes)
            await #expect(processExitsWith: .exitCode(3)) { [path = path as String] in
                try live(on: path)
                exit(3)
            }
            try expectGivenBack(by: pseudo, before: before)
        }
    }
}

/// Takes a terminal and keeps it: it is not given back by going out of scope.
private func live(on path: String) throws {
    let descriptor = open(path, O_RDWR | O_NOCTTY)
    let terminal = try Terminal(
        input: descriptor, output: descriptor, environment: ["TERM": "xterm-256color", "BELAY_PROBE": "0"])
    terminal.paint(Frame(["alive"]))
    _ = Unmanaged.passRetained(terminal)
}
