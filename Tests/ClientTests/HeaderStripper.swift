import NIOCore
import NIOPosix
import Transport

/// A proxy that does not pass `Belay-Initialize` on: in the request, in the answer, or in both.
final class HeaderStripper: Sendable {
    /// Which way the header is taken out.
    struct Ways: OptionSet, Hashable, Sendable {
        let rawValue: Int
        static let request = Ways(rawValue: 1)
        static let answer = Ways(rawValue: 2)
    }

    let endpoint: Endpoint
    private let listener: any Channel

    private init(_ listener: any Channel) {
        self.listener = listener
        endpoint = Endpoint(address: .host("127.0.0.1", port: listener.localAddress?.port ?? 0))
    }

    /// Starts one in front of a port of this machine.
    static func start(upstream: Int, _ ways: Ways) async throws -> HeaderStripper {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let listener = try await ServerBootstrap(group: loop)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { client in
                ClientBootstrap(group: loop)
                    .channelInitializer { server in
                        server.eventLoop.makeCompletedFuture {
                            try server.pipeline.syncOperations.addHandler(
                                Half(to: client, strips: ways.contains(.answer)))
                        }
                    }
                    .connect(host: "127.0.0.1", port: upstream)
                    .flatMap { server in
                        client.eventLoop.makeCompletedFuture {
                            try client.pipeline.syncOperations.addHandler(
                                Half(to: server, strips: ways.contains(.request)))
                        }.flatMap { client.setOption(.autoRead, value: true) }
                    }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return HeaderStripper(listener)
    }

    func stop() async throws { try await listener.close() }

    /// One direction: the head without the header, and what is behind it in the same piece.
    private final class Half: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let other: any Channel
        private var isPassing: Bool
        private var held = ""

        init(to other: any Channel, strips: Bool) {
            self.other = other
            isPassing = !strips
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            guard !isPassing else { return other.writeAndFlush(bytes, promise: nil) }
            // Latin-1, so that frames behind the head keep their bytes.
            held.unicodeScalars.append(contentsOf: bytes.readableBytesView.map { Unicode.Scalar($0) })
            guard let end = held.firstRange(of: "\r\n\r\n") else { return }
            isPassing = true
            let lines = held[..<end.lowerBound].split(separator: "\r\n")
            let kept = lines.filter { !$0.lowercased().hasPrefix("belay-initialize:") }.joined(separator: "\r\n")
            let all = kept + held[end.lowerBound...]
            let out = all.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
            other.writeAndFlush(ByteBuffer(bytes: out), promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }
    }
}
