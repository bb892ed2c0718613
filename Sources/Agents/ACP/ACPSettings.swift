/// How an agent that speaks ACP over standard input and output is started (`[agents.NAME] kind = "acp"`).
public struct ACPSettings: Hashable, Sendable {
    /// The name by which `session/new` selects it.
    public var name: String
    /// Who may have sessions with it.
    public var users = AgentUsers.local
    /// The command's path, or its name in PATH, and its arguments.
    public var words: [String]
    /// Changes of the server's environment for it. The server's own `BELAY_` variables are not passed on.
    public var environment: [String: String]
    /// The folder that it runs in; `nil` for the session's.
    public var directory: String?
    /// Whether all sessions share one process.
    public var isShared: Bool
    /// The method to sign in with (`authenticate`), of those that the agent offers; `nil` to sign in only if it insists,
    /// which ends the turn with what it offers.
    public var signIn: String?
    /// How long the agent may take until it has answered `initialize`, and until it has a session.
    public var startMaximum: Duration

    /// Creates settings.
    public init(
        name: String, words: [String], environment: [String: String] = [:], directory: String? = nil,
        isShared: Bool = false, signIn: String? = nil, startMaximum: Duration = .seconds(60)
    ) {
        self.name = name
        self.words = words
        self.environment = environment
        self.directory = directory
        self.isShared = isShared
        self.signIn = signIn
        self.startMaximum = startMaximum
    }
}
