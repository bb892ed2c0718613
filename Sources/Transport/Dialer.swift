public import NIOCore
import NIOPosix
import NIOSSL
import Platform
public import Wire

/// Opens WebSocket connections to a server.
public enum Dialer {
    /// The parameters of a connection.
    public struct Request: Sendable {
        /// The server's address, which also determines whether TLS is used.
        public var endpoint: Endpoint
        /// The bearer token; `nil` for none. It is never logged.
        public var token: String?
        /// The value of `User-Agent`.
        public var userAgent: String
        /// The parameters of `initialize`, for the `Belay-Initialize` header; `nil` for none.
        public var initialize: JSON?
        /// Additional headers of the upgrade request.
        public var headers: [(String, String)]
        /// The local address to connect from; the system's choice when `nil`.
        public var localAddress: String?
        /// The certificate authorities that are trusted.
        public var authorities: Authorities
        /// The longest message that is accepted, in bytes.
        public var messageBytesMaximum: Int
        /// Whether plain text may go to another machine. Otherwise a connection without TLS beyond loopback is closed
        /// before anything is sent.
        public var allowsPlaintext: Bool
        /// The user who must own the server behind a Unix domain socket; any user when `nil`.
        public var socketOwner: UInt32?
        /// The proxies, and which servers are behind them.
        public var proxies: Proxies
        /// The client's cache of resolved addresses, shared by all its connections.
        public var addresses: ResolverCache
        /// Whether permessage-deflate is offered.
        public var compression: Compression

        /// Creates the parameters; by default direct, with the system's authorities.
        public init(
            endpoint: Endpoint, token: String? = nil, userAgent: String, initialize: JSON? = nil,
            headers: [(String, String)] = [], localAddress: String? = nil, authorities: Authorities = Authorities(),
            messageBytesMaximum: Int = 16 << 20, allowsPlaintext: Bool = false, socketOwner: UInt32? = nil,
            proxies: Proxies = Proxies(), addresses: ResolverCache = ResolverCache(), compression: Compression = .auto
        ) {
            self.endpoint = endpoint
            self.token = token
            self.userAgent = userAgent
            self.initialize = initialize
            self.headers = headers
            self.localAddress = localAddress
            self.authorities = authorities
            self.messageBytesMaximum = messageBytesMaximum
            self.allowsPlaintext = allowsPlaintext
            self.socketOwner = socketOwner
            self.proxies = proxies
            self.addresses = addresses
            self.compression = compression
        }

        /// Whether the connection does not go through a proxy.
        var isDirect: Bool { (try? proxies.proxy(for: endpoint)) ?? nil == nil }

        /// The name for TLS's Server Name Indication (RFC 6066 §3); `nil` for an IP address, which must not be sent.
        var serverName: String? {
            guard case .host(let host, _) = endpoint.address, case .name(let name) = HostIdentity(host) else {
                return nil
            }
            return name
        }
    }

    /// Time-out for opening a connection, up to the response to the upgrade request.
    public static let timeout = TimeAmount.seconds(5)

    /// Opens a connection. The peer is verified before the upgrade request is written, because that holds the token.
    ///
    /// - Parameters:
    ///   - request: The parameters.
    ///   - loop: The event loop of the connection.
    ///   - opened: Called on the event loop when the 101 was read, before the bytes after it are passed on; it may
    ///     write. The flag tells whether the server accepted `initialize` from the upgrade request.
    /// - Returns: A future that fails with ``DialError``.
    public static func dial(
        _ request: Request, on loop: any EventLoop, opened: @escaping @Sendable (Connection, _ greeted: Bool) -> Void
    ) -> EventLoopFuture<Void> {
        let handshakes = Handshakes.makeBoxSendingValue([:], eventLoop: loop)
        let connected: EventLoopFuture<any Channel>
        do { connected = try connect(request, on: loop, handshakes) } catch {
            return loop.makeFailedFuture(DialError(error, at: request.endpoint))
        }
        return connected.flatMap { channel in
            let address = channel.remoteAddress
            let isLate = NIOLoopBoundBox(false, eventLoop: channel.eventLoop)
            let timeout = channel.eventLoop.scheduleTask(in: Dialer.timeout) {
                isLate.value = true
                channel.close(promise: nil)
            }
            let handshake = handshakes.value[ObjectIdentifier(channel)]
            return PeerCheck.passes(channel, request, handshake: handshake).flatMap {
                channel.eventLoop.makeCompletedFuture { try upgrade(channel, request, opened) }.flatMap { $0 }
            }.flatMapErrorThrowing { error in
                // What a connection ends with that is closed here says nothing about the server.
                guard isLate.value else { throw error }
                let seconds = Dialer.timeout.nanoseconds / 1_000_000_000
                throw DialError.unreachable("\(request.endpoint): no answer within \(seconds) s")
            }.always { outcome in
                timeout.cancel()
                if case .failure = outcome { channel.close(promise: nil) }
                if case .host(let host, let port) = request.endpoint.address, request.isDirect {
                    request.addresses.note(outcome, host: host, port: port, at: address)
                }
            }
        }.flatMapError { error in
            let meaning = DialError(error, at: request.endpoint)
            guard case .untrusted = meaning else { return loop.makeFailedFuture(meaning) }
            return explain(meaning, request, on: loop).always { _ in ClientTLS.forget() }
        }
    }

    /// Adds the reason when a certificate is not trusted.
    private static func explain(
        _ meaning: DialError, _ request: Request, on loop: any EventLoop
    ) -> EventLoopFuture<Void> {
        guard request.endpoint.isSecure, case .host(let host, _) = request.endpoint.address else {
            return loop.makeFailedFuture(meaning)
        }
        return CertificateReport.look(request, on: loop).flatMapThrowing { certificate in
            guard let certificate else { throw meaning }
            throw DialError.untrusted(
                CertificateReport(certificate).sentence(
                    at: request.endpoint, isForHost: CertificateNames(certificate).isFor(HostIdentity(host)),
                    now: SystemClock.wall))
        }
    }

    /// The results of the TLS handshakes of one attempt, which may race several connections. They are kept here and not
    /// only in the pipelines: on a busy event loop a connection may be closed, and its pipeline empty, before anybody
    /// looks.
    private typealias Handshakes = NIOLoopBoundBox<[ObjectIdentifier: EventLoopFuture<Void>]>

    /// Opens the connection and starts the TLS handshake.
    private static func connect(
        _ request: Request, on loop: any EventLoop, _ handshakes: Handshakes
    ) throws -> EventLoopFuture<any Channel> {
        let tls = try context(for: request)
        return try open(request, on: loop) { channel in
            channel.eventLoop.makeCompletedFuture {
                guard let tls, case .host(let host, _) = request.endpoint.address else { return }
                let handler = try NIOSSLClientHandler(context: tls, serverHostname: request.serverName)
                let gate = HandshakeGate(host: HostIdentity(host), tls: handler)
                try channel.pipeline.syncOperations.addHandlers(handler, gate)
                handshakes.value[ObjectIdentifier(channel)] = gate.passed
            }
        }
    }

    /// Opens the TCP connection, through a proxy where there is one.
    ///
    /// - Parameter secure: Adds the TLS handler as soon as the bytes go to the server and not to the proxy.
    static func open(
        _ request: Request, on loop: any EventLoop, secure: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) throws -> EventLoopFuture<any Channel> {
        let proxy = try request.proxies.proxy(for: request.endpoint)
        var bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(timeout)
            .channelInitializer { proxy == nil ? secure($0) : $0.eventLoop.makeSucceededVoidFuture() }
        if let address = request.localAddress, let local = try? SocketAddress(ipAddress: address, port: 0) {
            bootstrap = bootstrap.bind(to: local)
        }
        switch request.endpoint.address {
        case .host(let host, let port):
            let next = proxy.map { HostPort($0.place.host, $0.port) } ?? HostPort(host, port)
            let connected =
                bootstrap
                // Set before connecting, so that it also bounds an unacknowledged SYN.
                .channelOption(SocketOptions.noDelay, value: 1)
                .channelOption(SocketOptions.tcpUserTimeout, value: .init(SocketOptions.tcpUserTimeoutMilliseconds))
                .resolver(CachedResolver(request.addresses, on: loop))
                .connect(host: next.host, port: next.port ?? port)
            guard let proxy else { return connected }
            return connected.flatMapErrorThrowing { error in
                guard case .unreachable(let why) = DialError(error, at: request.endpoint) else { throw error }
                throw DialError.unreachable("the proxy \(proxy) cannot be reached (\(why)): check the proxy variables")
            }.flatMap { channel in
                ProxyTunnel.open(channel, through: proxy, to: HostPort(host, port)).flatMap { secure(channel) }
                    .map { channel }
            }
        case .unix(let path):
            if let owner = request.socketOwner, !PeerCheck.looksRight(path, owner: owner) {
                throw DialError.foreignSocket(request.endpoint)
            }
            return bootstrap.connect(unixDomainSocketPath: path)
        }
    }

    private static func context(for request: Request) throws -> NIOSSLContext? {
        request.endpoint.isSecure ? try ClientTLS.context(trusting: request.authorities) : nil
    }
}
