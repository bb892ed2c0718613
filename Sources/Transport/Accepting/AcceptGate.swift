import Logging
import NIOCore

/// Accepts connections only while the lobby has room. Without it, a process that has no descriptor left is woken again
/// and again for connections that it cannot accept, and takes every descriptor that becomes free from authenticated
/// connections.
final class AcceptGate: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias OutboundIn = Never

    private let lobby: NIOLoopBoundBox<Lobby>
    private let logger: Logger
    private var isShut = false

    init(lobby: NIOLoopBoundBox<Lobby>, logger: Logger) {
        self.lobby = lobby
        self.logger = logger
    }

    func read(context: ChannelHandlerContext) {
        guard !isShut else { return }
        guard !lobby.value.hasRoom else { return context.read() }
        isShut = true
        logger.warning(
            "no connection is accepted until one ends", metadata: ["connections": "\(lobby.value.connected)"])
        let bound = NIOLoopBound((gate: self, context: context), eventLoop: context.eventLoop)
        lobby.value.whenRoom {
            let (gate, context) = bound.value
            gate.isShut = false
            if context.channel.isActive { context.read() }
        }
        showOut(context)
    }

    /// While the lobby is full, unauthenticated connections are closed, the oldest first, to make room.
    private func showOut(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((gate: self, context: context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Lobby.grace) {
            let (gate, context) = bound.value
            guard gate.isShut, context.channel.isActive else { return }
            gate.lobby.value.endOldestStranger()
            if gate.isShut { gate.showOut(context) }
        }
    }
}
