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
        /// A file with certificates to trust besides the system's.
        public var trustedCertificates: String?
        /// The longest message that is taken, in bytes.
        public var messageBytesMaximum: Int
        /// Whether plain text may go to another machine. Otherwise a connection without TLS that leads beyond this one
        /// is closed before anything is said.
        public var allowsPlaintext: Bool
        /// The user whose server listens on a Unix domain socket; anybody when `nil`. Another one is told nothing.
        public var socketOwner: UInt32?
        /// The addresses that are known; the client's own for all its connections.
        public var addresses: ResolverCache

        /// What a connection is opened with.
        public init(
            endpoint: Endpoint, token: String? = nil, userAgent: String, initialize: JSON? = nil,
            headers: [(String, String)] = [], localAddress: String? = nil, trustedCertificates: String? = nil,
            messageBytesMaximum: Int = 16 << 20, allowsPlaintext: Bool = false, socketOwner: UInt32? = nil,
            addresses: ResolverCache = ResolverCache()
        ) {
            self.endpoint = endpoint
            self.token = token
            self.userAgent = userAgent
            self.initialize = initialize
            self.headers = headers
            self.localAddress = localAddress
            self.trustedCertificates = trustedCertificates
            self.messageBytesMaximum = messageBytesMaximum
            self.allowsPlaintext = allowsPlaintext
            self.socketOwner = socketOwner
            self.addresses = addresses
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
        do { connected = try connect(request, on: loop, handshakes) } catch let error as DialError {
            return loop.makeFailedFuture(error)
        } catch {
            return loop.makeFailedFuture(DialError.untrusted("\(error)"))
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
                if case .host(let host, let port) = request.endpoint.address {
                    request.addresses.note(outcome, host: host, port: port, at: address)
                }
            }
        }.flatMapErrorThrowing {
            let error = DialError($0, at: request.endpoint)
            if case .untrusted = error { ClientTLS.forget() }
            throw error
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
        var bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(patience)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let tls, case .host(let host, _) = request.endpoint.address else { return }
                    let identity = HostIdentity(host)
                    // An address is not said: RFC 6066 §3 knows names only.
                    let name: String? = if case .name(let name) = identity { name } else { nil }
                    let handler = try NIOSSLClientHandler(context: tls, serverHostname: name)
                    let gate = HandshakeGate(host: identity, tls: handler)
                    try channel.pipeline.syncOperations.addHandlers(handler, gate)
                    handshakes.value[ObjectIdentifier(channel)] = gate.passed
                }
            }
        if let address = request.localAddress, let local = try? SocketAddress(ipAddress: address, port: 0) {
            bootstrap = bootstrap.bind(to: local)
        }
        switch request.endpoint.address {
        case .host(let host, let port):
            return
                bootstrap
                // Before the connection is made: a SYN and a request that nobody acknowledges end it as well.
                .channelOption(SocketOptions.noDelay, value: 1)
                .channelOption(SocketOptions.tcpUserTimeout, value: .init(SocketOptions.tcpUserTimeoutMilliseconds))
                .resolver(CachedResolver(request.addresses, on: loop))
                .connect(host: host, port: port)
        case .unix(let path):
            if let owner = request.socketOwner, !PeerCheck.looksRight(path, owner: owner) {
                throw DialError.foreignSocket(request.endpoint)
            }
            return bootstrap.connect(unixDomainSocketPath: path)
        }
    }

    private static func context(for request: Request) throws -> NIOSSLContext? {
        request.endpoint.isSecure ? try ClientTLS.context(trusting: request.trustedCertificates) : nil
    }
}
