import CTerminal
import Glibc
public import Screen

/// The terminal while the program uses it: shows frames, reads keys, and is restored at the end.
///
/// It belongs to the main thread, and there is only one at a time because ncurses has global state. Nothing blocks on
/// the terminal: a frame that it cannot accept yet is replaced by the newest one.
public final class Terminal {
    /// Time-out for the terminal at the end: one that accepts nothing must not keep the process alive.
    private static let timeoutAtEnd = Duration.milliseconds(500)
    /// How long answers to the first questions are waited for at the end.
    private static let timeoutForAnswers = Duration.milliseconds(150)
    /// The least time between two questions for the background.
    private static let askingInterval = Duration.seconds(60)
    /// The most bytes per read, so that a flood of input does not starve the loop.
    private static let readBytesMaximum = 64 << 10

    /// The most pending bytes before further sequences are refused. Frames are never queued.
    private static let pendingBytesMaximum = 256 << 10

    /// Whether the locale is not UTF-8, so that ASCII glyphs are used.
    public let usesASCII: Bool
    /// The present size of the screen.
    public private(set) var size: Size

    /// Whether the terminal is in our modes: not after ``restore()`` or while it is lent.
    private var isActive = false
    private let input: Int32
    private let device: Int32
    private let ownsDevice: Bool
    private let saved: termios
    private let modes: Modes
    private var painter: Painter
    private var output: Output
    private var decoder: KeyDecoder
    private var inquiry: Inquiry?
    /// When the terminal was last asked for its background.
    private var askedAt = ContinuousClock.now
    private var hasSaidBackground = false
    private var shown: Frame?
    /// The title of the window, while it is ours.
    var title: String?
    /// Whether the frame in `shown` is still to be painted.
    private var isBehind = false

    /// Stops the program while it is in the background, where the terminal's modes are another job's. Called before
    /// ``Loop/blockSignals()``, so that it can be ended meanwhile.
    ///
    /// - Throws: ``TerminalError`` when nobody can move it to the foreground.
    public static func awaitForeground(_ descriptor: Int32) throws(TerminalError) {
        guard terminal_await_foreground(descriptor) else { throw .system(call: "tcsetattr", code: EIO) }
    }

    /// Opens a terminal, in the foreground (``awaitForeground(_:)``).
    ///
    /// - Parameters:
    ///   - input: The descriptor that keys are read from.
    ///   - output: The descriptor that is written to.
    ///   - environment: The process's environment: `TERM`, `COLORTERM`, `NO_COLOR`, `SSH_CONNECTION`,
    ///     `BELAY_PROBE`.
    /// - Throws: ``TerminalError``; the terminal is unchanged then.
    public init(input: Int32, output: Int32, environment: [String: String]) throws(TerminalError) {
        for descriptor in [input, output] where isatty(descriptor) == 0 {
            throw .notATerminal(descriptor: descriptor)
        }
        let type = try TerminalType(environment: environment)
        var saved = termios()
        guard tcgetattr(output, &saved) == 0 else { throw .system(call: "tcgetattr", code: errno) }
        usesASCII = !terminal_locale()

        painter = try Painter(type: type)
        self.input = input
        self.saved = saved
        // If the terminal cannot be reopened by its name, for example after su(1), the given descriptor is used, which
        // is blocking.
        let reopened = terminal_reopen(output)
        ownsDevice = reopened >= 0
        device = ownsDevice ? reopened : output
        self.output = Output(descriptor: device)
        modes = Modes()
        // Over a network the rest of a sequence may arrive later.
        let isRemote = environment["SSH_CONNECTION"] != nil
        decoder = KeyDecoder(escapeTimeout: .milliseconds(isRemote ? 50 : 25), named: NamedKeys.read())
        size = Self.size(of: device)
        painter.resize(to: size)
        takeModes()
        isActive = true
        self.output.write(painter.collect() + modes.on)
        if modes.asks, environment["BELAY_PROBE"] != "0" {
            inquiry = Inquiry()
            self.output.write(Array(Inquiry.questions.utf8))
        }
    }

    deinit {
        restore()
        painter.close()
        if ownsDevice { close(device) }
    }

    // MARK: Showing

    /// Shows a frame. Nothing is written when the terminal already shows it.
    public func paint(_ frame: Frame) {
        shown = frame
        isBehind = true
        catchUp()
    }

    /// Repaints everything, after another program has written on the screen.
    public func redraw() {
        painter.repaint()
        isBehind = shown != nil
        catchUp()
    }

    /// Reads the terminal's size and adopts it.
    ///
    /// - Returns: The new size; `nil` when it has not changed.
    public func resize() -> Size? {
        let now = Self.size(of: device)
        guard now != size else { return nil }
        size = now
        painter.resize(to: now)
        return now
    }

    /// Writes an escape sequence that is not part of a frame, such as one for the clipboard or a notification. It goes
    /// between two frames.
    ///
    /// - Returns: Whether it will be written: not while the terminal is given back, nor while it accepts nothing and
    ///   much is pending.
    @discardableResult
    public func send(_ command: String) -> Bool {
        guard isActive, output.bytesPending < Self.pendingBytesMaximum else { return false }
        output.write(Array(command.utf8))
        return true
    }

    /// Whether the terminal is one that answers questions, or ignores them.
    var asksAndAnswers: Bool { modes.asks }

    /// The colours that the terminal has.
    public var colorDepth: ColorDepth { painter.depth }

    /// How many bytes the terminal has accepted.
    public var bytesWritten: Int { output.bytesWritten }

    // MARK: Keys

    /// Reads the keys that were pressed. It does not block.
    ///
    /// - Returns: The keys in order; `nil` when the terminal was closed.
    public func readKeys() -> [Key]? {
        var keys: [Key] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        var left = Self.readBytesMaximum
        while left > 0 {
            var ready = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, 0) > 0 else { break }
            let count = read(input, &buffer, buffer.count)
            if count < 0 && (errno == EINTR || errno == EAGAIN) { continue }
            // The program was moved to the background since it was polled, and SIGTTIN is blocked.
            if count < 0, errno == EIO, !terminal_is_ours(input) {
                reclaim()
                return isActive ? keys : nil
            }
            // An end of file cannot be typed in these modes, so the terminal is gone. Keys before it are returned
            // first, and the end is read again.
            guard count > 0 else { return keys.isEmpty ? nil : keys }
            keys += decoder.feed(buffer[..<count])
            left -= count
        }
        return keys
    }

    /// What the terminal has said about itself since the last call, as events. Another profile of widths is adopted
    /// with the next frame.
    func takeFindings() -> [Event] {
        var events: [Event] = []
        for report in decoder.takeReports() {
            switch inquiry?.take(report) {
            case .background(let color):
                hasSaidBackground = true
                events.append(.background(color))
            case .appearanceChanged: askBackground()
            case .cannotSynchronize: painter.synchronizes = false
            case .widths(let widths):
                if widths.isAmbiguousWide { events.append(.glyphs(.ascii)) }
                if widths != painter.widths {
                    painter.widths = widths
                    redraw()
                }
            case nil: break
            }
        }
        return events
    }

    /// Asks a terminal that answers for its background again, at most once a minute: it may have changed while another
    /// window had the focus.
    func askAgain() {
        guard hasSaidBackground, ContinuousClock.now - askedAt >= Self.askingInterval else { return }
        askBackground()
    }

    private func askBackground() {
        if send(Inquiry.background) { askedAt = .now }
    }

    /// How many bytes of pastes were dropped at the bound since the last call.
    public func takePasteBytesDropped() -> Int {
        decoder.takePasteBytesDropped()
    }

    // MARK: Giving back

    /// Restores the terminal's state; further calls do nothing.
    public func restore() {
        guard isActive else { return }
        isActive = false
        isBehind = false
        let bytes = modes.off + painter.leave()
        // In the background the terminal belongs to another job, which has set its own modes; and setting them would
        // stop this process (SIGTTOU) instead of letting it end.
        if terminal_is_ours(device) {
            output.finish(with: bytes, within: Self.timeoutAtEnd)
            awaitAnswers()
            setModes(saved)
        }
        terminal_guard_disarm()
    }

    /// Restores the terminal while another program, such as an editor, uses it, and takes it again afterwards.
    public func lend<Result, Failure: Error>(to user: () throws(Failure) -> Result) throws(Failure) -> Result {
        restore()
        defer { reclaim() }
        return try user()
    }

    /// Stops the process until the shell continues it, as ^Z does elsewhere.
    public func suspend() {
        lend { terminal_signals_stop(SIGTSTP) }
        // This process handles its own SIGCONT; the loop need not report it again.
        terminal_signals_forget_continue()
    }

    /// Takes the terminal again and repaints everything: after it was given back, or after the process was stopped and
    /// another program has changed the modes.
    ///
    /// In the background it is not taken: the process stops until it is in the foreground, or continues without a
    /// screen when it is asked to end.
    public func reclaim() {
        // The present modes are unknown. Resetting everything first makes sure that nothing is set twice.
        let leaving = isActive ? modes.off + painter.leave() : []
        isActive = false
        terminal_guard_disarm()
        guard terminal_signals_await_foreground(device) else { return }
        takeModes()
        isActive = true
        _ = resize()
        painter.repaint()
        // Some modes belong to one of the two screens, so the alternate screen is entered first, with the frame.
        let frame = painter.paint(shown ?? Frame(size: size, rows: [], cursor: nil), on: size)
        output.write(leaving + frame + modes.on + Array((title.map(Terminal.titleSequence) ?? "").utf8))
        isBehind = false
    }

    // MARK: For the loop

    /// The descriptors to poll for keys, and for output when ``isWaitingForRoom`` is set.
    var descriptors: (input: Int32, output: Int32) { (input, device) }

    /// Whether output is pending.
    var isWaitingForRoom: Bool { !output.isDrained }

    /// The time-out until ``settleKeys()``; `nil` when no bytes are pending.
    var keyTimeout: Duration? { decoder.timeout }

    /// The time-out has passed: returns the keys of the pending bytes.
    func settleKeys() -> [Key] { decoder.settle() }

    /// Writes pending output, now that the descriptor is writable.
    func flush() {
        output.drain()
        catchUp()
    }

    // MARK: Within

    /// Paints the newest frame when all output before it was accepted. Frames that come faster than the terminal
    /// accepts them are skipped.
    private func catchUp() {
        guard isActive, isBehind, output.isDrained, let frame = shown else { return }
        isBehind = false
        output.write(painter.paint(frame, on: size))
    }

    /// Answers that are still on their way would be typed into the shell.
    private func awaitAnswers() {
        guard let inquiry, !inquiry.isOver else { return }
        let end = min(askedAt + Inquiry.patience, .now + Self.timeoutForAnswers)
        while self.inquiry?.isOver == false, case let left = end - .now, left > .zero {
            var ready = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, left.millisecondsRoundedUp) > 0, readKeys() != nil else { return }
            _ = takeFindings()
        }
    }

    private func takeModes() {
        // The exit handler comes first: from the first byte on there is something to restore.
        let isPrepared = withUnsafePointer(to: saved) {
            terminal_guard_arm(device, $0, modes.rescue, modes.rescue.count)
        }
        precondition(isPrepared == 0, "the bytes that give the terminal back are \(modes.rescue.count)")
        setModes(Modes.raw(from: saved))
    }

    /// Sets the termios modes at once: waiting for the output to drain (TCSADRAIN) could block forever.
    private func setModes(_ wanted: termios) {
        withUnsafePointer(to: wanted) { while tcsetattr(device, TCSANOW, $0) != 0 && errno == EINTR {} }
    }

    /// The size of the terminal within reason; 80×24 when it is unknown, as on a serial line.
    private static func size(of device: Int32) -> Size {
        var (rows, columns): (Int32, Int32) = (24, 80)
        _ = terminal_size(device, &rows, &columns)
        return Size(columns: min(Int(columns), 2000), rows: min(Int(rows), 1000))
    }
}
