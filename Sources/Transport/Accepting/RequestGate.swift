import NIOCore

/// Stands next to the socket, above TLS, until the upgrade is decided: it passes the head of one request on, complete,
/// and nothing else.
///
/// What follows the head is never parsed as HTTP: it is either the client's first WebSocket frames or a second request,
/// which is dropped. So the HTTP decoder and the upgrade cannot disagree about where the request ends.
final class RequestGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// The longest head of a request, in bytes; a longer one is answered with 431 (RFC 6585 §5).
    static let headBytesMaximum = 16 << 10

    /// The head is longer than ``headBytesMaximum``.
    struct HeadTooLong: Error {}

    /// The first bytes cannot be an HTTP request.
    struct NoRequest: Error {}

    private enum State {
        /// The head is not complete yet; its end was not found in the first `searched` bytes.
        case head(ByteBuffer, searched: Int)
        /// The head was passed on; this arrived after it.
        case held(ByteBuffer)
        /// The request was refused: further bytes are dropped.
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
            // A method consists of capital letters. TLS on a plain port begins with another byte, and is refused at
            // once.
            let isMethod = bytes.readableBytesView.first.map { (0x41...0x5A).contains($0) } ?? true
            guard isMethod, bytes.readableBytes <= RequestGate.headBytesMaximum else {
                state = .closed
                return context.fireErrorCaught(isMethod ? HeadTooLong() as any Error : NoRequest())
            }
            state = .head(bytes, searched: bytes.readableBytes)
            return
        }
        state = .held(bytes.slice())
        // Back-pressure: nothing more is read until the request is answered.
        context.channel.setOption(.autoRead, value: false).whenFailure { _ in }
        context.fireChannelRead(wrapInboundOut(head))
    }

    /// The length of the head including the empty line that ends it; `nil` while that has not arrived.
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

    /// The request was refused: drops the bytes that follow it.
    func drop(on channel: any Channel) {
        state = .closed
        channel.setOption(.autoRead, value: true).whenFailure { _ in }
    }

    /// The connection is a WebSocket now: passes on what followed the request.
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
