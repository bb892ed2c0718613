import Logging
import NIOCore

/// Stands in a listening socket's pipeline and accepts only while there is room: without it, a process that has no
/// descriptor left is woken again and again for connections that it cannot take, and takes the last descriptors from
/// those who are in.
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

    /// While the house is full, whoever does not say who it is leaves its place, one after the other.
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
