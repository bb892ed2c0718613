public import Wire

/// An agent's side of one session that is in memory.
///
/// The server calls ``prompt(_:)`` for one turn after the other, and everything else at any time.
public protocol AgentSession: Sendable {
    /// What the agent offers in this session, as it says itself.
    var offers: AgentOffers { get }

    /// Decides whether the agent goes on with a turn that a restart of the server interrupted. Called before
    /// ``prompt(_:)`` of that turn.
    ///
    /// - Parameter turn: The turn, with what it recorded (``Turn/recorded``).
    /// - Returns: ``Resumption/goesOn`` only if what is recorded is enough to go on without repeating an effect.
    func resume(_ turn: Turn) async throws -> Resumption

    /// Answers a turn, or goes on with one.
    ///
    /// The task that runs this is cancelled only when the turn was ended without the agent: return soon then.
    ///
    /// - Parameter turn: The prompt, the session's state and history, and what the turn recorded before a restart.
    /// - Returns: The end of the turn. What was emitted before is journaled before it.
    /// - Throws: `CancellationError` ends the turn as cancelled, a ``TurnError`` with its sentence, and any other error
    ///   with a general one of the server.
    func prompt(_ turn: Turn) async throws -> TurnEnd

    /// Asks the agent to stop a turn (ACP's `session/cancel`). Only a signal: it returns at once.
    ///
    /// What the agent emits afterwards is kept until ``prompt(_:)`` returns, or for ten seconds; then the turn is ended
    /// without it, and the agent is closed. The signal may come before ``prompt(_:)`` was entered; that turn then ends as
    /// cancelled at once. One for a turn that does not run, and does not come next, has no effect.
    func cancel(_ turn: TurnID)

    /// Changes a setting (ACP's `session/set_mode` and `session/set_config_option`).
    ///
    /// - Returns: The result of the method, as the agent gave it.
    /// - Throws: The ``RPCError`` that the agent refused with.
    func set(_ setting: AgentSetting) async throws -> JSON

    /// Ends the agent's side of the session, with all processes that it began; a turn that runs ends with an error.
    ///
    /// Returns within ``AgentSession/closeMaximum``, whatever the agent does. The host is not used afterwards.
    func close() async
}

extension AgentSession {
    /// The most time that ``close()`` may take.
    public static var closeMaximum: Duration { .seconds(5) }

    /// Nothing beyond what every agent can do.
    public var offers: AgentOffers { AgentOffers() }

    /// Refuses every setting, as an agent that offers none.
    public func set(_ setting: AgentSetting) async throws -> JSON {
        throw RPCError.invalidParams("the agent does not offer \(setting)")
    }
}

/// Whether an interrupted turn is gone on with.
public enum Resumption: Hashable, Sendable {
    /// The agent goes on with it.
    case goesOn
    /// It ends with this sentence, and what it recorded is kept.
    case ends(String)

    /// The agent cannot go on with turns, or not with this one.
    public static let interrupted = Resumption.ends("interrupted")
}

/// How a turn ended.
public struct TurnEnd: Hashable, Sendable {
    /// Why it ended.
    public var reason: StopReason
    /// How full the agent's context is, if it says so; journaled before the end.
    public var usage: AgentUsage?

    /// Creates the end of a turn.
    public init(_ reason: StopReason, usage: AgentUsage? = nil) {
        self.reason = reason
        self.usage = usage
    }
}

/// How full an agent's context is (ACP's `usage_update`).
public struct AgentUsage: Hashable, Sendable {
    /// How many tokens are in it.
    public var used: Int64
    /// How many tokens it can hold.
    public var size: Int64

    /// Creates the usage.
    public init(used: Int64, size: Int64) {
        self.used = used
        self.size = size
    }

    /// The update that says it.
    public var update: SessionUpdate {
        .other(["sessionUpdate": "usage_update", "used": .integer(used), "size": .integer(size)])
    }
}

/// What an agent offers in a session, in ACP's terms.
public struct AgentOffers: Hashable, Sendable {
    /// A kind of content that a prompt may have besides text and links (ACP's `promptCapabilities`).
    public enum PromptKind: String, Hashable, Sendable, CaseIterable {
        case image, audio, embeddedContext
    }

    /// The modes, and the one that is chosen (`SessionModeState`); `nil` when it has none.
    public var modes: JSON?
    /// The options, each with its value (`SessionConfigOption`).
    public var options: [JSON]
    /// The commands that a prompt may begin with (`AvailableCommand`).
    public var commands: [JSON]
    /// What a prompt may have besides text and links.
    public var promptKinds: Set<PromptKind>

    /// Creates an offer; by default nothing is offered.
    public init(
        modes: JSON? = nil, options: [JSON] = [], commands: [JSON] = [], promptKinds: Set<PromptKind> = []
    ) {
        self.modes = modes
        self.options = options
        self.commands = commands
        self.promptKinds = promptKinds
    }
}

extension AgentOffers {
    /// Takes over an update of the agent: its commands, options, or the mode that is chosen (ACP's
    /// `available_commands_update`, `config_option_update` and `current_mode_update`); no other update changes anything.
    public mutating func apply(_ update: JSON) {
        switch update["sessionUpdate"]?.string {
        case "available_commands_update": commands = update["availableCommands"]?.array ?? []
        case "config_option_update": options = update["configOptions"]?.array ?? []
        case "current_mode_update":
            guard case .object(let members)? = modes, let mode = update["currentModeId"] else { return }
            modes = .object(members.map { $0.key == "currentModeId" ? JSON.Member($0.key, mode) : $0 })
        default: return
        }
    }
}

/// A change of a setting that an agent offers.
public enum AgentSetting: Hashable, Sendable, CustomStringConvertible {
    /// Choose a mode, by its identifier.
    case mode(String)
    /// Set an option to a value: the identifier of one, or a truth value.
    case option(String, JSON)

    /// The setting as an error names it.
    public var description: String {
        switch self {
        case .mode(let id): "the mode '\(id.withoutControls)'"
        case .option(let id, _): "the option '\(id.withoutControls)'"
        }
    }
}
