public import NIOCore
import NIOPosix
import Platform

/// A proxy that simulates a bad network, under the control of a test or a user.
///
/// Commands affect open and new connections, and have taken effect when they return. No byte is lost or changed while a
/// connection is open: each lane holds a bounded amount and then stops reading, which is back-pressure for the sender.
/// feels it.
///
/// ```swift
/// let proxy = try await FaultProxy.start(upstream: .tcp(host: "127.0.0.1", port: port))
/// await proxy.blackhole(.toClient)
/// await proxy.heal()
/// try await proxy.stop()
/// ```
public final class FaultProxy: Sendable {
    /// The address that clients connect to.
    public let address: SocketAddress
    /// The port of ``address``, also when 0 was asked for.
    public let port: Int

    /// The server behind the proxy.
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

    /// Starts listening.
    ///
    /// - Parameters:
    ///   - upstream: The server behind the proxy. It is dialled for every connection.
    ///   - host: The address to listen on; by default the loopback interface.
    ///   - port: The port to listen on; 0 takes a free one.
    ///   - plan: The initial faults; by default none.
    ///   - report: Called with every event, in order; it must not block.
    ///   - tap: Called with the bytes to each client and the connection's number; it must not block.
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

    /// The address that clients connect to, as `HOST:PORT`.
    public var listening: String { "\(HostPort(address.ipAddress ?? "", port))" }

    /// Closes the listener and all connections.
    public func stop() async throws {
        try await listener.close()
        await relay.cut(resetting: false)
    }

    /// How many connections have been accepted.
    public var connections: Int { get async { await relay.traffic.accepted } }

    /// How many connections to the upstream are open.
    public var openConnections: Int { get async { await relay.traffic.open } }

    /// The number of connections and bytes since the start.
    public var traffic: ProxyTraffic { get async { await relay.traffic } }

    /// The faults that are active now.
    public var plan: FaultPlan { get async { await relay.plan } }

    /// Closes both sides of every connection.
    public func cut() async { await relay.cut(resetting: false) }

    /// Resets both sides of every connection; Unix domain sockets, which have no reset, are closed.
    public func reset() async { await relay.cut(resetting: true) }

    /// Drops all traffic in this direction silently, and does not forward a close.
    public func blackhole(_ direction: FaultPlan.Direction) async { await relay.change { $0.blackhole = direction } }

    /// Delays each byte by this time in each direction; 0 ends the delay.
    public func delay(milliseconds: Int) async { await delay(.milliseconds(milliseconds)) }

    /// Delays each byte by this time in each direction; zero ends the delay.
    public func delay(_ latency: Duration) async { await relay.change { $0.latency = latency } }

    /// Limits the rate in each direction.
    public func throttle(bytesPerSecond: Int) async { await relay.change { $0.bytesPerSecond = bytesPerSecond } }

    /// Cuts each connection after exactly this many more bytes to its client.
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

    /// Answers new connections with a login page, as a captive portal does.
    public func captivePortal() async { await relay.change { $0.admission = .captivePortal } }

    /// Dials the upstream from this address, such as `127.0.0.2`, for new connections.
    public func bind(to sourceAddress: String) async { await relay.change { $0.sourceAddress = sourceAddress } }

    /// Ends every fault; traffic that a blackhole held back is delivered in order. The source address stays.
    public func heal() async {
        await relay.change(resetsCut: true) { plan in
            let sourceAddress = plan.sourceAddress
            plan = FaultPlan { $0.sourceAddress = sourceAddress }
        }
    }

    /// Replaces the whole plan; the count of ``cut(afterBytesToClient:once:)`` starts again.
    public func follow(_ plan: FaultPlan) async { await relay.change(resetsCut: true) { $0 = plan } }
}
