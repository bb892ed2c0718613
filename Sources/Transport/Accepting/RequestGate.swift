import NIOCore

/// Stands nearest to the socket, above TLS, until it is known what becomes of a connection: lets the head of one request
/// through, whole, and nothing else.
///
/// What stands behind the head is never read as HTTP: it is what a client of ours sends behind its upgrade, or a second
/// request, which is nobody's. So the HTTP decoder and the upgrade cannot disagree about where the request ends.
final class RequestGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// The longest head of a request, in bytes; one more is answered 431 (RFC 6585 §5).
    static let headBytesMaximum = 16 << 10

    /// The head is longer than the bound.
    struct HeadTooLong: Error {}

    /// What came does not begin as a request does.
    struct NoRequest: Error {}

    private enum State {
        /// The head is not whole yet; the end was not found in so many bytes of it.
        case head(ByteBuffer, searched: Int)
        /// The head went through; this came behind it.
        case held(ByteBuffer)
        /// The request is refused: what still comes is dropped.
        case closed
    }

    private var state = State.head(ByteBuffer(), searched: 0)

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        switch state {
        case .head(var head, let searched):
            head.writeBuffer(&bytes)
            take(head, searched: searched, context: context)
        case .held(var held):
            held.writeBuffer(&bytes)
            state = .held(held)
        case .closed: break
        }
    }

    private func take(_ bytes: ByteBuffer, searched: Int, context: ChannelHandlerContext) {
        var bytes = bytes
        guard let length = RequestGate.headLength(in: bytes, from: max(0, searched - 3)),
            length <= RequestGate.headBytesMaximum, let head = bytes.readSlice(length: length)
        else {
            // A method is a word of capitals; TLS on a plain port begins with another byte, and is told so at once.
            let isMethod = bytes.readableBytesView.first.map { (0x41...0x5A).contains($0) } ?? true
            guard isMethod, bytes.readableBytes <= RequestGate.headBytesMaximum else {
                state = .closed
                return context.fireErrorCaught(isMethod ? HeadTooLong() as any Error : NoRequest())
            }
            state = .head(bytes, searched: bytes.readableBytes)
            return
        }
        state = .held(bytes.slice())
        // Nothing more is read before the request is answered: whoever sends on waits.
        context.channel.setOption(.autoRead, value: false).whenFailure { _ in }
        context.fireChannelRead(wrapInboundOut(head))
    }

    /// Where the empty line ends that ends the head.
    private static func headLength(in buffer: ByteBuffer, from start: Int) -> Int? {
        buffer.withUnsafeReadableBytes { bytes in
            var index = start
            while index + 3 < bytes.count {
                if bytes[index + 3] == 0x0A, bytes[index + 2] == 0x0D, bytes[index + 1] == 0x0A, bytes[index] == 0x0D {
                    return index + 4
                }
                index += 1
            }
            return nil
        }
    }

    /// The request is refused: drops what came behind it and what still comes.
    func drop(on channel: any Channel) {
        state = .closed
        channel.setOption(.autoRead, value: true).whenFailure { _ in }
    }

    /// The connection has become a WebSocket: what came behind the request is its beginning.
    func removeHandler(context: ChannelHandlerContext, removalToken: ChannelHandlerContext.RemovalToken) {
        if case .held(let held) = state, held.readableBytes > 0, context.channel.isActive {
            context.fireChannelRead(wrapInboundOut(held))
            context.fireChannelReadComplete()
        }
        state = .closed
        let channel = context.channel
        context.leavePipeline(removalToken: removalToken)
        channel.setOption(.autoRead, value: true).whenFailure { _ in }
    }
}
