import CTerminal
import Glibc
public import Screen

/// The terminal while it is ours: it shows frames, says which keys were pressed, and is given back as it was.
///
/// It belongs to the main thread, and as ncurses is a global machine there is one at a time. Nothing in it waits for
/// the terminal: a frame the terminal cannot take yet is replaced by the newest one when it can.
public final class Terminal {
    /// How long the terminal is waited for at the end. One that takes nothing must not keep the program alive.
    private static let patienceAtEnd = Duration.milliseconds(500)
    /// The most bytes read at once, so that a flood of input leaves time for everything else.
    private static let readBytesMaximum = 64 << 10

    /// How many bytes may wait before no more commands are taken. Frames never queue.
    private static let pendingBytesMaximum = 256 << 10

    /// Whether the user's locale is without UTF-8: boxes and marks are then better drawn with ASCII.
    public let usesASCII: Bool
    /// How large the screen is.
    public private(set) var size: Size

    /// Whether the screen is ours at the moment.
    private var isActive = false
    private let input: Int32
    private let device: Int32
    private let ownsDevice: Bool
    private let saved: termios
    private let modes: Modes
    private var painter: Painter
    private var output: Output
    private var decoder: KeyDecoder
    private var shown: Frame?
    /// Whether the frame in `shown` is still to be painted.
    private var isBehind = false

    /// Takes a terminal.
    ///
    /// - Parameters:
    ///   - input: Where its keys come from.
    ///   - output: Where it is written to.
    ///   - environment: What the process was started with: `TERM`, `COLORTERM`, `NO_COLOR`, `SSH_CONNECTION`.
    /// - Throws: ``TerminalError``. The terminal is then as it was.
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
        // A terminal that cannot be opened by its name, after `su` for example, is written to as it is: then a write
        // may wait for it.
        let reopened = terminal_reopen(output)
        ownsDevice = reopened >= 0
        device = ownsDevice ? reopened : output
        self.output = Output(descriptor: device)
        modes = Modes()
        // Over a network the rest of a sequence may come a little later.
        let isRemote = environment["SSH_CONNECTION"] != nil
        decoder = KeyDecoder(escapePatience: .milliseconds(isRemote ? 50 : 25), named: NamedKeys.read())
        size = Self.size(of: device)
        painter.resize(to: size)
        takeModes()
        isActive = true
        self.output.write(painter.collect() + modes.on)
    }

    deinit {
        restore()
        painter.close()
        if ownsDevice { close(device) }
    }

    // MARK: Showing

    /// Shows a frame. Nothing is written when the terminal shows it already.
    public func paint(_ frame: Frame) {
        shown = frame
        isBehind = true
        catchUp()
    }

    /// Paints everything anew, for a screen that something else has written on.
    public func redraw() {
        painter.repaint()
        isBehind = shown != nil
        catchUp()
    }

    /// Asks the terminal for its size, and takes it.
    ///
    /// - Returns: The new size, or `nil` when it is what it was.
    public func resize() -> Size? {
        let now = Self.size(of: device)
        guard now != size else { return nil }
        size = now
        painter.resize(to: now)
        return now
    }

    /// Writes a command that is no cell, such as one that sets the clipboard or notifies the user. It comes between
    /// frames.
    ///
    /// - Returns: Whether it will be written: not while the terminal is given back, nor while it takes nothing and
    ///   much is waiting already.
    @discardableResult
    public func send(_ command: String) -> Bool {
        guard isActive, output.bytesPending < Self.pendingBytesMaximum else { return false }
        output.write(Array(command.utf8))
        return true
    }

    /// How many bytes the terminal has taken so far.
    public var bytesWritten: Int { output.bytesWritten }

    // MARK: Keys

    /// The keys that have been pressed. It does not wait.
    ///
    /// - Returns: The keys in their order, none when there are none, or `nil` when the terminal is gone.
    public func readKeys() -> [Key]? {
        var keys: [Key] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        var left = Self.readBytesMaximum
        while left > 0 {
            var ready = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, 0) > 0 else { break }
            let count = read(input, &buffer, buffer.count)
            if count < 0 && (errno == EINTR || errno == EAGAIN) { continue }
            // An end of input cannot be typed in these modes; it means that nobody is there any more. What was typed
            // before comes first, and the end is met again.
            guard count > 0 else { return keys.isEmpty ? nil : keys }
            keys += decoder.feed(buffer[..<count])
            left -= count
        }
        return keys
    }

    /// How many bytes of pastes were dropped since this was last asked, because the pastes were too long.
    public func takePasteBytesDropped() -> Int {
        decoder.takePasteBytesDropped()
    }

    // MARK: Giving back

    /// Gives the terminal back as it was. More than once is as good as once.
    public func restore() {
        guard isActive else { return }
        isActive = false
        isBehind = false
        let bytes = modes.off + painter.leave()
        // In the background the terminal is somebody else's, who has set it as he likes; and setting it would stop
        // this program instead of letting it end.
        if terminal_is_ours(device) {
            output.finish(with: bytes, within: Self.patienceAtEnd)
            setModes(saved)
        }
        terminal_guard_disarm()
    }

    /// Gives the terminal back while something else uses it, such as an editor, and takes it again afterwards.
    public func lend<Result, Failure: Error>(to user: () throws(Failure) -> Result) throws(Failure) -> Result {
        restore()
        defer { reclaim() }
        return try user()
    }

    /// Stops the program until the shell lets it go on, as `^Z` does elsewhere.
    public func suspend() {
        lend { _ = raise(SIGTSTP) }
        // It is known that the program goes on. The loop need not say so again.
        terminal_signals_forget_continue()
    }

    /// Takes the terminal again and paints everything: after it was given back, or after the program was stopped from
    /// outside and somebody else has set the terminal to his liking.
    ///
    /// In the background it is not taken: the program stops until it is in the foreground, as others do, or goes on
    /// without a screen when it is asked to end.
    public func reclaim() {
        // Nobody knows what was changed meanwhile. Giving everything back first leaves nothing taken twice.
        let leaving = isActive ? modes.off + painter.leave() : []
        isActive = false
        terminal_guard_disarm()
        guard terminal_signals_await_foreground(device) else { return }
        takeModes()
        isActive = true
        _ = resize()
        painter.repaint()
        // Some modes belong to one of the terminal's two screens, so ours, which comes with the frame, is taken first.
        let frame = painter.paint(shown ?? Frame(size: size, rows: [], cursor: nil), on: size)
        output.write(leaving + frame + modes.on)
        isBehind = false
    }

    // MARK: For the loop

    /// What to poll for keys, and what to poll for room when ``isWaitingForRoom``.
    var descriptors: (input: Int32, output: Int32) { (input, device) }

    /// Whether there is more to write than the terminal has taken.
    var isWaitingForRoom: Bool { !output.isDrained }

    /// How long to wait before ``settleKeys()``; `nil` when nothing is held.
    var keyPatience: Duration? { decoder.patience }

    /// The keys that were held in case more came.
    func settleKeys() -> [Key] { decoder.settle() }

    /// Goes on writing, now that there is room.
    func flush() {
        output.drain()
        catchUp()
    }

    // MARK: Within

    /// Paints the newest frame when everything before it has been taken. Frames that come faster than the terminal
    /// takes them are never seen, and never queued.
    private func catchUp() {
        guard isActive, isBehind, output.isDrained, let frame = shown else { return }
        isBehind = false
        output.write(painter.paint(frame, on: size))
    }

    private func takeModes() {
        // First the guard: from the first byte on there is something to undo.
        let isPrepared = withUnsafePointer(to: saved) {
            terminal_guard_arm(device, $0, modes.rescue, modes.rescue.count)
        }
        precondition(isPrepared == 0, "the bytes that give the terminal back are \(modes.rescue.count)")
        setModes(Modes.raw(from: saved))
    }

    /// Sets the modes of the line at once: to wait until what was written has been taken could be for ever.
    private func setModes(_ wanted: termios) {
        withUnsafePointer(to: wanted) { while tcsetattr(device, TCSANOW, $0) != 0 && errno == EINTR {} }
    }

    /// The size of a terminal within reason; 80×24 when it does not know, as on a serial line.
    private static func size(of device: Int32) -> Size {
        var (rows, columns): (Int32, Int32) = (24, 80)
        _ = terminal_size(device, &rows, &columns)
        return Size(columns: min(Int(columns), 2000), rows: min(Int(rows), 1000))
    }
}
