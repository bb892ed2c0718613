public import NIOCore
import NIOPosix
import Platform

/// A proxy that misbehaves on a plan: what a bad network does to a connection, at the moment a test wants it.
///
/// Commands take effect for open connections and new ones, and have taken effect when they return. Bytes are never
/// lost or changed while a connection lives: each lane holds a bounded amount and then stops reading, so the sender
/// feels it.
///
/// ```swift
/// let proxy = try await FaultProxy.start(upstream: .tcp(host: "127.0.0.1", port: port))
/// await proxy.blackhole(.toClient)
/// await proxy.heal()
/// try await proxy.stop()
/// ```
public final class FaultProxy: Sendable {
    /// Where clients connect.
    public let address: SocketAddress
    /// The port of ``address``.
    public let port: Int

    /// Where the bytes really go.
    public let upstream: Upstream

    private let relay: Relay
    private let listener: any Channel

    private init(address: SocketAddress, port: Int, upstream: Upstream, relay: Relay, listener: any Channel) {
        self.address = address
        self.port = port
        self.upstream = upstream
        self.relay = relay
        self.listener = listener
    }

    /// Begins to listen.
    ///
    /// - Parameters:
    ///   - upstream: Where the bytes really go. It is dialled anew for every connection.
    ///   - host: The address to listen on; the loopback interface unless told.
    ///   - port: The port; one that is free when 0.
    ///   - plan: How the proxy misbehaves from the beginning; not at all unless told.
    ///   - report: Told what happens, in order; it must not block.
    ///   - tap: Given what goes to the client of each connection, by its number; it must not block.
    /// - Throws: ``FaultProxyError/cannotListen(address:reason:)``.
    public static func start(
        upstream: Upstream, host: String = "127.0.0.1", port: Int = 0, plan: FaultPlan = FaultPlan(),
        report: @escaping @Sendable (ProxyEvent) -> Void = { _ in },
        tap: (@Sendable (Int, ByteBuffer) -> Void)? = nil
    ) async throws(FaultProxyError) -> FaultProxy {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let relay = Relay(loop: loop, upstream: upstream, plan: plan, report: report, tap: tap)
        let bootstrap = ServerBootstrap(group: loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Arrival(relay: relay))
                }
            }
        let listener: any Channel
        do { listener = try await bootstrap.bind(host: host, port: port).get() } catch {
            throw .cannotListen(address: "\(HostPort(host, port))", reason: ProxyFailure.reason(error))
        }
        guard let address = listener.localAddress, let port = address.port else {
            preconditionFailure("a listener on TCP has an address with a port")
        }
        return FaultProxy(address: address, port: port, upstream: upstream, relay: relay, listener: listener)
    }

    /// Where clients connect, as `HOST:PORT`.
    public var listening: String { "\(HostPort(address.ipAddress ?? "", port))" }

    /// Closes the listener and every connection.
    public func stop() async throws {
        try await listener.close()
        await relay.cut(resetting: false)
    }

    /// How many connections were accepted since the start.
    public var connections: Int { get async { await relay.traffic.accepted } }

    /// How many connections lead to the upstream now.
    public var openConnections: Int { get async { await relay.traffic.open } }

    /// What was carried since the start.
    public var traffic: ProxyTraffic { get async { await relay.traffic } }

    /// How the proxy misbehaves now.
    public var plan: FaultPlan { get async { await relay.plan } }

    /// Closes both sides of every connection now.
    public func cut() async { await relay.cut(resetting: false) }

    /// Resets both sides of every connection now; a Unix domain socket is closed.
    public func reset() async { await relay.cut(resetting: true) }

    /// Lets nothing through any more, that way, and tells neither side when the other closes.
    public func blackhole(_ direction: FaultPlan.Direction) async { await relay.change { $0.blackhole = direction } }

    /// Delivers each byte that much later, each way.
    public func delay(milliseconds: Int) async { await delay(.milliseconds(milliseconds)) }

    /// Delivers each byte that much later, each way.
    public func delay(_ latency: Duration) async { await relay.change { $0.latency = latency } }

    /// Lets so many bytes pass in a second, each way.
    public func throttle(bytesPerSecond: Int) async { await relay.change { $0.bytesPerSecond = bytesPerSecond } }

    /// Cuts each connection when exactly so many more bytes have gone to its client.
    ///
    /// - Parameter once: Whether only the first connection that gets so far is cut.
    public func cut(afterBytesToClient count: Int, once: Bool = false) async {
        await relay.change(resetsCut: true) { plan in
            plan.bytesToClientMaximum = count
            plan.cutsOnce = once
        }
    }

    /// Accepts new connections and closes them at once.
    public func refuse() async { await relay.change { $0.admission = .refuse } }

    /// Answers new connections with a login page.
    public func captivePortal() async { await relay.change { $0.admission = .captivePortal } }

    /// Dials the upstream from this address, such as `127.0.0.2`, for new connections.
    public func bind(to sourceAddress: String) async { await relay.change { $0.sourceAddress = sourceAddress } }

    /// Ends every fault; what a blackhole held back arrives, in order. The source address stays.
    public func heal() async {
        await relay.change(resetsCut: true) { plan in
            let sourceAddress = plan.sourceAddress
            plan = FaultPlan { $0.sourceAddress = sourceAddress }
        }
    }

    /// Follows another plan.
    public func follow(_ plan: FaultPlan) async { await relay.change(resetsCut: true) { $0 = plan } }
}
