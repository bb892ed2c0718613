public import Wire

extension SyncEngine {
    /// The parameters of an engine.
    public struct Configuration: Hashable, Sendable {
        /// The client ID of this installation and instance.
        public var clientID: ClientID
        /// The name and version for `initialize`.
        public var client: Implementation
        /// The chat's folder, an absolute path on the server.
        public var directory: String
        /// The idempotency key for `session/new`: sending it twice creates one session.
        public var clientSessionKey: String
        /// The agent of the session when it is created; the server's default when `nil`.
        public var agent: String?
        /// What the session is a copy of when it is created; `nil` for an empty one.
        public var fork: Fork?
        /// The servers of the Model Context Protocol that the session's agent is named when it is created.
        public var mcpServers: [JSON] = []
        /// Whether the session's agent is opened before the server says that the session is there.
        public var opensAgent = false
        /// What the front end does for agents.
        public var capabilities: Set<ClientCapability> = [.elicitation]
        /// Whether the server tells of the user's other sessions.
        public var followsSessions = false
        /// The seed of the backoff's jitter.
        public var seed: UInt64
        /// How many bytes are replayed before the client is current; `nil` replays everything.
        public var window: Int64?
        /// Whether the server is this user's private one, so that another version of it may be replaced.
        public var replacesServer = false

        /// What a session is made a copy of.
        public struct Fork: Hashable, Sendable {
            /// The session that is copied.
            public var session: SessionID
            /// The title of the copy.
            public var title: String?

            /// Creates the origin of a fork.
            public init(session: SessionID, title: String?) { (self.session, self.title) = (session, title) }
        }

        /// Creates a configuration; by default with the interactive client's window.
        public init(
            clientID: ClientID, client: Implementation, directory: String, clientSessionKey: String, seed: UInt64,
            window: Int64? = Holding.windowBytes
        ) {
            self.clientID = clientID
            self.client = client
            self.directory = directory
            self.clientSessionKey = clientSessionKey
            self.seed = seed
            self.window = window
        }
    }
}
