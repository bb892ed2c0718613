import Glibc
import Testing

@testable import Terminal

/// The loop of line mode, on a pipe.
@Suite(.timeLimit(.minutes(1))) struct LineLoopTests {
    private final class Input {
        let reading: Int32
        private var writing: Int32

        init() throws {
            var sides: [Int32] = [-1, -1]
            try #require(pipe(&sides) == 0)
            (reading, writing) = (sides[0], sides[1])
        }

        deinit {
            end()
            close(reading)
        }

        func type(_ bytes: [UInt8]) { #expect(write(writing, bytes, bytes.count) == bytes.count) }

        func type(_ text: String) { type(Array(text.utf8)) }

        func end() {
            if writing >= 0 { close(writing) }
            writing = -1
        }
    }

    private let input: Input
    private let wakeup: Wakeup

    init() throws {
        input = try Input()
        wakeup = try Wakeup()
    }

    @Test func linesAreWhole() {
        let loop = LineLoop(input: input.reading, wakeup: wakeup)
        input.type("one\r\ntwo\n\nthr")
        #expect(loop.next() == [.line("one"), .line("two"), .line("")])
        input.type([0x65, 0xFF, 0x0A])
        #expect(loop.next() == [.line("thre\u{FFFD}")])
        #expect(loop.next(timeout: 0) == [])
        input.type("the rest")
        #expect(loop.next() == [])
        input.end()
        #expect(loop.next() == [.line("the rest"), .ended])
        wakeup.wake()
        #expect(loop.next() == [.woken], "the end is said once")
    }

    @Test func aLineThatIsTooLongIsDivided() {
        let loop = LineLoop(input: input.reading, wakeup: wakeup)
        let piece = [UInt8](repeating: 0x78, count: 32 << 10)
        var events: [LineLoop.Event] = []
        for _ in 0...LineLoop.lineBytesMaximum / piece.count {
            input.type(piece)
            events += loop.next()
        }
        #expect(events == [.line(String(repeating: "x", count: LineLoop.lineBytesMaximum + piece.count))])
    }

    /// The signal is this thread's, which alone reads it.
    @Test func anInterruptIsAnEvent() {
        let loop = LineLoop(input: input.reading, wakeup: wakeup, takesInterrupts: true)
        raise(SIGINT)
        #expect(loop.next() == [.interrupted])
        #expect(loop.next(timeout: 0) == [])
    }
}
