/// What a client asks of the server, read from the method and its parameters.
public enum ClientRequest: Hashable, Sendable {
    /// `initialize`.
    case initialize(InitializeRequest)
    /// `authenticate`; nothing to do, the token came with the upgrade.
    case authenticate
    /// `session/new`.
    case newSession(NewSession)
    /// `session/load`: replay from the start.
    case loadSession(SessionID)
    /// `session/resume`: replay from the client's position; without one nothing is replayed.
    case resumeSession(AttachRequest)
    /// `session/list`, of one folder or of all.
    case listSessions(directory: String?, cursor: String?)
    /// `session/close`.
    case closeSession(SessionID)
    /// `session/delete`.
    case deleteSession(SessionID)
    /// `session/prompt`.
    case prompt(Prompt)
    /// `_belay/state`: the named projections; all when none was named.
    case state(SessionID, parts: [String])
    /// `_belay/history`.
    case history(HistoryRequest)
    /// `_belay/fill`.
    case fill(FillRequest)
    /// `_belay/ping`.
    case ping(time: JSON, acks: [Ack])

    /// `session/new`'s parameters.
    public struct NewSession: Hashable, Sendable {
        /// The folder, an absolute path.
        public var directory: String
        /// Creating twice with the same key gives the same session.
        public var clientSessionKey: String?
        /// Which back end answers; the server's default when `nil`.
        public var agent: String?

        /// Parameters.
        public init(directory: String, clientSessionKey: String? = nil, agent: String? = nil) {
            self.directory = directory
            self.clientSessionKey = clientSessionKey
            self.agent = agent
        }

        /// The parameters.
        public var json: JSON {
            let belay = JSON.object(of: [
                "clientSessionKey": clientSessionKey.map { .string($0) }, "agent": agent.map { .string($0) },
            ])
            return .object(of: [
                "cwd": .string(directory), "mcpServers": [], "_meta": belay == [:] ? nil : ["belay": belay],
            ])
        }
    }

    /// `session/prompt`'s parameters.
    public struct Prompt: Hashable, Sendable {
        /// The most content blocks of one prompt: each becomes an entry of the journal.
        public static let blocksMaximum = 256

        /// The session.
        public var session: SessionID
        /// What is asked.
        public var content: [ContentBlock]
        /// The idempotency key; the server mints one for a client that sends none.
        public var clientMessageID: ClientMessageID?

        /// Parameters.
        public init(session: SessionID, content: [ContentBlock], clientMessageID: ClientMessageID?) {
            self.session = session
            self.content = content
            self.clientMessageID = clientMessageID
        }

        /// The parameters.
        public var json: JSON {
            .object(of: [
                "sessionId": .string(session.rawValue), "prompt": .array(content.map(\.json)),
                "_meta": clientMessageID.map { ["belay": ["clientMessageId": .string($0.rawValue)]] },
            ])
        }
    }
}

extension ClientRequest {
    /// Reads a request.
    ///
    /// - Throws: ``RPCError`` −32601 for a method that is not known, −32602 for parameters that do not fit.
    public init(method: String, params: JSON) throws(RPCError) {
        func session() throws(RPCError) -> SessionID { try params.requiredIdentifier("sessionId") }
        switch method {
        case Method.initialize: self = .initialize(try InitializeRequest(json: params))
        case Method.authenticate: self = .authenticate
        case Method.newSession:
            self = .newSession(
                NewSession(
                    directory: try params.requiredPath("cwd"),
                    clientSessionKey: try params.belay?.optionalName("clientSessionKey"),
                    agent: try params.belay?.optionalName("agent")))
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
                    clientMessageID: try params.belay?.optionalIdentifier("clientMessageId")))
        case Method.state:
            // One that is not known is left out, and one that is named twice is told once.
            let wanted = params["parts"]?.array?.compactMap(\.string) ?? []
            let named = SessionState.parts.filter { wanted.contains($0) }
            self = .state(try session(), parts: wanted.isEmpty ? SessionState.parts : named)
        case Method.history: self = .history(try HistoryRequest(json: params))
        case Method.fill: self = .fill(try FillRequest(json: params))
        case Method.ping:
            self = .ping(
                time: params["t"] ?? .null, acks: try params.elements("acks", as: Ack.self, atMost: Ack.listMaximum))
        default: throw .methodNotFound(method)
        }
    }
}

/// What a client tells the server without wanting an answer.
public enum ClientNotice: Hashable, Sendable {
    /// `session/cancel`: stop this turn, or whichever runs.
    case cancel(SessionID, turn: TurnID?)
    /// `_belay/ack`.
    case ack([Ack])
    /// `_belay/detach`.
    case detach(SessionID)

    /// Reads a notification; `nil` when it is one that is not known, which is ignored.
    public init?(method: String, params: JSON) throws(RPCError) {
        switch method {
        case Method.cancel:
            self = .cancel(
                try params.requiredIdentifier("sessionId"), turn: try params.belay?.optionalIdentifier("turnId"))
        case Method.ack: self = .ack(try params.elements("acks", as: Ack.self, atMost: Ack.listMaximum))
        case Method.detach: self = .detach(try params.requiredIdentifier("sessionId"))
        default: return nil
        }
    }
}
