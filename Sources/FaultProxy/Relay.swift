import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#endif

/// Carries bytes between clients and the upstream, on one event loop, so that the events of all connections have one
/// order.
actor Relay {
    /// How long a connection that was cut at an exact byte is still read, so that the client gets that byte and an end,
    /// and not a reset that overtakes both.
    private static let lingering = TimeAmount.seconds(1)
    /// The most connections at a time; one more is closed at once.
    static let linksMaximum = 10_000

    let loop: any EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    private let upstream: Upstream
    private(set) var plan: FaultPlan
    private let report: @Sendable (ProxyEvent) -> Void
    private let tap: (@Sendable (Int, ByteBuffer) -> Void)?
    private var links: [Int: Link] = [:]
    private var carried = ProxyTraffic()

    init(
        loop: any EventLoop, upstream: Upstream, plan: FaultPlan, report: @escaping @Sendable (ProxyEvent) -> Void,
        tap: (@Sendable (Int, ByteBuffer) -> Void)?
    ) {
        self.loop = loop
        self.upstream = upstream
        self.plan = plan
        self.report = report
        self.tap = tap
    }

    private var now: Int64 { Int64(NIODeadline.now().uptimeNanoseconds) }

    /// The number of connections and bytes, for the status.
    var traffic: ProxyTraffic {
        var traffic = carried
        traffic.open = links.values.count { $0.server.channel != nil }
        return traffic
    }

    // MARK: Commands

    /// Changes the plan, for open connections as well.
    ///
    /// - Parameter resetsCut: Whether the count of bytes to each client starts again.
    func change(resetsCut: Bool = false, _ change: @Sendable (inout FaultPlan) -> Void) {
        change(&plan)
        for id in links.keys {
            links[id]?.follow(plan, resetsCut: resetsCut)
            pump(id, from: .client)
            pump(id, from: .server)
        }
    }

    /// Ends every connection, optionally with a reset.
    func cut(resetting: Bool) async {
        let channels = links.values.flatMap { [$0.client.channel, $0.server.channel] }.compactMap(\.self)
        // From here on the end of one side is not forwarded to the other: that would be a close before the reset.
        for id in links.keys { links[id]?.isCut = true }
        if resetting {
            for channel in channels { await Self.discardUnsent(channel) }
        }
        for channel in channels {
            // A channel may be closed already, which is fine.
            try? await channel.close()
        }
    }

    /// Makes the following close send a reset (SO_LINGER 0); Unix domain sockets have none.
    private static func discardUnsent(_ channel: any Channel) async {
        guard let provider = channel as? any SocketOptionProvider else { return }
        try? await provider.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
    }

    // MARK: Connections

    /// Handles an accepted connection according to the plan.
    func accept(_ client: any Channel) {
        carried.accepted += 1
        let id = carried.accepted
        switch links.count < Self.linksMaximum ? plan.admission : .refuse {
        case .refuse:
            report(.turnedAway(id))
            client.close(promise: nil)
        case .captivePortal:
            report(.turnedAway(id))
            client.eventLoop.makeCompletedFuture { try client.pipeline.syncOperations.addHandler(CaptivePortal()) }
                .whenSuccess { client.read() }
        case .forward:
            var link = Link(client: client)
            link.follow(plan, resetsCut: true)
            links[id] = link
            attach(client, to: id, as: .client)
            dial().whenComplete { outcome in self.assumeIsolated { $0.dialed(outcome, for: id) } }
        }
    }

    private func attach(_ channel: any Channel, to id: Int, as side: Side) {
        do {
            try channel.pipeline.syncOperations.addHandler(End(relay: self, connection: id, side: side))
        } catch {
            // Only a closed channel refuses a handler.
            closed(on: id, at: side)
        }
    }

    private func dial() -> EventLoopFuture<any Channel> {
        do {
            let bootstrap = ClientBootstrap(group: loop)
                .channelOption(.autoRead, value: false)
                .channelOption(.allowRemoteHalfClosure, value: true)
                .channelOption(.maxMessagesPerRead, value: 1)
            switch upstream {
            case .unix(let path): return bootstrap.connect(unixDomainSocketPath: path)
            case .tcp(let host, let port):
                guard let source = plan.sourceAddress else { return bootstrap.connect(host: host, port: port) }
                let address = try SocketAddress(ipAddress: source, port: 0)
                return bootstrap.bind(to: address).connect(host: host, port: port)
            }
        } catch {
            return loop.makeFailedFuture(error)
        }
    }

    private func dialed(_ outcome: Result<any Channel, any Error>, for id: Int) {
        switch outcome {
        case .success(let server):
            guard let link = links[id], !link.isCut else { return server.close(promise: nil) }
            links[id]?.server.channel = server
            report(.opened(id, from: server.localAddress?.ipAddress))
            attach(server, to: id, as: .server)
            pump(id, from: .client)
            pump(id, from: .server)
        case .failure(let error):
            // The client sees an unreachable upstream as a connection that ends.
            report(.unreachable(id, reason: ProxyFailure.reason(error)))
            links.removeValue(forKey: id)?.client.channel?.close(promise: nil)
        }
    }

    // MARK: Events of the ends

    func read(_ bytes: ByteBuffer, on id: Int, from side: Side) {
        guard links[id]?.isCut == false else { return }
        links[id]?[side].lane.receive(bytes, at: now)
    }

    func readCompleted(on id: Int, from side: Side) {
        links[id]?[side].isReading = false
        pump(id, from: side)
    }

    func writabilityChanged(on id: Int, at side: Side) { pump(id, from: side.other) }

    func ended(on id: Int, at side: Side) {
        guard let link = links[id] else { return }
        guard !link.isCut else {
            link[side].channel?.close(promise: nil)
            return
        }
        links[id]?[side].lane.end()
        pump(id, from: side)
    }

    func closed(on id: Int, at side: Side) {
        links[id]?[side].isClosed = true
        links[id]?[side].lane.end()
        pump(id, from: side)
        guard let link = links[id], link.isOver else { return }
        link.client.wake?.cancel()
        link.server.wake?.cancel()
        links[id] = nil
        guard link.server.channel != nil else { return }
        report(.ended(id, toClient: link.server.bytesPassed, toServer: link.client.bytesPassed))
    }

    /// Moves bytes from one end to the other, as far as the plan and the receiver's back-pressure allow.
    private func pump(_ id: Int, from side: Side) {
        defer { readOn(id, from: side) }
        guard let link = links[id], !link.isCut, let receiver = link[side.other].channel else { return }
        link[side].wake?.cancel()
        links[id]?[side].wake = nil
        // A write can make the receiver unwritable and writable again before it returns, which calls this function
        // recursively: so no state of the link is kept in a local variable across a write.
        while receiver.isWritable || !receiver.isActive, let step = links[id]?[side].lane.next(at: now) {
            switch step {
            case .write(let bytes):
                count(bytes.readableBytes, on: id, from: side)
                if side == .server { tap?(id, bytes) }
                receiver.writeAndFlush(bytes, promise: nil)
            case .wait(let moment): return wake(id, from: side, at: moment)
            case .idle: return
            case .finish: return finish(id, from: side)
            case .cut: return cut(id)
            }
        }
    }

    private func count(_ bytes: Int, on id: Int, from side: Side) {
        links[id]?[side].bytesPassed += bytes
        switch side {
        case .client: carried.bytesToServer += bytes
        case .server: carried.bytesToClients += bytes
        }
    }

    private func wake(_ id: Int, from side: Side, at moment: Int64) {
        let deadline = NIODeadline.uptimeNanoseconds(UInt64(moment))
        links[id]?[side].wake = loop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.assumeIsolated { $0.pump(id, from: side) }
        }
    }

    /// Forwards the sender's close after the last byte: as a half-close if the other direction is open, else as a
    /// close.
    private func finish(_ id: Int, from side: Side) {
        guard let link = links[id], let receiver = link[side.other].channel else { return }
        let ended = receiver.close(mode: .output)
        if link[side].isClosed { ended.whenComplete { _ in receiver.close(promise: nil) } }
    }

    /// Ends a connection after the last byte that was written to the client.
    private func cut(_ id: Int) {
        guard let link = links[id], let client = link.client.channel else { return }
        links[id]?.isCut = true
        if plan.cutsOnce { change(resetsCut: true) { ($0.bytesToClientMaximum, $0.cutsOnce) = (nil, false) } }
        link.server.channel?.close(promise: nil)
        client.close(mode: .output, promise: nil)
        links[id]?.client.wake = loop.assumeIsolated().scheduleTask(in: Self.lingering) { client.close(promise: nil) }
        readOn(id, from: .client)
    }

    private func readOn(_ id: Int, from side: Side) {
        guard let link = links[id], !link[side].isReading, !link[side].isClosed else { return }
        guard link.isCut ? side == .client : link[side].lane.wantsMore else { return }
        links[id]?[side].isReading = true
        link[side].channel?.read()
    }
}
