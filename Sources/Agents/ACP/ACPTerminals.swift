import Glibc
import Platform
import Wire

/// The terminals of a session: commands that an agent has its client run (ACP, Terminals), confined to the session's
/// folder as their working folder, each with all its descendants ended when it is killed or released. Some are at clients of
/// the user (`ACPTerminals+Clients.swift`).
final class ACPTerminals: Sendable {
    /// The most terminals that a session has until some are released.
    static let countMaximum = 32

    struct State {
        var terminals: [String: RunningCommand] = [:]
        /// Those that a client runs, by the name that the agent has for them.
        var atClients: [String: AtClient] = [:]
        /// How many commands run, also of terminals that were released.
        var running = 0
        /// What terminals showed that were released, the newest.
        var released: [(id: String, text: String)] = []
        var lastID = 0
        var isOver = false
    }

    private let guardian: String
    let folder: SessionFolder
    let state = Locked(State())

    init(_ guardian: String, _ folder: SessionFolder) {
        self.guardian = guardian
        self.folder = folder
    }

    /// `terminal/create`: starts a command.
    ///
    /// - Parameter ended: Called with the terminal's identifier when the command has ended.
    func create(_ params: JSON, ended: @escaping @Sendable (String) -> Void) throws(RPCError) -> JSON {
        let words = try Self.words(
            try params.requiredString("command"), params["args"]?.array?.compactMap(\.string) ?? [])
        var environment: [String: String?] = [:]
        for variable in params["env"]?.array ?? [] {
            guard let name = variable["name"]?.string, let value = variable["value"]?.string, !name.isEmpty,
                !name.contains("="), !name.utf8.contains(0), !value.utf8.contains(0)
            else { throw .invalidParams("'env' has a variable without a usable name or value") }
            environment[name] = value
        }
        environment.merge(EnvironmentNames.withoutOwn()) { _, removed in removed }
        let limit = Int(clamping: try params.optional("outputByteLimit", in: .count) ?? .max)
        let command = GuardedCommand(
            guardian: guardian, words: words, environment: environment,
            directory: try directory(params["cwd"]?.string))
        return try state.withLock { state throws(RPCError) in
            guard !state.isOver, max(state.terminals.count, state.running) < Self.countMaximum else {
                throw RPCError(
                    .internalError, "the session has \(Self.countMaximum) terminals: release one before another begins")
            }
            state.lastID += 1
            state.running += 1
            let id = state.free("terminal-\(state.lastID)")
            state.terminals[id] = RunningCommand(command, bytesMaximum: limit) {
                self.state.withLock { $0.running -= 1 }
                ended(id)
            }
            return ["terminalId": .string(id)]
        }
    }

    /// The methods about a terminal of the host.
    func answer(_ method: String, _ params: JSON) async throws(RPCError) -> JSON {
        switch method {
        case Method.terminalOutput: try terminal(params).output
        case Method.waitForTerminal: try await wait(params)
        case Method.killTerminal: try kill(params)
        case Method.releaseTerminal: try release(params)
        default: throw .methodNotFound(method)
        }
    }

    /// `terminal/wait_for_exit`.
    private func wait(_ params: JSON) async throws(RPCError) -> JSON {
        guard let exit = await (try terminal(params)).exit() else {
            throw RPCError(.requestCancelled, "the request was cancelled")
        }
        return exit
    }

    /// `terminal/kill`: the output stays readable.
    private func kill(_ params: JSON) throws(RPCError) -> JSON {
        try terminal(params).end()
        return [:]
    }

    /// `terminal/release`: ends the command if it runs, and forgets it.
    private func release(_ params: JSON) throws(RPCError) -> JSON {
        let terminal = try terminal(params)
        terminal.end()
        state.withLock { state in
            guard let id = params["terminalId"]?.string else { return }
            state.terminals[id] = nil
            state.keep(terminal.text, of: id)
        }
        return [:]
    }

    /// Ends all commands, and begins no other.
    func releaseAll() {
        let terminals = state.withLock { state in
            state.isOver = true
            defer { state.terminals = [:] }
            return Array(state.terminals.values)
        }
        for terminal in terminals { terminal.end() }
    }

    /// Whether one of these commands runs here.
    func isRunning(_ ids: some Sequence<String>) -> Bool {
        state.withLock { state in ids.contains { state.terminals[$0]?.isRunning ?? false } }
    }

    /// What a terminal shows; `nil` for one that there is not, and for one of a client until it has ended.
    func text(of id: String) -> String? {
        let (terminal, text) = state.withLock { state in
            (state.terminals[id], state.released.first { $0.id == id }?.text)
        }
        return terminal?.text ?? text
    }

    private func terminal(_ params: JSON) throws(RPCError) -> RunningCommand {
        let id = try params.requiredString("terminalId")
        guard let terminal = state.withLock({ $0.terminals[id] }) else {
            throw RPCError(.resourceNotFound, "there is no such terminal")
        }
        return terminal
    }

    func directory(_ path: String?) throws(RPCError) -> String {
        let root = folder.place
        guard let path, path != folder.path else { return root }
        // Resolved, so that a link does not lead out of the folder.
        guard let resolved = realpath(path, nil) else {
            throw .invalidParams("'cwd' is no folder: \(String(cString: strerror(errno)))")
        }
        defer { free(resolved) }
        let location = String(cString: resolved)
        guard location == root || location.hasPrefix(root.hasSuffix("/") ? root : root + "/") else {
            throw .invalidParams("'cwd' is not in the session's folder, \(folder.path.withoutControls)")
        }
        return location
    }

    /// A command without arguments may be a whole line for a shell, as agents write it.
    private static func words(_ command: String, _ arguments: [String]) throws(RPCError) -> [String] {
        guard !command.isEmpty, !([command] + arguments).contains(where: { $0.utf8.contains(0) }) else {
            throw .invalidParams("'command' is empty, or a word holds U+0000")
        }
        let isLine = arguments.isEmpty && command.utf8.contains { !Self.plain.contains($0) }
        return isLine ? ["/bin/sh", "-c", command] : [command] + arguments
    }

    /// The bytes of a command that is surely no line for a shell.
    private static let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./@,:%".utf8)
}

extension ACPTerminals.State {
    /// A name that no terminal has: that one, or one made of it.
    func free(_ name: String) -> String {
        var (free, number) = (name, 1)
        while terminals[free] != nil || atClients[free] != nil || released.contains(where: { $0.id == free }) {
            number += 1
            free = "\(name)-\(number)"
        }
        return free
    }

    /// Keeps what a terminal has shown that is forgotten.
    mutating func keep(_ text: String, of name: String) {
        released = (released.filter { $0.id != name } + [(name, text)]).suffix(ACPTerminals.countMaximum)
    }
}
