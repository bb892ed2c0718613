import Platform
import Wire

/// A process that offers tools by the Model Context Protocol (2025-06-18, stdio transport), for one session.
///
/// It is started with the session's first turn, and again for the next call when it has ended.
final class MCPServer: Sendable {
    /// The version that is offered; whatever it answers with is spoken, since what is used here is in all of them.
    private static let version = "2025-06-18"
    /// The most tools that are taken.
    static let toolsMaximum = 128
    /// How long it may take to start, and to list its tools.
    private static let startMaximum = Duration.seconds(30)
    /// How long a call may take.
    private static let callMaximum = Duration.seconds(600)

    private struct Receiver: ACPReceiver {
        func receive(_ method: String, _ params: JSON) async {}

        func answer(_ method: String, _ params: JSON) async throws(RPCError) -> JSON {
            guard method == "ping" else { throw .methodNotFound(method) }
            return [:]
        }

        func ended(_ exit: AgentExit, isClosing: Bool) {}
    }

    let settings: MCPSettings
    private let command: GuardedCommand
    private let client: Implementation
    private struct State {
        var connection: ACPConnection?
        var isClosed = false
    }

    private let state = Locked(State())

    /// - Parameters:
    ///   - guardian: The program that guards its process, an absolute path.
    ///   - withheld: Variables of this process that it does not get.
    init(
        _ settings: MCPSettings, guardian: String, client: Implementation, withheld: Set<String>,
        in folder: SessionFolder
    ) {
        self.settings = settings
        self.client = client
        let environment = EnvironmentNames.withoutOwn(and: withheld)
            .merging(settings.environment) { _, configured in configured }
        command = GuardedCommand(
            guardian: guardian, words: settings.words, environment: environment,
            directory: folder.place)
    }

    /// Starts it, and lists its tools.
    ///
    /// - Throws: ``ToolFailure`` with a sentence about what does not work.
    func tools() async throws -> [MCPTool] {
        try await explained(within: Self.startMaximum) {
            let connection = try await self.started()
            var tools: [MCPTool] = []
            var cursor: JSON?
            repeat {
                let page = try await connection.request("tools/list", .object(of: ["cursor": cursor]))
                tools += (page["tools"]?.array ?? []).compactMap { MCPTool($0, of: self) }
                cursor = page["nextCursor"]
            } while cursor?.string != nil && tools.count < Self.toolsMaximum
            return Array(tools.prefix(Self.toolsMaximum))
        }
    }

    /// Calls a tool.
    func call(_ tool: String, _ arguments: JSON) async throws -> JSON {
        do {
            return try await explained(within: Self.callMaximum) {
                try await self.started().request("tools/call", ["name": .string(tool), "arguments": arguments])
            }
        } catch {
            // A call that is not waited for any more goes on in the server, which has no duty to hear of it.
            if error is CancellationError || (error as? ToolFailure)?.isTimeout == true { await end() }
            throw error
        }
    }

    /// Ends its process, and returns when nothing of it is left.
    func close() async {
        state.withLock { $0.isClosed = true }
        await end()
    }

    /// Ends its process; another call starts it again.
    private func end() async {
        let connection = state.withLock { state in
            defer { state.connection = nil }
            return state.connection
        }
        await connection?.close()
    }

    /// The connection, started unless it is. A model's calls are made one after another.
    private func started() async throws -> ACPConnection {
        if let running = state.withLock({ $0.connection }), !running.isOver { return running }
        await end()
        try Task.checkCancellation()
        let new = try state.withLock { state throws(CancellationError) in
            guard !state.isClosed else { throw CancellationError() }
            let new = ACPConnection.start(command, receiver: Receiver())
            state.connection = new
            return new
        }
        do {
            _ = try await new.request(
                Method.initialize,
                [
                    "protocolVersion": .string(Self.version), "capabilities": [:],
                    "clientInfo": ["name": .string(client.name), "version": .string(client.version)],
                ])
        } catch {
            await end()
            throw error
        }
        new.notify("notifications/initialized", [:])
        return new
    }

    /// Turns whatever does not work into a sentence for the model and the user.
    private func explained<Value: Sendable>(
        within limit: Duration, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let name = settings.name
        do {
            return try await withTimeLimit(limit) {
                ToolFailure(
                    "the MCP server '\(name)' did not answer within \(limit.components.seconds) seconds",
                    isTimeout: true)
            } _: {
                try await body()
            }
        } catch let error as RPCError {
            throw ToolFailure("the MCP server '\(name)' refused: \(error.bounded.message)")
        } catch let failure as ACPFailure {
            let words = settings.words.first ?? ""
            guard case .ended(let exit) = failure else {
                throw ToolFailure("the MCP server '\(name)': \(failure.sentence)")
            }
            let last = exit.lines.last.map { ": \($0)" } ?? ""
            throw ToolFailure("the MCP server '\(name)' (\(words.withoutControls)) has ended\(last)")
        }
    }
}
