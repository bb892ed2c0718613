/// Version and name of a program (ACP, Initialization).
public struct Implementation: Hashable, Sendable {
    /// The program's name, for logs and programs.
    public var name: String
    /// The program's version; empty when the peer sends none.
    public var version: String

    /// Names a program and its version.
    public init(name: String, version: String) {
        self.name = name
        self.version = version
    }
}

/// The parameters of `initialize` (ACP, Initialization), with those of the resume layer (`protocol.md` §4).
public struct InitializeRequest: Hashable, Sendable {
    /// The version of ACP that is spoken here.
    public static let protocolVersion: Int64 = 1

    /// The newest version of ACP that the client speaks.
    public var protocolVersion: Int64
    /// The client program (`clientInfo`); `nil` when it is not sent.
    public var client: Implementation?
    /// What the client does for agents.
    public var capabilities: Set<ClientCapability>
    /// The resume layer's parameters; `nil` for a plain ACP client.
    public var layer: Layer?

    /// The resume layer's parameters, under `_meta.belay`.
    public struct Layer: Hashable, Sendable {
        /// The version of the layer.
        public var version: Int64
        /// The client's installation and instance.
        public var clientID: ClientID
        /// Whether the server may merge adjacent chunks of a message in replays.
        public var coalesce: Bool
        /// Whether the client is told of the user's other sessions (`_belay/session`).
        public var followsSessions = false
        /// The sessions to attach to at once, at most ``AttachRequest/listMaximum``.
        public var resume: [AttachRequest]

        /// Creates the resume layer's parameters.
        public init(version: Int64 = 1, clientID: ClientID, coalesce: Bool = true, resume: [AttachRequest] = []) {
            self.version = version
            self.clientID = clientID
            self.coalesce = coalesce
            self.resume = resume
        }
    }

    /// Creates the request; `layer` is `nil` for a plain ACP client.
    public init(
        protocolVersion: Int64 = Self.protocolVersion, client: Implementation?,
        capabilities: Set<ClientCapability> = [], layer: Layer?
    ) {
        self.protocolVersion = protocolVersion
        self.client = client
        self.capabilities = capabilities
        self.layer = layer
    }
}

extension InitializeRequest: JSONConvertible {
    /// Decodes the parameters of `initialize`.
    public init(json: JSON) throws(RPCError) {
        protocolVersion = try json.required("protocolVersion", in: .version)
        client = json["clientInfo"].flatMap { info in
            guard let name = info["name"]?.string else { return nil }
            return Implementation(name: name, version: info["version"]?.string ?? "")
        }
        capabilities = Set(json: json["clientCapabilities"])
        guard let capability = json["clientCapabilities"]?.belay else {
            layer = nil
            return
        }
        var layer = Layer(
            version: try capability.optional("version", in: .version) ?? 1,
            clientID: try capability.requiredIdentifier("clientId"),
            coalesce: capability["coalesce"]?.bool ?? false)
        layer.followsSessions = capability["followsSessions"]?.bool ?? false
        if let belay = json.belay {
            layer.resume = try belay.elements("resume", as: AttachRequest.self, atMost: AttachRequest.listMaximum)
        }
        guard Set(layer.resume.map(\.session)).count == layer.resume.count else {
            throw .invalidParams("'resume' names a session twice")
        }
        self.layer = layer
    }

    /// The parameters of `initialize`.
    public var json: JSON {
        let capability: JSON? = layer.map { layer in
            .object(of: [
                "version": .integer(layer.version), "clientId": .string(layer.clientID.rawValue),
                "coalesce": .bool(layer.coalesce), "followsSessions": layer.followsSessions ? true : nil,
            ])
        }
        let offered =
            capabilities.members + (capability.map { [JSON.Member("_meta", ["belay": $0])] } ?? [])
        let resume: JSON? = layer.flatMap { $0.resume.isEmpty ? nil : .array($0.resume.map(\.json)) }
        return .object(of: [
            "protocolVersion": .integer(protocolVersion),
            "clientCapabilities": offered.isEmpty ? nil : .object(offered),
            "clientInfo": client.map { ["name": .string($0.name), "version": .string($0.version)] },
            "_meta": resume.map { ["belay": ["resume": $0]] },
        ])
    }
}

/// The result of `initialize`, with that of the resume layer.
public struct InitializeResult: Hashable, Sendable {
    /// The version of ACP that is spoken.
    public var protocolVersion: Int64
    /// The server program (`agentInfo`); `nil` when it is not sent.
    public var agent: Implementation?
    /// The resume layer's result; `nil` when the server or the client does not support it.
    public var layer: Layer?

    /// The resume layer's result.
    public struct Layer: Hashable, Sendable {
        /// The heartbeat interval of an idle client, in milliseconds.
        public var pingInterval: Int64
        /// The time-out of a heartbeat, in milliseconds.
        public var pingTimeout: Int64
        /// The outcome for each session of `resume`, in the order of the request.
        public var resumed: [AttachOutcome]
        /// The retention times; `nil` when the server does not send them.
        public var sessions: Sessions?
        /// The longest message that the server accepts, in bytes; a longer one closes the connection with 1009. `nil`
        /// when it is not sent.
        public var messageBytesMaximum: Int64?
        /// How many of the user's sessions have a turn that runs or waits; sent by a private server only.
        public var sessionsWorking: Int64?
        /// The agents that the user can begin sessions with, by name; empty when the server does not say.
        public var agents: [String]

        /// How many names of agents are sent at most; the rest can be used as well.
        public static let agentsMaximum = 64

        /// Creates the resume layer's result.
        public init(
            pingInterval: Int64, pingTimeout: Int64, resumed: [AttachOutcome], sessions: Sessions? = nil,
            messageBytesMaximum: Int64? = nil, sessionsWorking: Int64? = nil, agents: [String] = []
        ) {
            self.pingInterval = pingInterval
            self.pingTimeout = pingTimeout
            self.resumed = resumed
            self.sessions = sessions
            self.messageBytesMaximum = messageBytesMaximum
            self.sessionsWorking = sessionsWorking
            self.agents = agents
        }
    }

    /// The retention times of sessions (`protocol.md` §7, Tiers).
    public struct Sessions: Hashable, Sendable {
        /// A client that was away for less has the tier `brief`; in milliseconds.
        public var brief: Int64
        /// A session whose clients are away for longer expires; in milliseconds. `nil` for never.
        public var expire: Int64?

        /// Creates the retention times.
        public init(brief: Int64, expire: Int64?) {
            self.brief = brief
            self.expire = expire
        }
    }

    /// Creates the result; the version defaults to the one spoken here.
    public init(protocolVersion: Int64 = InitializeRequest.protocolVersion, agent: Implementation?, layer: Layer?) {
        self.protocolVersion = protocolVersion
        self.agent = agent
        self.layer = layer
    }
}

extension InitializeResult: JSONConvertible {
    /// Decodes the result of `initialize`.
    public init(json: JSON) throws(RPCError) {
        protocolVersion = try json.required("protocolVersion", in: .version)
        agent = json["agentInfo"].flatMap { info in
            guard let name = info["name"]?.string else { return nil }
            return Implementation(name: name, version: info["version"]?.string ?? "")
        }
        guard let capability = json["agentCapabilities"]?.belay else {
            layer = nil
            return
        }
        layer = Layer(
            pingInterval: capability["ping"]?.clamped("intervalMs", to: .span) ?? 20_000,
            pingTimeout: capability["ping"]?.clamped("timeoutMs", to: .span) ?? 3_000,
            resumed: try json.belay?.elements("resumed", as: AttachOutcome.self) ?? [],
            sessions: capability["sessions"]?.clamped("briefMs", to: .span).map { brief in
                Sessions(brief: brief, expire: capability["sessions"]?.clamped("expireMs", to: .span))
            },
            messageBytesMaximum: capability["limits"]?.clamped("messageBytes", to: .count),
            sessionsWorking: json.belay?.clamped("working", to: .count),
            agents: (json.belay?["agents"]?.array ?? []).prefix(Layer.agentsMaximum).compactMap(\.string)
                .filter { Name.isValid($0) })
    }

    /// The result of `initialize`.
    public var json: JSON {
        let capability: JSON? = layer.map { layer in
            .object(of: [
                "version": 1, "attach": [:], "ack": [:], "idempotency": [:], "history": [:], "state": [:],
                "fill": [
                    "bytesMaximum": .integer(FillRequest.bytesMaximum),
                    "pagesMaximum": .integer(FillRequest.pagesMaximum),
                ],
                "ping": ["intervalMs": .integer(layer.pingInterval), "timeoutMs": .integer(layer.pingTimeout)],
                "sessions": layer.sessions.map { sessions in
                    .object(of: [
                        "briefMs": .integer(sessions.brief), "expireMs": sessions.expire.map { .integer($0) },
                    ])
                },
                "limits": layer.messageBytesMaximum.map { ["messageBytes": .integer($0)] },
            ])
        }
        return .object(of: [
            "protocolVersion": .integer(protocolVersion),
            "agentCapabilities": .object(of: [
                "loadSession": true,
                "promptCapabilities": ["image": true, "audio": true, "embeddedContext": true],
                "sessionCapabilities": ["list": [:], "resume": [:], "close": [:], "delete": [:]],
                "_meta": capability.map { ["belay": $0] },
            ]),
            "agentInfo": agent.map { ["name": .string($0.name), "version": .string($0.version)] },
            "authMethods": [],
            "_meta": layer.map { layer in
                [
                    "belay": .object(of: [
                        "resumed": .array(layer.resumed.map(\.json)),
                        "working": layer.sessionsWorking.map { .integer($0) },
                        "agents": layer.agents.isEmpty
                            ? nil : .array(layer.agents.prefix(Layer.agentsMaximum).map { .string($0) }),
                    ])
                ]
            },
        ])
    }
}
