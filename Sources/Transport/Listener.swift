import Glibc
public import NIOCore
import NIOHTTP1
import NIOPosix
public import NIOSSL
import NIOWebSocket
public import Wire

/// A server's socket: takes WebSocket upgrades at `/acp`, and refuses the rest before the 101.
public struct Listener: Sendable {
    /// What a listener is made with.
    public struct Configuration: Sendable {
        /// Where to listen.
        public var address: Endpoint.Address
        /// How to encrypt; `nil` for plain text.
        public var tls: NIOSSLContext?
        /// The longest message, in bytes.
        public var messageBytesMaximum: Int
        /// Between the server's pings.
        public var pingInterval: TimeAmount
        /// How long a request may take to come, from the moment of the connection.
        public var requestPatience: TimeAmount

        /// What a listener is made with.
        public init(
            address: Endpoint.Address, tls: NIOSSLContext? = nil, messageBytesMaximum: Int = 1 << 20,
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

    /// The port that is listened on; `nil` on a Unix socket.
    public var port: Int? { channel.localAddress?.port }

    /// Begins to listen.
    ///
    /// - Parameters:
    ///   - configuration: Where and how.
    ///   - loop: The loop that the connections live on.
    ///   - isReady: Whether the server takes work; `/readyz` asks.
    ///   - accept: Decides about each upgrade request.
    /// - Throws: ``ListenError``.
    public static func bind(
        _ configuration: Configuration, on loop: any EventLoop, isReady: @escaping @Sendable () -> Bool = { true },
        accept: @escaping Accept
    ) async throws(ListenError) -> Listener {
        let bootstrap = ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try initialize(channel, configuration, isReady: isReady, accept: accept)
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
                return Listener(channel: channel)
            }
        } catch {
            throw ListenError(configuration.address, error)
        }
    }

    /// Stops listening; connections that are open stay open.
    public func close() async { try? await channel.close().get() }

    private static func initialize(
        _ channel: any Channel, _ configuration: Configuration, isReady: @escaping @Sendable () -> Bool,
        accept: @escaping Accept
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        if let tls = configuration.tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
        if channel.remoteAddress?.protocol != .unix, channel.localAddress?.protocol != .unix {
            channel.setOption(SocketOptions.noDelay, value: 1).whenFailure { _ in }
            channel.setOption(
                SocketOptions.tcpUserTimeout, value: .init(SocketOptions.tcpUserTimeoutMilliseconds)
            ).whenFailure { _ in }
        }
        try pipeline.addHandler(CoalescedUpgrade())
        let decision = NIOLoopBoundBox<Result<Acceptance, Refusal>?>(nil, eventLoop: channel.eventLoop)
        let upgrader = NIOTypedWebSocketServerUpgrader<Void>(
            maxFrameSize: configuration.messageBytesMaximum, enableAutomaticErrorHandling: false,
            shouldUpgrade: { channel, head in
                decide(head, channel, accept).map { result in
                    decision.value = result
                    if case .success(let acceptance) = result {
                        channel.closeFuture.assumeIsolated().whenComplete { _ in
                            if decision.value != nil { acceptance.abandoned() }
                        }
                    }
                    return (try? result.get())?.headers
                }
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    let connection = Connection(
                        eventLoop: channel.eventLoop, role: .server(pingInterval: configuration.pingInterval),
                        bytesMaximum: configuration.messageBytesMaximum)
                    try channel.pipeline.syncOperations.addHandler(connection)
                    if case .success(let acceptance)? = decision.value {
                        decision.value = nil
                        acceptance.opened(connection)
                    }
                    channel.triggerUserOutboundEvent(CoalescedUpgrade.Release.release, promise: nil)
                }
            })
        let upgrade = NIOTypedHTTPServerUpgradeConfiguration<Void>(
            upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.eventLoop.makeCompletedFuture {
                    channel.triggerUserOutboundEvent(CoalescedUpgrade.Release.release, promise: nil)
                    var refusal: Refusal?
                    if case .failure(let reason)? = decision.value { refusal = reason }
                    try channel.pipeline.syncOperations.addHandler(PlainResponder(refusal: refusal, isReady: isReady))
                }
            })
        let negotiated = try pipeline.configureUpgradableHTTPServerPipeline(
            configuration: .init(upgradeConfiguration: upgrade))
        let doorkeeper = Doorkeeper(patience: configuration.requestPatience)
        try pipeline.addHandler(doorkeeper)
        negotiated.assumeIsolated().whenComplete { result in
            channel.pipeline.syncOperations.removeHandler(doorkeeper, promise: nil)
            if case .failure = result { channel.close(promise: nil) }
        }
    }

    private static func decide(
        _ head: HTTPRequestHead, _ channel: any Channel, _ accept: @escaping Accept
    ) -> EventLoopFuture<Result<Acceptance, Refusal>> {
        guard head.uri == Endpoint.path else {
            return channel.eventLoop.makeSucceededFuture(
                .failure(Refusal(status: 404, reason: "not_found", message: "the endpoint is \(Endpoint.path)")))
        }
        return SocketOptions.peerUser(of: channel).flatMap { user in
            let peer: UpgradeRequest.Peer =
                user.map { .local(user: $0) } ?? .network(channel.remoteAddress?.ipAddress ?? "unknown")
            return accept(UpgradeRequest(head: head, peer: peer), channel.eventLoop)
        }
    }
}

/// Why a server cannot listen.
public struct ListenError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence: what happened, and what to do.
    public let description: String

    init(_ address: Endpoint.Address, _ error: any Error) {
        let place =
            switch address {
            case .host(let host, let port): "\(host):\(port)"
            case .unix(let path): path
            }
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE?:
            description = "\(place) is in use by another program: stop it, or listen elsewhere with --listen"
        case EADDRNOTAVAIL?: description = "\(place) is no address of this machine"
        case EACCES?: description = "this user may not listen on \(place): choose a port above 1023"
        default: description = "cannot listen on \(place): \(error)"
        }
    }
}
