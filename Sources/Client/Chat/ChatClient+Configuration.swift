import Sync
public import Transport
public import Wire

extension ChatClient {
    /// What a chat is run with.
    public struct Configuration: Sendable {
        /// Where the server is.
        public var endpoint: Endpoint
        /// Where the token comes from; none for the private server.
        public var tokens: TokenSource?
        /// The server to start when nobody answers.
        public var privateServer: PrivateServer?
        /// Which installation this is.
        public var clientID: ClientID
        /// The program.
        public var client: Implementation
        /// Decides the jitter.
        public var seed: UInt64
        /// How many bytes come before the client is current; everything when `nil`, as a script wants it.
        public var window: Int64? = Holding.windowBytes
        /// More headers for the upgrade request.
        public var headers: [(String, String)] = []
        /// The address to connect from; the system's choice when `nil`.
        public var localAddress: String?
        /// Whose signatures on certificates are trusted.
        public var authorities = Authorities()
        /// Which servers are behind a proxy.
        public var proxies = Proxies()
        /// Whether plain text may go to another machine.
        public var allowsPlaintext = false

        /// The name under which chats are kept on this machine: the server's address as it is written. The private
        /// server's is the same wherever it listens.
        public var server: String { privateServer == nil ? endpoint.description : PrivateServer.name }

        /// What a chat is run with.
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
