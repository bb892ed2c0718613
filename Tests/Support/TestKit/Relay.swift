public import NIOCore
import NIOPosix

/// A proxy on 127.0.0.1 for tests: hands bytes on, through a handler for each direction.
///
/// It lives on one loop with both sides. Nothing is read from a client before the server is there.
public final class Relay: Sendable {
    /// Where it listens.
    public let port: Int
    private let listener: any Channel

    private init(_ listener: any Channel) {
        self.listener = listener
        port = listener.localAddress?.port ?? 0
    }

    /// Starts one.
    ///
    /// - Parameters:
    ///   - upstream: The port of the server.
    ///   - forth: Makes the handler of what a client sends; it is given the server's channel. Unless told, everything goes
    ///     on as it is.
    ///   - back: Makes the handler of what the server sends; it is given the client's channel.
    public static func start(
        upstream: Int, on loop: any EventLoop,
        forth: @escaping @Sendable (any Channel) -> any ChannelInboundHandler = { Forwarder($0) },
        back: @escaping @Sendable (any Channel) -> any ChannelInboundHandler
    ) async throws -> Relay {
        let listener = try await ServerBootstrap(group: loop)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { client in
                ClientBootstrap(group: loop)
                    .channelInitializer { server in
                        server.eventLoop.makeCompletedFuture {
                            try server.pipeline.syncOperations.addHandler(back(client))
                        }
                    }
                    .connect(host: "127.0.0.1", port: upstream)
                    .flatMap { server in
                        client.eventLoop.makeCompletedFuture {
                            try client.pipeline.syncOperations.addHandler(forth(server))
                        }.flatMap { client.setOption(.autoRead, value: true) }
                    }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return Relay(listener)
    }

    /// Listens no more; what is connected stays so.
    public func stop() async throws { try await listener.close() }

    /// Hands everything on as it is, and ends the other side when its own has ended.
    public final class Forwarder: ChannelInboundHandler {
        /// What it hands on.
        public typealias InboundIn = ByteBuffer
        private let other: any Channel

        /// Hands on to that channel.
        public init(_ other: any Channel) { self.other = other }

        /// Hands bytes on.
        public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            other.writeAndFlush(unwrapInboundIn(data), promise: nil)
        }

        /// Ends the other side.
        public func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }
    }
}
