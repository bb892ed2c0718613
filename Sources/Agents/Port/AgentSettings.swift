/// An agent of the configuration (`[agents.NAME]`).
public enum AgentSettings: Hashable, Sendable {
    /// A program that speaks ACP (`kind = "acp"`).
    case acp(ACPSettings)
    /// A model behind a server (`kind = "openai"`).
    case model(ModelSettings)

    /// The name by which `session/new` selects it.
    public var name: String {
        switch self {
        case .acp(let settings): settings.name
        case .model(let settings): settings.name
        }
    }

    /// Who may have sessions with it.
    public var users: AgentUsers {
        switch self {
        case .acp(let settings): settings.users
        case .model(let settings): settings.users
        }
    }
}

/// Who may have sessions with an agent. It works with the rights of the server's user, whatever roots its user has.
public enum AgentUsers: Hashable, Sendable {
    /// The local user alone, who is the server's user.
    case local
    /// The local user, and these.
    case named(Set<String>)
    /// Everybody with a token.
    case all
}
