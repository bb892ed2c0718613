import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// One end of a TCP connection that keeps what it got, for tests of what is between two of them.
final class Peer: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    /// What a peer does by itself.
    enum Behaviour: Sendable {
        case listen
        case echo
        case say([UInt8])
    }

    /// How the connection ended.
    enum End: Hashable, Sendable {
        case closed, reset
    }

    private struct State {
        var channel: (any Channel)?
        var received: [UInt8] = []
        var end: End?
    }

    private let behaviour: Behaviour
    private let state = Mutex(State())

    init(_ behaviour: Behaviour) { self.behaviour = behaviour }

    /// Connects to a port of the loopback interface.
    static func connect(to port: Int, reads: Bool = true) async throws -> Peer {
        let peer = Peer(.listen)
        _ = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.autoRead, value: reads)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(peer) }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return peer
    }

    private var channel: (any Channel)? { state.withLock { $0.channel } }

    var received: [UInt8] { state.withLock { $0.received } }
    var count: Int { state.withLock { $0.received.count } }
    var end: End? { state.withLock { $0.end } }
    var isWritable: Bool { channel?.isWritable ?? false }
    var remoteAddress: String? { channel?.remoteAddress?.ipAddress }

    func send(_ bytes: [UInt8]) async throws { try await channel?.writeAndFlush(ByteBuffer(bytes: bytes)) }
    func closeOutput() async throws { try await channel?.close(mode: .output) }
    func close() async { try? await channel?.close() }
    func startReading() { channel?.setOption(.autoRead, value: true).whenSuccess { self.channel?.read() } }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        state.withLock { $0.channel = channel }
    }

    func channelActive(context: ChannelHandlerContext) {
        guard case .say(let bytes) = behaviour else { return }
        context.writeAndFlush(NIOAny(ByteBuffer(bytes: bytes)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        state.withLock { $0.received.append(contentsOf: bytes.readableBytesView) }
        if case .echo = behaviour { context.writeAndFlush(NIOAny(bytes), promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event as? ChannelEvent == .inputClosed else { return }
        finish(.closed)
        // An echo ends when it has said everything; the other peers' tests close them.
        if case .echo = behaviour { context.close(mode: .output, promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if (error as? IOError)?.errnoCode == ECONNRESET { finish(.reset) }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { finish(.closed) }

    private func finish(_ end: End) { state.withLock { $0.end = $0.end ?? end } }
}

/// A server whose connections are ``Peer``s.
final class Origin: Sendable {
    let port: Int
    private let listener: any Channel
    private let accepted: Accepted

    private final class Accepted: Sendable {
        let peers = Mutex<[Peer]>([])
    }

    private init(listener: any Channel, accepted: Accepted) {
        self.listener = listener
        self.accepted = accepted
        port = listener.localAddress?.port ?? 0
    }

    /// Listens on a free port of the loopback interface, or on a Unix domain socket.
    static func start(_ behaviour: Peer.Behaviour, path: String? = nil) async throws -> Origin {
        let accepted = Accepted()
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                let peer = Peer(behaviour)
                accepted.peers.withLock { $0.append(peer) }
                return channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(peer) }
            }
        let bound = path.map { bootstrap.bind(unixDomainSocketPath: $0) } ?? bootstrap.bind(host: "127.0.0.1", port: 0)
        return Origin(listener: try await bound.get(), accepted: accepted)
    }

    /// The connections, in order of their coming.
    var peers: [Peer] { accepted.peers.withLock { $0 } }

    func stop() async throws {
        try await listener.close()
        for peer in peers { await peer.close() }
    }
}
