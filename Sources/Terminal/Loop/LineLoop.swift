import CTerminal
import Glibc

/// Waits for whole lines of an input and for wake-ups from other threads. While nothing happens it makes no system
/// calls.
public final class LineLoop {
    /// What ended a sleep.
    public enum Event: Hashable, Sendable {
        /// A line, without its end. Bytes that are no UTF-8 are replaced.
        case line(String)
        /// Another thread has called ``Wakeup/wake()``.
        case woken
        /// ^C was pressed on a terminal: what had been typed of the line is gone.
        case interrupted
        /// The input has ended; no further line comes.
        case ended
    }

    /// The longest line, in bytes; the rest of a longer one is the next line.
    static let lineBytesMaximum = 1 << 20

    private let input: Int32
    private let wakeup: Wakeup
    /// Where SIGINT is read; negative where it ends the program.
    private let interrupts: Int32
    private var rest: [UInt8] = []
    private var hasEnded = false

    /// Creates a loop over a descriptor, which may be a terminal, a pipe or a file.
    ///
    /// - Parameter takesInterrupts: Whether ^C is an event and does not end the program. Then no other thread may have been
    ///   started before.
    public init(input: Int32, wakeup: Wakeup, takesInterrupts: Bool = false) {
        self.input = input
        self.wakeup = wakeup
        interrupts = takesInterrupts ? terminal_interrupts_open() : -1
    }

    deinit { if interrupts >= 0 { close(interrupts) } }

    /// Sleeps until something happens.
    ///
    /// - Parameter timeout: The longest sleep in milliseconds; `nil` for no bound.
    /// - Returns: What happened, in order; nothing after the time-out.
    public func next(timeout: Int32? = nil) -> [Event] {
        var polled = [
            // poll(2) ignores a negative descriptor. Input at its end would be readable forever.
            pollfd(fd: hasEnded ? -1 : input, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: interrupts, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&polled, nfds_t(polled.count), timeout ?? -1) > 0 else { return [] }
        var events = polled[0].revents != 0 ? read() : []
        while polled[2].revents != 0, terminal_signals_next(interrupts) != 0 { events.append(.interrupted) }
        if polled[1].revents != 0 {
            wakeup.clear()
            events.append(.woken)
        }
        return events
    }

    private func read() -> [Event] {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = Glibc.read(input, &buffer, buffer.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return [] }
        guard count > 0 else {
            hasEnded = true
            defer { rest = [] }
            return (rest.isEmpty ? [] : [.line(LineLoop.text(rest[...]))]) + [.ended]
        }
        rest += buffer[..<count]
        var events: [Event] = []
        var start = 0
        while let end = rest[start...].firstIndex(of: 0x0A) {
            events.append(.line(LineLoop.text(rest[start..<end])))
            start = end + 1
        }
        rest.removeFirst(start)
        if rest.count > LineLoop.lineBytesMaximum {
            events.append(.line(LineLoop.text(rest[...])))
            rest = []
        }
        return events
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.last == 0x0D ? bytes.dropLast() : bytes, as: UTF8.self)
    }
}
