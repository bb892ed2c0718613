public import NIOCore
import NIOPosix
import NIOSSL
import Platform
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
        /// Whose signatures on certificates are trusted.
        public var authorities: Authorities
        /// The longest message that is taken, in bytes.
        public var messageBytesMaximum: Int
        /// Whether plain text may go to another machine. Otherwise a connection without TLS that leads beyond this one
        /// is closed before anything is said.
        public var allowsPlaintext: Bool
        /// The user whose server listens on a Unix domain socket; anybody when `nil`. Another one is told nothing.
        public var socketOwner: UInt32?
        /// Which servers are behind a proxy.
        public var proxies: Proxies
        /// The addresses that are known; the client's own for all its connections.
        public var addresses: ResolverCache

        /// What a connection is opened with.
        public init(
            endpoint: Endpoint, token: String? = nil, userAgent: String, initialize: JSON? = nil,
            headers: [(String, String)] = [], localAddress: String? = nil, authorities: Authorities = Authorities(),
            messageBytesMaximum: Int = 16 << 20, allowsPlaintext: Bool = false, socketOwner: UInt32? = nil,
            proxies: Proxies = Proxies(), addresses: ResolverCache = ResolverCache()
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
        }

        /// Whether no proxy is between.
        var isDirect: Bool { (try? proxies.proxy(for: endpoint)) ?? nil == nil }

        /// The name that TLS says (RFC 6066 §3): an address is not said.
        var serverName: String? {
            guard case .host(let host, _) = endpoint.address, case .name(let name) = HostIdentity(host) else {
                return nil
            }
            return name
        }
    }

    /// How long a connection may take to open.
    public static let patience = TimeAmount.seconds(5)

    /// Opens a connection. Whoever answers is asked who they are before the request is written, for it holds the token.
    ///
    /// - Parameters:
    ///   - request: Where to and with what.
    ///   - loop: The loop that the connection lives on.
    ///   - opened: Called on the loop as soon as the 101 is there, before anything behind it is read; what is written
    ///     there leaves. The flag says whether the server took `initialize` from the upgrade request.
    /// - Returns: Fails with ``DialError``.
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
            let timeout = channel.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
            let handshake = handshakes.value[ObjectIdentifier(channel)]
            return PeerCheck.passes(channel, request, handshake: handshake).flatMap {
                channel.eventLoop.makeCompletedFuture { try upgrade(channel, request, opened) }.flatMap { $0 }
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

    /// Says what is wrong with a certificate that is not trusted.
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

    /// How the handshakes of one attempt end, which may race several connections. They are known here and not only in
    /// their pipelines: on a busy loop a connection may be over, and its pipeline empty, before anybody looks.
    private typealias Handshakes = NIOLoopBoundBox<[ObjectIdentifier: EventLoopFuture<Void>]>

    /// Makes the connection, and begins the handshake.
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

    /// Makes the connection, through a proxy where there is one.
    ///
    /// - Parameter secure: Adds what encrypts it, as soon as what is written leads to the server.
    static func open(
        _ request: Request, on loop: any EventLoop, secure: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) throws -> EventLoopFuture<any Channel> {
        let proxy = try request.proxies.proxy(for: request.endpoint)
        var bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(patience)
            .channelInitializer { proxy == nil ? secure($0) : $0.eventLoop.makeSucceededVoidFuture() }
        if let address = request.localAddress, let local = try? SocketAddress(ipAddress: address, port: 0) {
            bootstrap = bootstrap.bind(to: local)
        }
        switch request.endpoint.address {
        case .host(let host, let port):
            let next = proxy.map { HostPort($0.place.host, $0.port) } ?? HostPort(host, port)
            let connected =
                bootstrap
                // Before the connection is made: a SYN and a request that nobody acknowledges end it as well.
                .channelOption(SocketOptions.noDelay, value: 1)
                .channelOption(SocketOptions.tcpUserTimeout, value: .init(SocketOptions.tcpUserTimeoutMilliseconds))
                .resolver(CachedResolver(request.addresses, on: loop))
                .connect(host: next.host, port: next.port ?? port)
            guard let proxy else { return connected }
            return connected.flatMapErrorThrowing { error in
                guard case .unreachable(let why) = DialError(error, at: request.endpoint) else { throw error }
                throw DialError.unreachable("the proxy \(proxy) cannot be reached (\(why))")
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
