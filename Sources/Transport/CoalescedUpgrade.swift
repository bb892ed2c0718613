import NIOCore

/// Holds the first writes of a connection and sends them as one buffer, so that the 101 and the replay behind it
/// share a segment. It stands nearest to the socket, above TLS.
final class CoalescedUpgrade: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Triggered when everything that belongs together was written; also when the upgrade is refused.
    enum Release { case release }

    private var held = ByteBuffer()
    private var isReleased = false

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if isReleased {
            context.write(data, promise: promise)
            return
        }
        held.writeImmutableBuffer(unwrapOutboundIn(data))
        // The upgrade waits for the promise of the 101 before it goes on; if the socket fails, the channel closes.
        promise?.succeed()
    }

    func flush(context: ChannelHandlerContext) {
        if isReleased { context.flush() }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is Release else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        isReleased = true
        if held.readableBytes > 0 {
            context.writeAndFlush(wrapOutboundOut(held), promise: promise)
            held = ByteBuffer()
        } else {
            promise?.succeed()
        }
    }
}
