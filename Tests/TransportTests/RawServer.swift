import NIOCore
import NIOPosix

/// A server that answers whatever asks with bytes that the test chose.
final class RawServer: Sendable {
    let port: Int
    private let listener: any Channel

    private init(_ listener: any Channel) {
        self.listener = listener
        port = listener.localAddress?.port ?? 0
    }

    var endpointText: String { "ws://127.0.0.1:\(port)" }

    /// Starts one.
    ///
    /// - Parameters:
    ///   - answer: What it says when a request has come; nothing at all when `nil`.
    ///   - closes: Whether it closes behind its answer.
    static func start(_ answer: String?, closes: Bool = true) async throws -> RawServer {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Answer(answer, closes: closes))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return RawServer(listener)
    }

    func stop() async throws { try await listener.close() }

    private final class Answer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let answer: String?
        private let closes: Bool
        private var isDone = false

        init(_ answer: String?, closes: Bool) {
            self.answer = answer
            self.closes = closes
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard let answer, !isDone else { return }
            isDone = true
            let (channel, closes) = (context.channel, closes)
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer))).whenComplete { _ in
                if closes { channel.close(promise: nil) }
            }
        }
    }
}
