/// Version and name of a program (ACP, Initialization).
public struct Implementation: Hashable, Sendable {
    /// For programs.
    public var name: String
    /// Its version.
    public var version: String

    /// A program.
    public init(name: String, version: String) {
        self.name = name
        self.version = version
    }
}

/// What a client says first: `initialize` (ACP, Initialization), with the resume layer's part (`protocol.md` §4).
public struct InitializeRequest: Hashable, Sendable {
    /// The version of ACP that is spoken here.
    public static let protocolVersion: Int64 = 1

    /// The newest version of ACP that the client speaks.
    public var protocolVersion: Int64
    /// The client program.
    public var client: Implementation?
    /// The layer's part; `nil` for a plain ACP client.
    public var layer: Layer?

    /// What a client of the layer says.
    public struct Layer: Hashable, Sendable {
        /// The version of the layer.
        public var version: Int64
        /// Which installation this is.
        public var clientID: ClientID
        /// Whether replays may be merged.
        public var coalesce: Bool
        /// The sessions to go on with at once.
        public var resume: [AttachRequest]

        /// The layer's part of `initialize`.
        public init(version: Int64 = 1, clientID: ClientID, coalesce: Bool = true, resume: [AttachRequest] = []) {
            self.version = version
            self.clientID = clientID
            self.coalesce = coalesce
            self.resume = resume
        }
    }

    /// A request.
    public init(protocolVersion: Int64 = Self.protocolVersion, client: Implementation?, layer: Layer?) {
        self.protocolVersion = protocolVersion
        self.client = client
        self.layer = layer
    }
}

extension InitializeRequest: JSONConvertible {
    /// Reads the parameters of `initialize`.
    public init(json: JSON) throws(RPCError) {
        protocolVersion = try json.required("protocolVersion", in: .version)
        client = json["clientInfo"].flatMap { info in
            guard let name = info["name"]?.string else { return nil }
            return Implementation(name: name, version: info["version"]?.string ?? "")
        }
        guard let capability = json["clientCapabilities"]?.belay else {
            layer = nil
            return
        }
        var layer = Layer(
            version: try capability.optional("version", in: .version) ?? 1,
            clientID: try capability.requiredIdentifier("clientId"),
            coalesce: capability["coalesce"]?.bool ?? false)
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
            [
                "version": .integer(layer.version), "clientId": .string(layer.clientID.rawValue),
                "coalesce": .bool(layer.coalesce),
            ]
        }
        let resume: JSON? = layer.flatMap { $0.resume.isEmpty ? nil : .array($0.resume.map(\.json)) }
        return .object(of: [
            "protocolVersion": .integer(protocolVersion),
            "clientCapabilities": capability.map { ["_meta": ["belay": $0]] },
            "clientInfo": client.map { ["name": .string($0.name), "version": .string($0.version)] },
            "_meta": resume.map { ["belay": ["resume": $0]] },
        ])
    }
}

/// What the server answers to `initialize`.
public struct InitializeResult: Hashable, Sendable {
    /// The version of ACP that is spoken.
    public var protocolVersion: Int64
    /// The server program.
    public var agent: Implementation?
    /// The layer's part; `nil` when the server, or the client, does not speak it.
    public var layer: Layer?

    /// What a server of the layer says.
    public struct Layer: Hashable, Sendable {
        /// How often the client pings while idle, in milliseconds.
        public var pingInterval: Int64
        /// How long an answer may take, in milliseconds.
        public var pingTimeout: Int64
        /// What became of each session that was to be resumed, in the order of the request.
        public var resumed: [AttachOutcome]
        /// How long sessions wait for their clients; `nil` when the server does not say.
        public var sessions: Sessions?
        /// The longest message that the server takes, in bytes; `nil` when it does not say. A longer one closes the
        /// connection with 1009.
        public var messageBytesMaximum: Int64?
        /// How many of the user's sessions have something going on, as a private server says; `nil` when it is not said.
        public var sessionsWorking: Int64?

        /// The layer's part of the answer.
        public init(
            pingInterval: Int64, pingTimeout: Int64, resumed: [AttachOutcome], sessions: Sessions? = nil,
            messageBytesMaximum: Int64? = nil, sessionsWorking: Int64? = nil
        ) {
            self.pingInterval = pingInterval
            self.pingTimeout = pingTimeout
            self.resumed = resumed
            self.sessions = sessions
            self.messageBytesMaximum = messageBytesMaximum
            self.sessionsWorking = sessionsWorking
        }
    }

    /// How long sessions wait for their clients (`protocol.md` §7, Tiers).
    public struct Sessions: Hashable, Sendable {
        /// Away for less than this: `tier:"brief"`; in milliseconds.
        public var brief: Int64
        /// Away for longer than this: expired; in milliseconds. `nil` never expires.
        public var expire: Int64?

        /// How long sessions wait.
        public init(brief: Int64, expire: Int64?) {
            self.brief = brief
            self.expire = expire
        }
    }

    /// An answer.
    public init(protocolVersion: Int64 = InitializeRequest.protocolVersion, agent: Implementation?, layer: Layer?) {
        self.protocolVersion = protocolVersion
        self.agent = agent
        self.layer = layer
    }
}

extension InitializeResult: JSONConvertible {
    /// Reads the result of `initialize`.
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
            sessionsWorking: json.belay?.clamped("working", to: .count))
    }

    /// The result of `initialize`.
    public var json: JSON {
        let capability: JSON? = layer.map { layer in
            .object(of: [
                "version": 1, "attach": [:], "ack": [:], "idempotency": [:], "history": [:], "state": [:],
                "fill": ["bytesMaximum": .integer(FillRequest.bytesMaximum)],
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
                "promptCapabilities": ["image": false, "audio": false, "embeddedContext": false],
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
                    ])
                ]
            },
        ])
    }
}
