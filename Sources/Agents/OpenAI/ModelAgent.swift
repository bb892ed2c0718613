import Platform
public import Wire

/// An agent that is a model behind a server of OpenAI's protocol, with the built-in tools.
///
/// Everything that a turn has done is in the journal, and what the model is told is made of the journal: a turn that a crash
/// cut off goes on where its entries end.
public final class ModelAgent: Agent {
    let settings: ModelSettings
    let endpoint: ModelEndpoint
    let toolbox: Toolbox
    let permissions: PermissionBook
    let guardian: String
    let withheld: Set<String>
    private let client: Implementation

    /// Creates a back end; nothing is connected.
    ///
    /// - Parameters:
    ///   - settings: The server, the model, and what it may do.
    ///   - permissions: The rules about what its tools may do without asking.
    ///   - guardian: The program that guards the commands of tools, an absolute path (``GuardedCommand/guardian``).
    ///   - client: The name and version that servers of tools are told.
    ///   - withheld: The variables of this process that commands do not get: the keys of all agents.
    public init(
        _ settings: ModelSettings, permissions: PermissionBook, guardian: String, client: Implementation,
        withheld: Set<String> = []
    ) {
        self.settings = settings
        self.permissions = permissions
        self.guardian = guardian
        self.client = client
        var withheld = withheld
        if case .environment(let name) = settings.key { withheld.insert(name) }
        self.withheld = withheld
        endpoint = ModelEndpoint(settings)
        toolbox = Toolbox(settings.tools)
    }

    /// The name by which `session/new` selects it.
    public var name: String { settings.name }

    /// More than the context can hold: the journal has each output of a tool twice, and what was shown meanwhile.
    public var historyBytes: Int { min(max(settings.contextTokens * 32, 4 << 20), 16 << 20) }

    /// The names of all tools that a model can have.
    public static var toolNames: [String] { Toolbox.all.map(\.description.name) }

    /// Opens the model's side of a session: starts the servers of its tools, if it has any. Of one that does not work the
    /// user is told, and the turn goes on without its tools.
    public func open(_ context: SessionContext, host: any AgentHost) async throws -> any AgentSession {
        let servers = (settings.servers + context.mcpServers.compactMap(MCPSettings.init)).map {
            MCPServer($0, guardian: guardian, client: client, withheld: withheld, in: context.folder)
        }
        do {
            var tools = toolbox.tools
            for server in servers {
                do { tools += try await server.tools() } catch let failure as ToolFailure {
                    try await host.emit([.event(.note(failure.sentence + "; its tools are left out"))], in: nil)
                }
            }
            return ModelSession(self, Toolbox(tools), servers, choosing: context.options, host: host)
        } catch {
            for server in servers { await server.close() }
            throw error
        }
    }
}
