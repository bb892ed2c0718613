import Glibc
public import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
public import Wire

/// Opens connections to a server.
public enum Dialer {
    /// What a connection is opened with.
    public struct Request: Sendable {
        /// Where.
        public var endpoint: Endpoint
        /// The token; never logged.
        public var token: String?
        /// The program, for `User-Agent`.
        public var userAgent: String
        /// The parameters of `initialize`, for the upgrade request.
        public var initialize: JSON?
        /// More headers.
        public var headers: [(String, String)]
        /// The address to connect from; the system's choice when `nil`.
        public var localAddress: String?
        /// A file with certificates to trust besides the system's.
        public var trustedCertificates: String?
        /// The longest message that is taken, in bytes.
        public var messageBytesMaximum: Int
        /// The addresses that are known; the client's own for all its connections.
        public var addresses: ResolverCache

        /// What a connection is opened with.
        public init(
            endpoint: Endpoint, token: String? = nil, userAgent: String, initialize: JSON? = nil,
            headers: [(String, String)] = [], localAddress: String? = nil, trustedCertificates: String? = nil,
            messageBytesMaximum: Int = 16 << 20, addresses: ResolverCache = ResolverCache()
        ) {
            self.endpoint = endpoint
            self.token = token
            self.userAgent = userAgent
            self.initialize = initialize
            self.headers = headers
            self.localAddress = localAddress
            self.trustedCertificates = trustedCertificates
            self.messageBytesMaximum = messageBytesMaximum
            self.addresses = addresses
        }
    }

    /// How long a connection may take to open.
    public static let patience = TimeAmount.seconds(5)

    /// Opens a connection.
    ///
    /// - Parameters:
    ///   - request: Where to and with what.
    ///   - loop: The loop that the connection lives on.
    ///   - opened: Called on the loop as soon as the 101 is there, before anything behind it is read; the flag says
    ///     whether the server took `initialize` from the upgrade request.
    /// - Returns: Fails with ``DialError``.
    public static func dial(
        _ request: Request, on loop: any EventLoop, opened: @escaping @Sendable (Connection, _ greeted: Bool) -> Void
    ) -> EventLoopFuture<Void> {
        let tls: NIOSSLContext?
        do { tls = try context(for: request) } catch {
            return loop.makeFailedFuture(DialError.untrusted("\(error)"))
        }
        let handshakeError = NIOLoopBoundBox<(any Error)?>.makeEmptyBox(valueType: (any Error).self, eventLoop: loop)
        var bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(patience)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let tls, case .host(let host, _) = request.endpoint.address else { return }
                    let name = host.first?.isNumber == true || host.contains(":") ? nil : host
                    try channel.pipeline.syncOperations.addHandlers(
                        NIOSSLClientHandler(context: tls, serverHostname: name),
                        HandshakeErrorKeeper(box: handshakeError))
                }
            }
        if let address = request.localAddress, let local = try? SocketAddress(ipAddress: address, port: 0) {
            bootstrap = bootstrap.bind(to: local)
        }
        let upgraded: @Sendable (any Channel) -> EventLoopFuture<EventLoopFuture<Void>> = { channel in
            channel.eventLoop.makeCompletedFuture { try upgrade(channel, request, opened) }
        }
        let connected: EventLoopFuture<EventLoopFuture<Void>>
        switch request.endpoint.address {
        case .host(let host, let port):
            connected =
                bootstrap
                // Before the connection is made: a SYN and a request that nobody acknowledges end it as well.
                .channelOption(SocketOptions.noDelay, value: 1)
                .channelOption(SocketOptions.tcpUserTimeout, value: .init(SocketOptions.tcpUserTimeoutMilliseconds))
                .resolver(CachedResolver(request.addresses, on: loop))
                .connect(host: host, port: port).flatMap { channel in
                    let address = channel.remoteAddress
                    return upgraded(channel).map { result in
                        result.always { request.addresses.note($0, host: host, port: port, at: address) }
                    }
                }
        case .unix(let path): connected = bootstrap.connect(unixDomainSocketPath: path).flatMap(upgraded)
        }
        return connected.flatMap { $0 }.flatMapErrorThrowing {
            let error = DialError(handshakeError.value ?? $0, at: request.endpoint)
            if case .untrusted = error { ClientTLS.forget() }
            throw error
        }
    }

    private static func context(for request: Request) throws -> NIOSSLContext? {
        request.endpoint.isSecure ? try ClientTLS.context(trusting: request.trustedCertificates) : nil
    }

    private static func upgrade(
        _ channel: any Channel, _ request: Request, _ opened: @escaping @Sendable (Connection, Bool) -> Void
    ) throws -> EventLoopFuture<Void> {
        let upgrader = NIOTypedWebSocketClientUpgrader<Void>(
            maxFrameSize: request.messageBytesMaximum, enableAutomaticErrorHandling: false,
            upgradePipelineHandler: { channel, response in
                channel.eventLoop.makeCompletedFuture {
                    let connection = Connection(
                        eventLoop: channel.eventLoop, role: .client, bytesMaximum: request.messageBytesMaximum)
                    try channel.pipeline.syncOperations.addHandler(connection)
                    opened(connection, response.headers.first(name: UpgradeRequest.initializeHeader) == "accepted")
                }
            })
        let configuration = NIOTypedHTTPClientUpgradeConfiguration<EventLoopFuture<Void>>(
            upgradeRequestHead: head(for: request),
            upgraders: [
                Upgrader(base: upgrader)
            ],
            notUpgradingCompletionHandler: { channel in
                channel.eventLoop.makeCompletedFuture {
                    let refused = channel.eventLoop.makePromise(of: Void.self)
                    do {
                        try channel.pipeline.syncOperations.addHandler(RefusalReader(promise: refused))
                    } catch {
                        refused.fail(error)
                    }
                    return refused.futureResult
                }
            })
        var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: configuration)
        // The default drops frames that share a read with the 101: the whole replay.
        pipeline.leftOverBytesStrategy = .forwardBytes
        let result = try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: pipeline)
        let timeout = channel.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
        return result.flatMap { $0 }.always { outcome in
            timeout.cancel()
            if case .failure = outcome { channel.close(promise: nil) }
        }
    }

    private static func head(for request: Request) -> HTTPRequestHead {
        var headers = HTTPHeaders()
        switch request.endpoint.address {
        case .host(let host, let port): headers.add(name: "Host", value: "\(host):\(port)")
        case .unix: headers.add(name: "Host", value: "localhost")
        }
        headers.add(name: "User-Agent", value: request.userAgent)
        if let token = request.token { headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let initialize = request.initialize {
            let value = Base64URL.encode(initialize.encoded.readableBytesView)
            if value.utf8.count <= UpgradeRequest.initializeBytesMaximum {
                headers.add(name: UpgradeRequest.initializeHeader, value: value)
            }
        }
        headers.add(contentsOf: request.headers)
        return HTTPRequestHead(version: .http1_1, method: .GET, uri: Endpoint.path, headers: headers)
    }
}

/// NIO's upgrader with a result that can also be that of a refusal, which takes longer to read.
private struct Upgrader: NIOTypedHTTPClientProtocolUpgrader {
    let base: NIOTypedWebSocketClientUpgrader<Void>

    var supportedProtocol: String { base.supportedProtocol }
    var requiredUpgradeHeaders: [String] { base.requiredUpgradeHeaders }

    func addCustom(upgradeRequestHeaders: inout HTTPHeaders) {
        base.addCustom(upgradeRequestHeaders: &upgradeRequestHeaders)
    }

    func shouldAllowUpgrade(upgradeResponse: HTTPResponseHead) -> Bool {
        base.shouldAllowUpgrade(upgradeResponse: upgradeResponse)
    }

    func upgrade(
        channel: any Channel, upgradeResponse: HTTPResponseHead
    ) -> EventLoopFuture<EventLoopFuture<Void>> {
        base.upgrade(channel: channel, upgradeResponse: upgradeResponse).map {
            channel.eventLoop.makeSucceededVoidFuture()
        }
    }
}

/// Keeps why a TLS handshake failed. On a busy loop that is known before the upgrade's handlers are there to hear it,
/// and all they learn is that the connection has ended.
private final class HandshakeErrorKeeper: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let box: NIOLoopBoundBox<(any Error)?>

    init(box: NIOLoopBoundBox<(any Error)?>) { self.box = box }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case NIOSSLError.handshakeFailed, is NIOSSLExtraError: box.value = box.value ?? error
        default: break
        }
        context.fireErrorCaught(error)
    }
}
