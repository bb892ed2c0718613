import Client
import FaultProxy
import Glibc
import Synchronization
import SystemPackage
import Wire

/// The proxy's output: a line for each event and, on a terminal, a status in the last row. On a terminal it reads keys
/// without waiting for a line; ``restore()`` gives the terminal's modes back.
final class ProxyConsole: Sendable {
    /// Whether keys are read one at a time; otherwise input is line by line.
    let hasKeys: Bool
    /// Whether the last row shows the status: not when the output is no terminal, nor on a dumb one.
    let hasStatus: Bool

    private struct State {
        var saved: termios?
        var status = ""
    }

    private let state = Mutex(State())

    init() {
        hasKeys = isatty(STDIN_FILENO) == 1
        hasStatus = isatty(STDOUT_FILENO) == 1 && Folders.environment["TERM"] != "dumb"
        if hasKeys { takeKeys() }
    }

    /// Prints a line above the status row.
    func say(_ text: String) {
        let time = LocalTime.text(ClientClock.wall)
        state.withLock { state in
            let clear = hasStatus ? ProxyConsole.clearRow : ""
            try? Output.verbatim("\(clear)\(time) \(Printable.line(text))\n", to: .standardOutput)
            if hasStatus { ProxyConsole.write(state.status) }
        }
    }

    /// Redraws the status row if its text has changed.
    func show(_ traffic: ProxyTraffic, _ plan: FaultPlan) {
        guard hasStatus else { return }
        let status = String(ProxyConsole.status(traffic, plan).prefix(ProxyConsole.columns - 1))
        state.withLock { state in
            guard state.status != status else { return }
            state.status = status
            ProxyConsole.write(ProxyConsole.clearRow + status)
        }
    }

    /// The text of the status row.
    static func status(_ traffic: ProxyTraffic, _ plan: FaultPlan) -> String {
        let source = plan.sourceAddress.map { " | from \($0)" } ?? ""
        return "\(traffic.open) open, \(traffic.accepted) so far | \(plan.summary)\(source)"
            + " | \(ByteCount.text(traffic.bytesToClients)) down, \(ByteCount.text(traffic.bytesToServer)) up | ? help"
    }

    /// Restores the terminal's modes; further calls do nothing.
    func restore() {
        state.withLock { state in
            if hasStatus, !state.status.isEmpty { ProxyConsole.write(ProxyConsole.clearRow) }
            state.status = ""
            if var saved = state.saved { tcsetattr(STDIN_FILENO, TCSANOW, &saved) }
            state.saved = nil
        }
    }

    private func takeKeys() {
        var settings = termios()
        guard tcgetattr(STDIN_FILENO, &settings) == 0 else { return }
        let saved = settings
        state.withLock { $0.saved = saved }
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
        withUnsafeMutableBytes(of: &settings.c_cc) { characters in
            // Ctrl-Z is disabled: a stopped proxy would be a blackhole by accident.
            characters[Int(VSUSP)] = 0
            characters[Int(VMIN)] = 1
            characters[Int(VTIME)] = 0
        }
        tcsetattr(STDIN_FILENO, TCSANOW, &settings)
    }

    private static let clearRow = "\r\u{1B}[K"

    private static var columns: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return 80 }
        return Int(size.ws_col)
    }

    private static func write(_ text: String) {
        try? Output.verbatim(text, to: .standardOutput)
    }
}
