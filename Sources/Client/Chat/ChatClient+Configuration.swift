import Sync
public import Transport
public import Wire

extension ChatClient {
    /// The connection settings of a chat.
    public struct Configuration: Sendable {
        /// The server's address; ``PrivateServer/endpoint`` takes precedence over it.
        public var endpoint: Endpoint
        /// Where the token comes from; `nil` for the private server, which needs none.
        public var tokens: TokenSource?
        /// The server to start when the connection is refused; `nil` when the server is not this user's private one.
        public var privateServer: PrivateServer?
        /// The identity of this installation and instance, by which a server supersedes an older connection of the same
        /// client.
        public var clientID: ClientID
        /// The name and version that go into `initialize` and `User-Agent`.
        public var client: Implementation
        /// The seed of the backoff's jitter; a fixed one makes a test repeatable.
        public var seed: UInt64
        /// How many bytes are replayed before the client is current, leaving a gap; `nil` replays everything, as
        /// scripts need.
        public var window: Int64? = Holding.windowBytes
        /// The servers of the Model Context Protocol that the agent of a new chat is named.
        public var mcpServers: [JSON] = []
        /// Whether a new chat's agent is opened before the chat is current, so that what it offers is known then.
        public var opensAgent = false
        /// What the front end does for agents.
        public var capabilities: Set<ClientCapability> = [.elicitation]
        /// Whether the server tells of the user's other sessions, for a list of them.
        public var followsSessions = false
        /// Additional headers of the upgrade request.
        public var headers: [(String, String)] = []
        /// The local address to connect from; the system's choice when `nil`.
        public var localAddress: String?
        /// The certificate authorities that are trusted.
        public var authorities = Authorities()
        /// The proxies of the environment, and which servers are behind them.
        public var proxies = Proxies()
        /// Whether `ws://` may go to another machine (`--insecure`).
        public var allowsPlaintext = false
        /// Whether compression is offered.
        public var compression = Compression.auto

        /// The key under which chats of this server are kept on this machine: the server's address as it is written, or
        /// ``PrivateServer/name`` wherever the private server listens.
        public var server: String { privateServer == nil ? endpoint.description : PrivateServer.name }

        /// Creates settings; the defaults are those of the interactive client.
        public init(
            endpoint: Endpoint, tokens: TokenSource? = nil, privateServer: PrivateServer? = nil, clientID: ClientID,
            client: Implementation = Implementation(name: "belay", version: ClientVersion.current),
            seed: UInt64 = .random(in: .min ... .max)
        ) {
            self.endpoint = endpoint
            self.tokens = tokens
            self.privateServer = privateServer
            self.clientID = clientID
            self.client = client
            self.seed = seed
        }
    }
}
