public import NIOCore
import NIOPosix

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
    /// The port of ``address``, chosen by the system.
    public let port: Int

    private let relay: Relay
    private let listener: any Channel

    private init(address: SocketAddress, port: Int, relay: Relay, listener: any Channel) {
        self.address = address
        self.port = port
        self.relay = relay
        self.listener = listener
    }

    /// Begins to listen on a free port of the loopback interface.
    ///
    /// - Parameters:
    ///   - upstream: Where the bytes really go. It is dialled anew for every connection.
    ///   - plan: How the proxy misbehaves from the beginning; not at all unless told.
    public static func start(upstream: Upstream, plan: FaultPlan = FaultPlan()) async throws -> FaultProxy {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let relay = Relay(loop: loop, upstream: upstream, plan: plan)
        let listener = try await ServerBootstrap(group: loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Arrival(relay: relay))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        guard let address = listener.localAddress, let port = address.port else {
            preconditionFailure("a listener on TCP has an address with a port")
        }
        return FaultProxy(address: address, port: port, relay: relay, listener: listener)
    }

    /// Closes the listener and every connection.
    public func stop() async throws {
        try await listener.close()
        await relay.cut(resetting: false)
    }

    /// How many connections were accepted since the start.
    public var connections: Int { get async { await relay.counts.accepted } }

    /// How many connections lead to the upstream now.
    public var openConnections: Int { get async { await relay.counts.open } }

    /// Closes both sides of every connection now.
    public func cut() async { await relay.cut(resetting: false) }

    /// Resets both sides of every connection now; a Unix domain socket is closed.
    public func reset() async { await relay.cut(resetting: true) }

    /// Lets nothing through any more, that way, and tells neither side when the other closes.
    public func blackhole(_ direction: FaultPlan.Direction) async { await relay.change { $0.blackhole = direction } }

    /// Delivers each byte that much later, each way.
    public func delay(milliseconds: Int) async { await relay.change { $0.latency = .milliseconds(milliseconds) } }

    /// Lets so many bytes pass in a second, each way.
    public func throttle(bytesPerSecond: Int) async { await relay.change { $0.bytesPerSecond = bytesPerSecond } }

    /// Cuts each connection when exactly so many more bytes have gone to its client.
    public func cut(afterBytesToClient count: Int) async {
        await relay.change(resetsCut: true) { $0.bytesToClientMaximum = count }
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
