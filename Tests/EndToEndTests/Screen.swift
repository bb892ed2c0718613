import Foundation
import TestKit

/// `belay` in a terminal that the test can see: a tmux server of its own.
final class Screen: Sendable {
    private let home: Home
    private let socket: String

    init(_ home: Home, columns: Int = 100, rows: Int = 30, arguments: [String] = []) throws {
        self.home = home
        socket = home.directory.path("tmux-\(UUID().uuidString.prefix(8))")
        let command = (["\(Home.programs)/belay"] + arguments).joined(separator: " ")
        try tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "-c", home.shop,
            "\(command); echo \"left with $?\"; exec cat")
    }

    deinit {
        // A client that sees its server die starts another one: the client goes first, and at once.
        if let process { kill(process, SIGKILL) }
        _ = try? tmux("kill-server")
    }

    /// What can be seen now.
    var text: String { (try? tmux("capture-pane", "-p")) ?? "" }

    /// Everything that was written to the pane, the top of it included.
    func type(_ text: String) throws { try tmux("send-keys", "-l", text) }

    func press(_ key: String) throws { try tmux("send-keys", key) }

    func resize(columns: Int, rows: Int) throws {
        try tmux("resize-window", "-x", "\(columns)", "-y", "\(rows)")
    }

    /// The process of `belay` in the pane.
    var process: pid_t? {
        guard let shell = pid_t((try? tmux("display", "-p", "#{pane_pid}"))?.trimmingCharacters(in: .newlines) ?? "")
        else { return nil }
        let children = (try? String(contentsOfFile: "/proc/\(shell)/task/\(shell)/children", encoding: .utf8)) ?? ""
        return children.split(separator: " ").compactMap { pid_t($0) }.first ?? shell
    }

    /// Waits until the screen shows something.
    func shows(_ text: String, within limit: Duration = .seconds(20)) async -> Bool {
        await eventually(within: limit) { self.text.contains(text) }
    }

    func shows(_ condition: @escaping @Sendable (String) -> Bool) async -> Bool {
        await eventually(within: .seconds(20)) { condition(self.text) }
    }

    @discardableResult
    private func tmux(_ arguments: String...) throws -> String {
        let output = home.directory.path("tmux-\(UUID().uuidString).out")
        defer { unlink(output) }
        try Child(
            ["tmux", "-S", socket] + arguments, environment: home.environment, directory: home.shop,
            files: ("/dev/null", output, "/dev/null")
        ).waitHere()
        return (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
    }
}
