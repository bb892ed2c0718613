import CTerminal
import Glibc
import Screen

/// The main thread's event loop: sleeps until a key, a signal, a wake-up from another thread, or a deadline.
///
/// While nothing happens it makes no system calls. A terminal that accepts no output is one more descriptor that it
/// polls, and does not block the others.
///
/// ```swift
/// Loop.blockSignals()                     // before any thread is started
/// let wakeup = try Wakeup()
/// let terminal = try Terminal(input: 0, output: 1, environment: environment)
/// let loop = try Loop(terminal: terminal, wakeup: wakeup)
/// while isRunning {
///     for event in loop.next(timeout: nextDeadline) { … }
///     terminal.paint(frame)
/// }
/// terminal.restore()
/// ```
public final class Loop {
    /// How long further changes of the size are collected: dragging a window's edge produces dozens.
    static let resizeDelay = Duration.milliseconds(30)

    private let terminal: Terminal
    private let wakeup: Wakeup
    private let files: FileWatch?
    private let signals: Int32
    private var resizeAt: ContinuousClock.Instant?
    private var keysSettleAt: ContinuousClock.Instant?
    private var isClosed = false

    /// Blocks the signals that the loop reports, for this thread and those that it starts afterwards. A thread started
    /// before would still be interrupted, which would end the program without restoring the terminal. Child processes
    /// inherit the mask and have to unblock it.
    public static func blockSignals() { terminal_signals_block() }

    /// Creates a loop for the thread that has called ``blockSignals()``.
    ///
    /// - Parameter files: Whose changes are reported as well.
    public init(terminal: Terminal, wakeup: Wakeup, files: FileWatch? = nil) throws(TerminalError) {
        self.terminal = terminal
        self.files = files
        self.wakeup = wakeup
        signals = terminal_signals_open()
        guard signals >= 0 else { throw .system(call: "signalfd", code: errno) }
    }

    deinit { close(signals) }

    /// Sleeps until something happens.
    ///
    /// - Parameter timeout: The longest sleep; `nil` for no bound.
    /// - Returns: What happened, at least one event: signals first, then keys, then the rest.
    public func next(timeout: Duration?) -> [Event] {
        let deadline = timeout.map { ContinuousClock.now + $0 }
        while true {
            let ready = sleep(until: [deadline, resizeAt, keysSettleAt].compactMap(\.self).min())
            var events: [Event] = []
            if ready.signals { takeSignals(into: &events) }
            takeKeys(ready.input, into: &events)
            if let at = resizeAt, at <= .now {
                resizeAt = nil
                if let size = terminal.resize() {
                    events.append(.resized(size))
                } else {
                    // It had another size for a moment, in which the terminal has cut off or wrapped what it showed.
                    terminal.redraw()
                }
            }
            if ready.files, let names = files?.take(), !names.isEmpty { events.append(.filesChanged(names)) }
            if ready.wakeup {
                wakeup.clear()
                events.append(.woken)
            }
            if ready.room { terminal.flush() }
            if !events.isEmpty { return events }
            if let deadline, deadline <= .now { return [.timedOut] }
        }
    }

    private struct Ready {
        var input = false
        var signals = false
        var wakeup = false
        var room = false
        var files = false
    }

    private func sleep(until deadline: ContinuousClock.Instant?) -> Ready {
        let (input, output) = terminal.descriptors
        // poll(2) ignores a negative descriptor. Input at its end would be readable forever.
        var polled = [
            pollfd(fd: isClosed ? -1 : input, events: Int16(POLLIN), revents: 0),
            pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: terminal.isWaitingForRoom ? output : -1, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: files?.descriptor ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        let timeout = deadline.map { ($0 - .now).millisecondsRoundedUp } ?? -1
        // After EINTR the caller checks its deadlines and calls again.
        guard poll(&polled, nfds_t(polled.count), timeout) > 0 else { return Ready() }
        return Ready(
            input: polled[0].revents != 0, signals: polled[1].revents != 0, wakeup: polled[2].revents != 0,
            room: polled[3].revents != 0, files: polled[4].revents != 0)
    }

    private func takeSignals(into events: inout [Event]) {
        var goesOn = false
        var stops = false
        while case let signal = terminal_signals_next(signals), signal != 0 {
            switch signal {
            case SIGWINCH:
                // The delay counts from the first change, so that the screen follows while the window is being dragged.
                if resizeAt == nil { resizeAt = .now + Self.resizeDelay }
            case SIGCONT: (goesOn, stops) = (true, false)
            case SIGTSTP, SIGTTIN, SIGTTOU: stops = true
            default: events.append(.signal(signal))
            }
        }
        // SIGHUP to a stopped job is followed by SIGCONT. It must not stop again for want of the terminal.
        guard events.isEmpty else { return }
        if goesOn { terminal.reclaim() }
        if stops {
            terminal.suspend()
            events.append(.resized(terminal.size))
        }
    }

    private func takeKeys(_ isReady: Bool, into events: inout [Event]) {
        var keys: [Key] = []
        if isReady {
            if let read = terminal.readKeys() {
                keys = read
            } else {
                isClosed = true
            }
            keysSettleAt = terminal.keyTimeout.map { .now + $0 }
        } else if let at = keysSettleAt, at <= .now {
            keys = terminal.settleKeys()
            keysSettleAt = nil
        }
        if !keys.isEmpty { events.append(.keys(keys)) }
        if keys.contains(.focus(true)) { terminal.askAgain() }
        events += terminal.takeFindings()
        let dropped = terminal.takePasteBytesDropped()
        if dropped > 0 { events.append(.pasteCut(bytes: dropped)) }
        if isClosed && isReady { events.append(.closed) }
    }
}
