import Logging
import NIOCore

/// Accepts connections only while the lobby has room. Without it, a process that has no descriptor left is woken again
/// and again for connections that it cannot accept, and takes every descriptor that becomes free from authenticated
/// connections.
final class AcceptGate: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never

    private let lobby: Lobby
    private let logger: Logger
    private var isShut = false

    init(lobby: Lobby, logger: Logger) {
        self.lobby = lobby
        self.logger = logger
    }

    /// Counts a connection before the next one is accepted; its own event loop may be another.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let (channel, lobby) = (unwrapInboundIn(data), lobby)
        lobby.came(channel)
        channel.closeFuture.whenComplete { _ in lobby.left(channel) }
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        guard !isShut else { return }
        let bound = NIOLoopBound((gate: self, context: context), eventLoop: context.eventLoop)
        let mustWait = lobby.waitForRoom {
            bound.eventLoop.execute {
                let (gate, context) = bound.value
                gate.isShut = false
                if context.channel.isActive { context.read() }
            }
        }
        guard mustWait else { return context.read() }
        isShut = true
        logger.warning(
            "no connection is accepted until one ends", metadata: ["connections": "\(lobby.connected)"])
        showOut(context)
    }

    /// While the lobby is full, unauthenticated connections are closed, the oldest first, to make room.
    private func showOut(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((gate: self, context: context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Lobby.grace) {
            let (gate, context) = bound.value
            guard gate.isShut, context.channel.isActive else { return }
            gate.lobby.endOldestStranger()
            if gate.isShut { gate.showOut(context) }
        }
    }
}
