public import Foundation
import TestKit

/// `belay` in a terminal that the test can see: a tmux server of its own.
public final class Screen: Sendable {
    private let home: Home
    private let socket: String

    /// Starts `belay` in a pane of that size.
    ///
    /// - Parameter prefix: What stands before the terminal, such as `ip netns exec NAME`.
    public convenience init(
        _ home: Home, columns: Int = 100, rows: Int = 30, arguments: [String] = [], prefix: [String] = []
    ) throws {
        let command = (["\(Home.programs)/belay"] + arguments).joined(separator: " ")
        try self.init(home, columns: columns, rows: rows, command: command, prefix: prefix)
    }

    /// Starts a command of the shell in a pane of that size; how it ended is said below it.
    public init(
        _ home: Home, columns: Int = 100, rows: Int = 30, command: String, prefix: [String] = []
    ) throws {
        self.home = home
        socket = home.directory.path("tmux-\(UUID().uuidString.prefix(8))")
        try tmux(
            [
                "-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "-c", home.shop,
                "\(command); echo \"left with $?\"; exec cat",
            ], prefix: prefix)
    }

    deinit {
        // A client that sees its server die starts another one: the client goes first, and at once.
        if let process { kill(process, SIGKILL) }
        _ = try? tmux("kill-server")
    }

    /// What can be seen now.
    public var text: String { (try? tmux("capture-pane", "-p")) ?? "" }

    /// What can be seen now, with the sequences of its colours and attributes.
    public var styled: String { (try? tmux("capture-pane", "-p", "-e")) ?? "" }

    /// The whole screen, but for what goes on by itself: the clock in the first row, and the status with its times.
    public var still: [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.contains("● live") }
            .enumerated().map { $0 == 0 ? $1.replacing(/\ +\d\d:\d\d$/, with: "") : $1 }.map(String.init)
    }

    /// The rows of the chat: neither the header and the status, whose times go on, nor what this client says of its
    /// connection and of the way by which it came here.
    public var rows: [Substring] {
        let rows = text.split(separator: "\n").dropFirst()
        let end = rows.firstIndex { $0.contains("● live") } ?? rows.endIndex
        return rows[..<end].filter { row in
            !["connection lost", "^S lists it"].contains { row.contains($0) }
        }
    }

    /// The chat word by word: what a client says of its connection stands where it happened, so in the middle of a
    /// paragraph, whose rows it divides.
    public var chat: [Substring] { rows.flatMap { $0.split(separator: " ") } }

    /// Waits until something is shown in that style.
    public func showsStyled(_ text: String) async -> Bool {
        await eventually { self.styled.contains(text) }
    }

    /// Types a text.
    public func type(_ text: String) throws { try tmux("send-keys", "-l", text) }

    /// Types a line, and presses Enter.
    public func enter(_ line: String) throws {
        try type(line)
        try press("Enter")
    }

    /// Writes every byte that the terminal is sent from now on into a file.
    public func record(into file: String) throws { try tmux("pipe-pane", "-o", "cat >> '\(file)'") }

    /// Presses a key, by its name in tmux.
    public func press(_ key: String) throws { try tmux("send-keys", key) }

    /// Answers the question that is shown with a digit, as a person does: what is typed within 200 ms of Tab was meant for
    /// something else, and is ignored.
    ///
    /// - Returns: Whether the question took the keys.
    public func answer(_ digit: String = "1") async throws -> Bool {
        try press("Tab")
        guard await shows("Press a number.") else { return false }
        try await Task.sleep(for: .milliseconds(300))
        try type(digit)
        return true
    }

    /// Changes the size of the terminal.
    public func resize(columns: Int, rows: Int) throws {
        try tmux("resize-window", "-x", "\(columns)", "-y", "\(rows)")
    }

    /// The process of `belay` in the pane.
    public var process: pid_t? {
        guard let shell = pid_t((try? tmux("display", "-p", "#{pane_pid}"))?.trimmingCharacters(in: .newlines) ?? "")
        else { return nil }
        let children = (try? String(contentsOfFile: "/proc/\(shell)/task/\(shell)/children", encoding: .utf8)) ?? ""
        return children.split(separator: " ").compactMap { pid_t($0) }.first ?? shell
    }

    /// Waits until the screen shows something.
    public func shows(_ text: String) async -> Bool {
        await eventually { self.text.contains(text) }
    }

    /// Waits until the screen is as the condition wants it.
    public func shows(_ condition: @escaping @Sendable (String) -> Bool) async -> Bool {
        await eventually { condition(self.text) }
    }

    @discardableResult
    private func tmux(_ arguments: String...) throws -> String { try tmux(arguments) }

    @discardableResult
    private func tmux(_ arguments: [String], prefix: [String] = []) throws -> String {
        let output = home.directory.path("tmux-\(UUID().uuidString).out")
        defer { unlink(output) }
        try Child(
            prefix + ["tmux", "-S", socket] + arguments, environment: home.environment, directory: home.shop,
            files: ("/dev/null", output, "/dev/null")
        ).waitHere()
        return (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
    }
}
