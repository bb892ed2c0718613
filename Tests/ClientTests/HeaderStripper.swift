import NIOCore
import NIOPosix
import TestKit
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
    private let relay: Relay

    private init(_ relay: Relay) {
        self.relay = relay
        endpoint = Endpoint(address: .host("127.0.0.1", port: relay.port))
    }

    /// Starts one in front of a port of this machine.
    static func start(upstream: Int, _ ways: Ways) async throws -> HeaderStripper {
        HeaderStripper(
            try await Relay.start(
                upstream: upstream, on: MultiThreadedEventLoopGroup.singleton.next(),
                forth: { Half(to: $0, strips: ways.contains(.request)) },
                back: { Half(to: $0, strips: ways.contains(.answer)) }))
    }

    func stop() async throws { try await relay.stop() }

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
