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
    /// `_belay/state`: the named projections, or all when none is named.
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
        func session() throws(RPCError) -> SessionID { SessionID(try params.requiredString("sessionId")) }
        switch method {
        case Method.initialize: self = .initialize(try InitializeRequest(json: params))
        case Method.authenticate: self = .authenticate
        case Method.newSession:
            let directory = try params.requiredString("cwd")
            guard directory.hasPrefix("/") else { throw .invalidParams("'cwd' is not an absolute path") }
            self = .newSession(
                NewSession(
                    directory: directory, clientSessionKey: params.belay?["clientSessionKey"]?.string,
                    agent: params.belay?["agent"]?.string))
        case Method.loadSession: self = .loadSession(try session())
        case Method.resumeSession:
            let session = JSON.Member("sessionId", try params.required("sessionId"))
            self = .resumeSession(try AttachRequest(json: .object([session] + (params.belay?.members ?? []))))
        case Method.listSessions:
            self = .listSessions(directory: params["cwd"]?.string, cursor: params["cursor"]?.string)
        case Method.closeSession: self = .closeSession(try session())
        case Method.deleteSession: self = .deleteSession(try session())
        case Method.prompt:
            _ = try params.requiredArray("prompt")
            self = .prompt(
                Prompt(
                    session: try session(), content: try params.elements("prompt", as: ContentBlock.self),
                    clientMessageID: params.belay?["clientMessageId"]?.string.map { ClientMessageID($0) }))
        case Method.state:
            self = .state(try session(), parts: params["parts"]?.array?.compactMap(\.string) ?? [])
        case Method.history: self = .history(try HistoryRequest(json: params))
        case Method.fill: self = .fill(try FillRequest(json: params))
        case Method.ping: self = .ping(time: params["t"] ?? .null, acks: try params.elements("acks", as: Ack.self))
        default: throw RPCError(.methodNotFound, "there is no method '\(method)'")
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
                SessionID(try params.requiredString("sessionId")),
                turn: params.belay?["turnId"]?.string.map { TurnID($0) })
        case Method.ack: self = .ack(try params.elements("acks", as: Ack.self))
        case Method.detach: self = .detach(SessionID(try params.requiredString("sessionId")))
        default: return nil
        }
    }
}
