import Glibc
public import Logging
public import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
public import Wire

/// A server's socket: takes WebSocket upgrades at `/acp`, and refuses the rest before the 101.
public struct Listener: Sendable {
    /// What a listener is made with.
    public struct Configuration: Sendable {
        /// Where to listen.
        public var address: Endpoint.Address
        /// How to encrypt; `nil` for plain text.
        public var tls: ServingTLS?
        /// The longest message, in bytes.
        public var messageBytesMaximum: Int
        /// Between the server's pings.
        public var pingInterval: TimeAmount
        /// Web origins that may connect; a request with any other is refused, whatever it asks for.
        public var origins: [String] = []
        /// How long a request may take to come, from the moment of the connection.
        public var requestPatience: TimeAmount

        /// What a listener is made with.
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

    /// Decides about an upgrade request, on the connection's loop; the 101 waits for it.
    public typealias Accept = @Sendable (UpgradeRequest, any EventLoop) -> EventLoopFuture<Result<Acceptance, Refusal>>

    private let channel: any Channel
    /// The file of a Unix domain socket.
    private let file: SocketFile?

    private init(channel: any Channel, file: SocketFile? = nil) {
        self.channel = channel
        self.file = file
    }

    /// Whether clients find the listener where it said it was: the file of a Unix domain socket may have been removed, as
    /// folders of a login are at its end, or another one may be in its place.
    public var isInPlace: Bool { file?.isThere ?? true }

    /// The port that is listened on; `nil` on a Unix socket.
    public var port: Int? { channel.localAddress?.port }

    /// Begins to listen.
    ///
    /// - Parameters:
    ///   - configuration: Where and how.
    ///   - loop: The loop that the connections live on.
    ///   - lobby: Where connections are counted; the addresses of one server share it. One of its own when `nil`.
    ///   - isReady: Whether the server takes work; `/readyz` asks.
    ///   - logger: Told when nobody is accepted any more.
    ///   - accept: Decides about each upgrade request.
    /// - Throws: ``ListenError``.
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
            // One by one: between two the gate sees whether there is room.
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
                // The daemon holds its lock here, so a file at the path is a dead one's.
                let channel = try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true)
                    .get()
                chmod(path, 0o600)
                return Listener(channel: channel, file: SocketFile(path))
            }
        } catch {
            throw ListenError(configuration.address, error)
        }
    }

    /// Stops listening; connections that are open stay open.
    public func close() async { try? await channel.close().get() }

    /// Puts the handlers of a connection together: the gate, HTTP for one request, and what decides about it.
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
