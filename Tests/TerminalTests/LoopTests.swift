import CTerminal
import Glibc
import Screen
import Testing

@testable import Terminal

extension OnATerminal {
    @Suite(.timeLimit(.minutes(1))) struct Looping {
        let pseudo: PseudoTerminal
        let terminal: Terminal
        let wakeup: Wakeup
        let loop: Loop

        init() throws {
            Loop.blockSignals()
            pseudo = try PseudoTerminal()
            terminal = try pseudo.open()
            wakeup = try Wakeup()
            loop = try Loop(terminal: terminal, wakeup: wakeup)
        }

        @Test func keysEndTheSleep() {
            pseudo.type("hi\r")
            #expect(loop.next(timeout: nil) == [.keys([.character("h"), .character("i"), .enter])])
        }

        @Test func escapeIsAKeyWhenNothingFollows() {
            pseudo.type("\u{1B}")
            #expect(loop.next(timeout: .seconds(10)) == [.keys([.escape])])
        }

        @Test func theSleepIsAsLongAsAsked() {
            let start = ContinuousClock.now
            #expect(loop.next(timeout: .milliseconds(40)) == [.timedOut])
            #expect(ContinuousClock.now - start >= .milliseconds(40))
            #expect(loop.next(timeout: .zero) == [.timedOut])
        }

        /// One sleep of this thread, not many: nothing ticks.
        @Test func nothingHappensWhileIdle() {
            _ = loop.next(timeout: .zero)
            var (before, after) = (rusage(), rusage())
            let thisThread = __rusage_who_t(1)  // RUSAGE_THREAD, which is not imported
            getrusage(thisThread, &before)
            _ = loop.next(timeout: .milliseconds(200))
            getrusage(thisThread, &after)
            #expect(after.ru_nvcsw - before.ru_nvcsw <= 2)
        }

        @Test func anotherThreadWakesTheLoop() {
            let thread = Thread { [wakeup] in
                wakeup.wake()
                wakeup.wake()
            }
            #expect(loop.next(timeout: .seconds(10)) == [.woken])
            thread.join()
            // Both were one, or the second came later; then there is no third.
            let rest = loop.next(timeout: .milliseconds(10))
            #expect(rest == [.timedOut] || rest == [.woken])
            #expect(loop.next(timeout: .milliseconds(10)) == [.timedOut])
        }

        @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
        func aSignalIsAnEvent(number: Int32) {
            raise(number)
            #expect(loop.next(timeout: .seconds(10)) == [.signal(number)])
        }

        @Test func manyChangesOfTheSizeAreOne() {
            pseudo.resize(columns: 81, rows: 25)
            raise(SIGWINCH)
            // Not yet: more may come, and does.
            #expect(loop.next(timeout: .zero) == [.timedOut])
            for columns in 82...90 {
                pseudo.resize(columns: columns, rows: 25)
                raise(SIGWINCH)
            }
            #expect(loop.next(timeout: .seconds(10)) == [.resized(Size(columns: 90, rows: 25))])
        }

        /// The terminal has wrapped or cut off what it showed while it had the other size.
        @Test func aSizeThatIsBackIsPaintedAnew() throws {
            terminal.paint(Frame(["text"]))
            _ = try pseudo.shown()
            pseudo.resize(columns: 40, rows: 24)
            raise(SIGWINCH)
            pseudo.resize(columns: 80, rows: 24)
            raise(SIGWINCH)
            #expect(loop.next(timeout: .milliseconds(100)) == [.timedOut])
            #expect(try pseudo.shown().contains("text"))
        }

        @Test func goingOnAfterAStopPaintsEverything() throws {
            terminal.paint(Frame(["text"]))
            _ = try pseudo.shown()
            var meddled = termios()
            tcgetattr(pseudo.program, &meddled)
            let ours = pseudo.modes
            meddled.c_lflag |= tcflag_t(ECHO | ICANON)
            tcsetattr(pseudo.program, TCSANOW, &meddled)
            raise(SIGCONT)
            #expect(loop.next(timeout: .milliseconds(10)) == [.timedOut])
            #expect(pseudo.modes == ours)
            let shown = try pseudo.shown()
            #expect(shown.contains("text"))
            // What is kept in stacks is not taken twice.
            #expect(shown.ranges(of: "\u{1B}[<u").count == 1 && shown.ranges(of: "\u{1B}[>1u").count == 1)
        }

        /// Sent from outside they stop the program only after the terminal was given back. Ignored, the stop itself is
        /// over at once.
        @Test(arguments: [SIGTSTP, SIGTTIN, SIGTTOU]) func aStopFromOutsideGivesTheTerminalBack(number: Int32) throws {
            let previous = signal(SIGTSTP, SIG_IGN)
            defer { signal(SIGTSTP, previous) }
            terminal.paint(Frame(["text"]))
            _ = try pseudo.shown()
            raise(number)
            #expect(loop.next(timeout: .seconds(10)) == [.resized(terminal.size)])
            let shown = try pseudo.shown()
            let left = try #require(shown.firstRange(of: "\u{1B}[?1049l"))
            let taken = try #require(shown.firstRange(of: "\u{1B}[?1049h"))
            #expect(left.upperBound <= taken.lowerBound)
        }

        /// A shell sends both to end a stopped job.
        @Test func whoIsAskedToEndDoesNotTakeTheTerminalAgain() throws {
            terminal.paint(Frame(["text"]))
            _ = try pseudo.shown()
            raise(SIGTERM)
            raise(SIGCONT)
            #expect(loop.next(timeout: .seconds(10)) == [.signal(SIGTERM)])
            #expect(try pseudo.shown() == "")
        }

        @Test func whatWasTypedBeforeTheEndComesFirst() {
            pseudo.type("x")
            #expect(loop.next(timeout: .seconds(10)) == [.keys([.character("x")])])
            pseudo.leave()
            #expect(loop.next(timeout: .seconds(10)) == [.closed])
            // Said once; the rest goes on, without spinning.
            #expect(loop.next(timeout: .milliseconds(10)) == [.timedOut])
            wakeup.wake()
            #expect(loop.next(timeout: .seconds(10)) == [.woken])
        }

        @Test func aPasteThatIsTooLongIsCutAndSaid() {
            let extra = 1000
            let text =
                "\u{1B}[200~" + String(repeating: "x", count: PasteCollector.bytesMaximum + extra) + "\u{1B}[201~"
            var bytes = Array(text.utf8)[...]
            var events: [Event] = []
            // The pseudo-terminal holds a few kilobytes: typing and reading take turns.
            while !events.contains(where: { if case .keys = $0 { true } else { false } }) {
                let piece = bytes.prefix(2000)
                if !piece.isEmpty { pseudo.type(String(decoding: piece, as: UTF8.self)) }
                bytes = bytes.dropFirst(piece.count)
                events += loop.next(timeout: piece.isEmpty ? .seconds(10) : .milliseconds(1)).filter { $0 != .timedOut }
            }
            guard case .keys(let keys) = events.first else { return }
            #expect(keys == [.paste(String(repeating: "x", count: PasteCollector.bytesMaximum))])
            #expect(events.dropFirst() == [.pasteCut(bytes: extra)])
        }

        /// Nobody reads what is written. Painting returns, a request to end is heard, and only the newest frame is
        /// painted when there is room.
        @Test func aTerminalThatTakesNothingBlocksNobody() throws {
            _ = try pseudo.shown()
            let size = terminal.size
            var index = 0
            while !terminal.isWaitingForRoom {
                index += 1
                let row = String(repeating: Character(Unicode.Scalar(UInt8(0x41 + index % 26))), count: size.columns)
                terminal.paint(Frame(Array(repeating: row, count: size.rows)))
                try #require(index < 1000)
            }
            for step in 0..<5 { terminal.paint(Frame(["frame \(step)"])) }
            raise(SIGTERM)
            #expect(loop.next(timeout: .seconds(10)) == [.signal(SIGTERM)])

            var seen: [UInt8] = []
            while terminal.isWaitingForRoom {
                seen += pseudo.readAvailable()
                _ = loop.next(timeout: .milliseconds(1))
            }
            seen += Array(try pseudo.shown().utf8)
            let text = String(decoding: seen, as: UTF8.self)
            #expect(text.contains("frame 4"))
            for step in 0..<4 { #expect(!text.contains("frame \(step)")) }
        }
    }
}

/// A thread of the system, outside the pool that the tests themselves occupy.
private final class Thread {
    private var handle = pthread_t()

    init(_ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Box(body: body))
        pthread_create(&handle, nil, run, box.toOpaque())
    }

    func join() { pthread_join(handle, nil) }
}

private final class Box: Sendable {
    let body: @Sendable () -> Void
    init(body: @escaping @Sendable () -> Void) { self.body = body }
}

@Sendable private func run(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
    return nil
}
