import NIOCore

/// A request of a client, decoded from method and parameters.
public enum ClientRequest: Hashable, Sendable {
    /// `initialize`: versions and capabilities; has to come first.
    case initialize(InitializeRequest)
    /// `authenticate`; does nothing, since the token came with the upgrade.
    case authenticate
    /// `session/new`: creates a session.
    case newSession(NewSession)
    /// `session/load`: replay from the start.
    case loadSession(SessionID)
    /// `session/resume`: replay from the client's position; without one nothing is replayed.
    case resumeSession(AttachRequest)
    /// `session/list`, of one folder or of all.
    case listSessions(directory: String?, cursor: String?)
    /// `session/close`: cancels the running turn and detaches.
    case closeSession(SessionID)
    /// `session/delete`: deletes a session with its journal.
    case deleteSession(SessionID)
    /// `session/prompt`: answered when the turn has ended.
    case prompt(Prompt)
    /// `session/set_mode` and `session/set_config_option`: changes a setting that the agent offers.
    case set(SessionID, AgentSetting)
    /// `_belay/state`: the named projections; all when none was named.
    case state(SessionID, parts: [String])
    /// `_belay/history`: a page of the conversation.
    case history(HistoryRequest)
    /// `_belay/fill`: entries of a gap.
    case fill(FillRequest)
    /// `_belay/fork`: a new session with a copy of what was said in another one.
    case fork(ForkRequest)
    /// `_belay/ping`: the heartbeat; `time` is returned as it came.
    case ping(time: JSON, acks: [Ack])

    /// The parameters of `session/new` (ACP, Session Setup).
    public struct NewSession: Hashable, Sendable {
        /// The session's folder at the server, an absolute path.
        public var directory: String
        /// The idempotency key of the creation: the same key returns the same session.
        public var clientSessionKey: String?
        /// The name of the agent; the server's default when `nil`.
        public var agent: String?
        /// Whether the answer waits until the agent is open, for a few seconds at most, so that what it offers is known with
        /// it. For a plain ACP client, which cannot ask for it, it always does.
        public var opensAgent: Bool
        /// Servers of the Model Context Protocol for the agent (`McpServer`), passed on as they are.
        public var mcpServers: [JSON]

        /// The most servers, and the most bytes of JSON that they take.
        public static let mcpServersMaximum = (count: 32, bytes: 64 << 10)

        /// Creates the parameters.
        public init(
            directory: String, clientSessionKey: String? = nil, agent: String? = nil, opensAgent: Bool = false,
            mcpServers: [JSON] = []
        ) {
            self.directory = directory
            self.clientSessionKey = clientSessionKey
            self.agent = agent
            self.opensAgent = opensAgent
            self.mcpServers = mcpServers
        }

        /// Decodes the parameters.
        ///
        /// - Throws: ``RPCError`` −32602, naming what is wrong.
        public init(json params: JSON) throws(RPCError) {
            self.init(
                directory: try params.requiredPath("cwd"),
                clientSessionKey: try params.belay?.optionalName("clientSessionKey"),
                agent: try params.belay?.optionalName("agent"), opensAgent: params.belay?["opensAgent"]?.bool ?? false,
                mcpServers: params["mcpServers"]?.array ?? [])
            let maximum = NewSession.mcpServersMaximum
            guard mcpServers.count <= maximum.count,
                mcpServers.isEmpty || JSON.array(mcpServers).encoded.readableBytes <= maximum.bytes
            else {
                throw .invalidParams(
                    "'mcpServers' has more than \(maximum.count) servers, or takes more than \(maximum.bytes >> 10) KiB"
                )
            }
        }

        /// The parameters as JSON.
        public var json: JSON {
            let belay = JSON.object(of: [
                "clientSessionKey": clientSessionKey.map { .string($0) }, "agent": agent.map { .string($0) },
                "opensAgent": opensAgent ? true : nil,
            ])
            return .object(of: [
                "cwd": .string(directory), "mcpServers": .array(mcpServers),
                "_meta": belay == [:] ? nil : ["belay": belay],
            ])
        }
    }

    /// The parameters of `session/prompt` (ACP, Prompt Turn).
    public struct Prompt: Hashable, Sendable {
        /// The most content blocks of one prompt: each becomes an entry of the journal.
        public static let blocksMaximum = 256

        /// The session that is prompted.
        public var session: SessionID
        /// The content of the prompt, at most ``blocksMaximum`` blocks.
        public var content: [ContentBlock]
        /// The idempotency key; the server mints one for a client that sends none.
        public var clientMessageID: ClientMessageID?
        /// Where the client's trace goes on (``TraceContext``).
        public var trace: TraceContext

        /// Creates the parameters; a client of the layer always passes a key.
        public init(
            session: SessionID, content: [ContentBlock], clientMessageID: ClientMessageID?,
            trace: TraceContext = TraceContext()
        ) {
            self.session = session
            self.content = content
            self.clientMessageID = clientMessageID
            self.trace = trace
        }

        /// The parameters as JSON.
        public var json: JSON {
            let belay: JSON? = clientMessageID.map { ["clientMessageId": .string($0.rawValue)] }
            let meta = trace.members + (belay.map { [JSON.Member("belay", $0)] } ?? [])
            return .object(of: [
                "sessionId": .string(session.rawValue), "prompt": .array(content.map(\.json)),
                "_meta": meta.isEmpty ? nil : .object(meta),
            ])
        }
    }
}

extension ClientRequest {
    /// Decodes a request.
    ///
    /// - Throws: ``RPCError`` −32601 for an unknown method, −32602 for invalid parameters.
    public init(method: String, params: JSON) throws(RPCError) {
        func session() throws(RPCError) -> SessionID { try params.requiredIdentifier("sessionId") }
        switch method {
        case Method.initialize: self = .initialize(try InitializeRequest(json: params))
        case Method.authenticate: self = .authenticate
        case Method.newSession: self = .newSession(try NewSession(json: params))
        case Method.loadSession: self = .loadSession(try session())
        case Method.resumeSession:
            let session = JSON.Member("sessionId", try params.required("sessionId"))
            self = .resumeSession(try AttachRequest(json: .object([session] + (params.belay?.members ?? []))))
        case Method.listSessions:
            self = .listSessions(
                directory: try params.optionalPath("cwd"), cursor: try params.optionalName("cursor"))
        case Method.closeSession: self = .closeSession(try session())
        case Method.deleteSession: self = .deleteSession(try session())
        case Method.prompt:
            _ = try params.requiredArray("prompt")
            self = .prompt(
                Prompt(
                    session: try session(),
                    content: try params.elements("prompt", as: ContentBlock.self, atMost: Prompt.blocksMaximum)
                        .map(\.withoutMeta),
                    clientMessageID: try params.belay?.optionalIdentifier("clientMessageId"),
                    trace: TraceContext(meta: params["_meta"])))
        case Method.setMode, Method.setConfigOption:
            self = .set(try session(), try AgentSetting(method: method, params: params))
        case Method.state:
            // Unknown parts are ignored, and duplicates are returned once.
            let wanted = params["parts"]?.array?.compactMap(\.string) ?? []
            let named = SessionState.parts.filter { wanted.contains($0) }
            self = .state(try session(), parts: wanted.isEmpty ? SessionState.parts : named)
        case Method.history: self = .history(try HistoryRequest(json: params))
        case Method.fill: self = .fill(try FillRequest(json: params))
        case Method.fork: self = .fork(try ForkRequest(json: params))
        case Method.ping:
            self = .ping(
                time: params["t"] ?? .null, acks: try params.elements("acks", as: Ack.self, atMost: Ack.listMaximum))
        default: throw .methodNotFound(method)
        }
    }
}

/// A notification of a client.
public enum ClientNotice: Hashable, Sendable {
    /// `session/cancel`: stop this turn; the running one when `turn` is `nil`.
    case cancel(SessionID, turn: TurnID?)
    /// `_belay/ack`: what is durable at the client, at most ``Ack/listMaximum`` sessions.
    case ack([Ack])
    /// `_belay/detach`: stop watching without cancelling.
    case detach(SessionID)
    /// `$/cancel_request`: the answer to this request is not wanted any more.
    case cancelRequest(RequestID)

    /// Decodes a notification; `nil` for an unknown method, which is ignored.
    public init?(method: String, params: JSON) throws(RPCError) {
        switch method {
        case Method.cancel:
            self = .cancel(
                try params.requiredIdentifier("sessionId"), turn: try params.belay?.optionalIdentifier("turnId"))
        case Method.ack: self = .ack(try params.elements("acks", as: Ack.self, atMost: Ack.listMaximum))
        case Method.detach: self = .detach(try params.requiredIdentifier("sessionId"))
        case Method.cancelRequest: self = .cancelRequest(try RequestID(json: try params.required("requestId")))
        default: return nil
        }
    }
}
