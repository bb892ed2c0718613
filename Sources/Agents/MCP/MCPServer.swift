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
    private let connection = Locked<ACPConnection?>(nil)

    /// - Parameters:
    ///   - guardian: The program that guards its process, an absolute path.
    ///   - withheld: Variables of this process that it does not get.
    init(
        _ settings: MCPSettings, guardian: String, client: Implementation, withheld: Set<String>,
        in folder: SessionFolder
    ) {
        self.settings = settings
        self.client = client
        let removed = Dictionary(withheld.map { ($0, String?.none) }) { first, _ in first }
        let environment = EnvironmentNames.withoutOwn.merging(removed) { _, removed in removed }
            .merging(settings.environment) { _, configured in configured }
        command = GuardedCommand(
            guardian: guardian, words: settings.words, environment: environment,
            directory: folder.location ?? folder.path)
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
        try await explained(within: Self.callMaximum) {
            try await self.started().request("tools/call", ["name": .string(tool), "arguments": arguments])
        }
    }

    /// Ends its process, and returns when nothing of it is left.
    func close() async {
        let connection = connection.withLock { connection in
            defer { connection = nil }
            return connection
        }
        await connection?.close()
    }

    private func started() async throws -> ACPConnection {
        if let running = connection.withLock({ $0 }), !running.isOver { return running }
        let new = ACPConnection.start(command, receiver: Receiver())
        let old = connection.withLock { connection in
            defer { connection = new }
            return connection
        }
        await old?.close()
        _ = try await new.request(
            Method.initialize,
            [
                "protocolVersion": .string(Self.version), "capabilities": [:],
                "clientInfo": ["name": .string(client.name), "version": .string(client.version)],
            ])
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
                ToolFailure("the MCP server '\(name)' did not answer within \(limit.components.seconds) seconds")
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
