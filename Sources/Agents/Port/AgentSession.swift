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

    /// Changes a setting (ACP's `session/set_mode` and `session/set_config_option`), and emits what can be set now if that
    /// is something else than before.
    ///
    /// - Returns: What can be set now (`configOptions`).
    /// - Throws: The ``RPCError`` that the agent refused with.
    func set(_ setting: AgentSetting) async throws -> [JSON]

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
    public func set(_ setting: AgentSetting) async throws -> [JSON] {
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

    /// All that can be set: the options, and as one of them the modes of an agent that offers modes beside options which
    /// choose none.
    public var settings: [JSON] {
        guard ConfigOption.modes(in: options) == nil, let modes, let option = ConfigOption.option(ofModes: modes)
        else { return options }
        return [option] + options
    }

    /// The setting as this agent knows it: a mode of one that has options for modes is an option, and the other way round.
    ///
    /// - Throws: ``RPCError`` −32602 for what the agent does not offer.
    public func own(_ setting: AgentSetting) throws(RPCError) -> AgentSetting {
        switch setting {
        case .mode(let mode):
            if modes != nil { return setting }
            let option = options.compactMap(ConfigOption.init).first { $0.category == ConfigOption.mode }
            guard let option else { break }
            return .option(option.id, .string(mode))
        case .option(let id, let value):
            if options.contains(where: { $0["id"]?.string == id }) { return setting }
            guard id == ConfigOption.mode, modes != nil, let mode = value.string else { break }
            return .mode(mode)
        }
        throw .invalidParams("the agent does not offer \(setting)")
    }

    /// Takes over what was set, and the agent's answer to it.
    public mutating func apply(_ setting: AgentSetting, answered result: JSON) {
        switch setting {
        case .mode(let mode): apply(["sessionUpdate": "current_mode_update", "currentModeId": .string(mode)])
        case .option: if let options = result["configOptions"]?.array { self.options = options }
        }
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
