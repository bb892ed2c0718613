import Glibc
public import Logging
public import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
public import Wire

/// A listening socket: accepts WebSocket upgrades at `/acp`, and answers other requests with an error before the 101.
public struct Listener: Sendable {
    /// The parameters of a listener.
    public struct Configuration: Sendable {
        /// The address and port, or the socket's path, to listen on.
        public var address: Endpoint.Address
        /// The TLS context; `nil` for plain text.
        public var tls: ServingTLS?
        /// The longest message that is accepted, in bytes; a longer one closes the connection with 1009.
        public var messageBytesMaximum: Int
        /// The time between pings to the client.
        public var pingInterval: TimeAmount
        /// The values of `Origin` that may connect; requests of other web pages are refused with 403.
        public var origins: [String] = []
        /// Time-out for the request, from the moment of the connection.
        public var requestPatience: TimeAmount

        /// Creates the parameters; by default plain text, messages up to 1 MiB, and a ping every 20 s.
        public init(
            address: Endpoint.Address, tls: ServingTLS? = nil, messageBytesMaximum: Int = 1 << 20,
            pingInterval: TimeAmount = .seconds(20), requestPatience: TimeAmount = .seconds(10)
        ) {
            self.address = address
            self.tls = tls
            self.messageBytesMaximum = messageBytesMaximum
            self.pingInterval = pingInterval
            self.requestPatience = requestPatience
        }
    }

    /// Decides about an upgrade request, on the connection's event loop; the 101 waits for the future.
    public typealias Accept = @Sendable (UpgradeRequest, any EventLoop) -> EventLoopFuture<Result<Acceptance, Refusal>>

    private let channel: any Channel
    /// The file of a Unix domain socket, as it was created; `nil` for TCP.
    private let file: SocketFile?

    private init(channel: any Channel, file: SocketFile? = nil) {
        self.channel = channel
        self.file = file
    }

    /// Whether clients still reach the listener at its address: the file of a Unix domain socket may have been removed,
    /// as the runtime folder is at the end of a login, or replaced.
    public var isInPlace: Bool { file?.isThere ?? true }

    /// The port that is listened on; `nil` on a Unix domain socket.
    public var port: Int? { channel.localAddress?.port }

    /// Starts listening.
    ///
    /// - Parameters:
    ///   - configuration: The parameters.
    ///   - loop: The event loop of the listener and its connections.
    ///   - lobby: Counts connections; the listeners of one server share it. A new one when `nil`.
    ///   - isReady: Whether the server accepts work; the answer of `/readyz`.
    ///   - logger: Logs when the listener stops accepting for want of descriptors.
    ///   - accept: Decides about each upgrade request.
    /// - Throws: ``ListenError`` when the address cannot be bound.
    public static func bind(
        _ configuration: Configuration, on loop: any EventLoop, lobby: NIOLoopBoundBox<Lobby>? = nil,
        isReady: @escaping @Sendable () -> Bool = { true },
        logger: Logger = Logger(label: "listener", factory: { _ in SwiftLogNoOpLogHandler() }),
        accept: @escaping Accept
    ) async throws(ListenError) -> Listener {
        let lobby = lobby ?? Lobby.bound(Lobby.Bounds.system, to: loop)
        let bootstrap = ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // One connection per read, so that the gate can check for room between two.
            .serverChannelOption(.maxMessagesPerRead, value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptGate(lobby: lobby, logger: logger))
                }
            }
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try initialize(channel, configuration, lobby, isReady: isReady, accept: accept)
                }
            }
        do {
            switch configuration.address {
            case .host(let host, let port):
                return Listener(channel: try await bootstrap.bind(host: host, port: port).get())
            case .unix(let path):
                // The daemon holds its lock here, so an existing file belongs to a dead server.
                let channel = try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true)
                    .get()
                chmod(path, 0o600)
                return Listener(channel: channel, file: SocketFile(path))
            }
        } catch {
            throw ListenError(configuration.address, error)
        }
    }

    /// Stops listening; open connections stay open.
    public func close() async { try? await channel.close().get() }

    /// Builds a connection's pipeline: the gate, the HTTP handlers for one request, and the handshake.
    private static func initialize(
        _ channel: any Channel, _ configuration: Configuration, _ lobby: NIOLoopBoundBox<Lobby>,
        isReady: @escaping @Sendable () -> Bool, accept: @escaping Accept
    ) throws {
        let number = lobby.value.came(channel)
        channel.closeFuture.assumeIsolated().whenComplete { _ in lobby.value.left(number) }
        let pipeline = channel.pipeline.syncOperations
        if let tls = configuration.tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls.context)) }
        if channel.remoteAddress?.protocol != .unix, channel.localAddress?.protocol != .unix {
            channel.setOption(SocketOptions.noDelay, value: 1).whenFailure { _ in }
            channel.setOption(
                SocketOptions.tcpUserTimeout, value: .init(SocketOptions.tcpUserTimeoutMilliseconds)
            ).whenFailure { _ in }
        }
        let scaffold = Handshake.Scaffold(
            gate: RequestGate(), decoder: ByteToMessageHandler(HTTPRequestDecoder()), encoder: HTTPResponseEncoder())
        try pipeline.addHandlers([scaffold.gate, scaffold.decoder, scaffold.encoder])
        try pipeline.addHandler(
            Handshake(scaffold, configuration, isReady: isReady, accept: accept) { lobby.value.known(number) })
    }
}
