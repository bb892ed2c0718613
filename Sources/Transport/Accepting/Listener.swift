import Glibc
public import Logging
public import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Platform
public import Wire

/// A listening socket: accepts WebSocket upgrades at `/acp`, and answers other requests with an error before the 101.
public struct Listener: Sendable {
    /// The parameters of a listener.
    public struct Configuration: Sendable {
        /// The address and port, or the socket's path, to listen on.
        public var address: Endpoint.Address
        /// Whether the folder of a Unix domain socket is the server's own, so that whatever is at its path, except for
        /// the socket of another process, is replaced. Elsewhere only the socket of a dead process is.
        public var isFolderOwn = false
        /// The TLS context; `nil` for plain text.
        public var tls: ServingTLS?
        /// The longest message that is accepted, in bytes; a longer one closes the connection with 1009.
        public var messageBytesMaximum: Int
        /// The time between pings to the client.
        public var pingInterval: TimeAmount
        /// The values of `Origin` that may connect; requests of other web pages are refused with 403.
        public var origins: [String] = []
        /// Whether clients that offer permessage-deflate get it.
        public var compression = Compression.auto
        /// Counts the compressors; the listeners of one server share it.
        public var compressors = Compressors()
        /// Time-out for the request, from the moment of the connection.
        public var requestTimeout: TimeAmount

        /// Creates the parameters; by default plain text, messages up to 1 MiB, and a ping every 20 s.
        public init(
            address: Endpoint.Address, tls: ServingTLS? = nil, messageBytesMaximum: Int = 1 << 20,
            pingInterval: TimeAmount = .seconds(20), requestTimeout: TimeAmount = .seconds(10)
        ) {
            self.address = address
            self.tls = tls
            self.messageBytesMaximum = messageBytesMaximum
            self.pingInterval = pingInterval
            self.requestTimeout = requestTimeout
        }
    }

    /// Decides about an upgrade request, on the connection's event loop; the 101 waits for the future.
    public typealias Accept = @Sendable (UpgradeRequest, any EventLoop) -> EventLoopFuture<Result<Acceptance, Refusal>>

    private let channel: any Channel
    /// The file of a Unix domain socket; `nil` for TCP.
    private let file: SocketFile?

    private init(channel: any Channel, file: SocketFile? = nil) {
        self.channel = channel
        self.file = file
    }

    /// Whether clients still reach the listener at its address: the file of a Unix domain socket may have been removed,
    /// as the runtime folder is at the end of a login, or replaced. A closed listener is never in place.
    public var isInPlace: Bool { channel.isActive && file?.isInPlace ?? true }

    /// The folder of a Unix domain socket; `nil` for TCP.
    public var folder: String? { file.map { PrivateFolder.parent(of: $0.path) } }

    /// The port that is listened on; `nil` on a Unix domain socket.
    public var port: Int? { channel.localAddress?.port }

    /// Starts listening.
    ///
    /// - Parameters:
    ///   - configuration: The parameters.
    ///   - loop: The event loop of the listener.
    ///   - group: The event loops of its connections; `loop` when `nil`.
    ///   - lobby: Counts connections; the listeners of one server share it. A new one when `nil`.
    ///   - isReady: Whether the server accepts work; the answer of `/readyz`.
    ///   - logger: Logs when the listener stops accepting for want of descriptors.
    ///   - accept: Decides about each upgrade request.
    /// - Throws: ``ListenError`` when the address cannot be bound.
    public static func bind(
        _ configuration: Configuration, on loop: any EventLoop, serving group: (any EventLoopGroup)? = nil,
        lobby: Lobby? = nil,
        isReady: @escaping @Sendable () -> Bool = { true },
        logger: Logger = Logger(label: "listener", factory: { _ in SwiftLogNoOpLogHandler() }),
        accept: @escaping Accept
    ) async throws(ListenError) -> Listener {
        let lobby = lobby ?? Lobby(Lobby.Bounds.system)
        let bootstrap = ServerBootstrap(group: loop, childGroup: group ?? loop)
            .serverChannelOption(.backlog, value: backlog)
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
                let file = try SocketFile(path, isFolderOwn: configuration.isFolderOwn)
                let channel: any Channel
                do { channel = try await bootstrap.withBoundSocket(file.descriptor).get() } catch {
                    file.remove()
                    throw error
                }
                // NIO listens with a backlog of its own, 128, on a socket that it did not bind.
                listen(file.descriptor, backlog)
                do { try file.publish() } catch {
                    try? await channel.close().get()
                    throw error
                }
                return Listener(channel: channel, file: file)
            }
        } catch let error as ListenError {
            throw error
        } catch {
            switch configuration.address {
            case .host(let host, let port): throw ListenError(host: host, port: port, error)
            case .unix(let path): throw ListenError(socket: path, (error as? IOError)?.errnoCode ?? EIO)
            }
        }
    }

    /// How many connections may wait to be accepted.
    private static let backlog: Int32 = 1_024

    /// Stops listening; open connections stay open. The file of a Unix domain socket is removed, unless another
    /// server's has taken its place.
    public func close() async {
        // Removed first: as long as the socket is open, its inode number cannot be another file's.
        file?.remove()
        try? await channel.close().get()
    }

    /// Builds a connection's pipeline: the gate, the HTTP handlers for one request, and the handshake.
    private static func initialize(
        _ channel: any Channel, _ configuration: Configuration, _ lobby: Lobby,
        isReady: @escaping @Sendable () -> Bool, accept: @escaping Accept
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        if let tls = configuration.tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls.context)) }
        if channel.remoteAddress?.protocol != .unix, channel.localAddress?.protocol != .unix {
            channel.setOption(SocketOptions.noDelay, value: 1).whenFailure { _ in }
            channel.setOption(
                SocketOptions.tcpUserTimeout, value: .init(SocketOptions.tcpUserTimeoutMilliseconds)
            ).whenFailure { _ in }
            channel.setOption(
                SocketOptions.notSentMaximum, value: .init(SocketOptions.notSentMaximumBytes)
            ).whenFailure { _ in }
        }
        let scaffold = Handshake.Scaffold(
            gate: RequestGate(), decoder: ByteToMessageHandler(HTTPRequestDecoder()), encoder: HTTPResponseEncoder())
        try pipeline.addHandlers([scaffold.gate, scaffold.decoder, scaffold.encoder])
        try pipeline.addHandler(
            Handshake(scaffold, configuration, isReady: isReady, accept: accept) { lobby.known(channel) })
    }
}
