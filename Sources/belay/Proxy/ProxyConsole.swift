import Client
import FaultProxy
import Glibc
import Platform
import SystemPackage
import Terminal
import Wire

/// The proxy's output: a line for each event and, on a terminal, a status in the last row. On a terminal it reads keys
/// without waiting for a line; ``restore()`` gives the terminal's modes back.
final class ProxyConsole: Sendable {
    /// Whether keys are read one at a time; otherwise input is line by line.
    let hasKeys: Bool
    /// Whether the last row shows the status: not when the output is no terminal, nor on a dumb one.
    let hasStatus: Bool

    private struct State {
        var status = ""
        var failure: SystemError?
    }

    private let state = Locked(State())

    init() throws(TerminalError) {
        hasKeys = isatty(STDIN_FILENO) == 1
        hasStatus = isatty(STDOUT_FILENO) == 1 && Folders.environment["TERM"] != "dumb"
        if hasKeys { try KeyInput.begin() }
    }

    /// The first error of a write; nothing is written after it.
    var failure: SystemError? { state.withLock { $0.failure } }

    /// Prints a line above the status row.
    func say(_ text: String) {
        let time = LocalTime.text(ClientClock.wall)
        state.withLock { state in
            let clear = hasStatus ? ProxyConsole.clearRow : ""
            ProxyConsole.write("\(clear)\(time) \(Printable.line(text))\n", &state)
            if hasStatus { ProxyConsole.write(state.status, &state) }
        }
    }

    /// Redraws the status row if its text has changed.
    func show(_ traffic: ProxyTraffic, _ plan: FaultPlan) {
        guard hasStatus else { return }
        let status = String(ProxyConsole.status(traffic, plan).prefix(ProxyConsole.columns - 1))
        state.withLock { state in
            guard state.status != status else { return }
            state.status = status
            ProxyConsole.write(ProxyConsole.clearRow + status, &state)
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
            if hasStatus, !state.status.isEmpty { ProxyConsole.write(ProxyConsole.clearRow, &state) }
            state.status = ""
        }
        if hasKeys { KeyInput.end() }
    }

    private static let clearRow = "\r\u{1B}[K"

    private static var columns: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return 80 }
        return Int(size.ws_col)
    }

    private static func write(_ text: String, _ state: inout State) {
        guard state.failure == nil else { return }
        do { try Output.verbatim(text, to: .standardOutput) } catch { state.failure = error }
    }
}
