import NIOCore
import NIOWebSocket

/// Stands behind the HTTP handlers of a server's connection until it is known what becomes of it: whoever says nothing,
/// or nothing that HTTP knows, does not stay.
final class Doorkeeper: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any

    private let patience: TimeAmount
    private var timeout: Scheduled<Void>?

    /// - Parameter patience: How long a whole request may take to come.
    init(patience: TimeAmount) { self.patience = patience }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        timeout = context.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { timeout?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        timeout?.cancel()
        context.fireChannelInactive()
    }

    /// NIO has written an answer to what it could not read; it leaves before the connection ends.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // An upgrade that is refused is announced as an error as well; its answer is still to be given.
        guard !(error is NIOWebSocketUpgradeError) else { return }
        context.triggerUserOutboundEvent(CoalescedUpgrade.Release.release, promise: nil)
        context.close(promise: nil)
    }
}
