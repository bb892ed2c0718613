import NIOCore

/// The channel handler of one end of a proxied connection, which reports its events to the relay.
final class End: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let relay: Relay
    private let connection: Int
    private let side: Side

    init(relay: Relay, connection: Int, side: Side) {
        self.relay = relay
        self.connection = connection
        self.side = side
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        relay.assumeIsolated { [connection, side] in $0.read(bytes, on: connection, from: side) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        relay.assumeIsolated { [connection, side] in $0.readCompleted(on: connection, from: side) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        relay.assumeIsolated { [connection, side] in $0.writabilityChanged(on: connection, at: side) }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed {
            relay.assumeIsolated { [connection, side] in $0.ended(on: connection, at: side) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        relay.assumeIsolated { [connection, side] in $0.closed(on: connection, at: side) }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset or a broken pipe: the channel is closed, and the other side is told by that.
        context.close(promise: nil)
    }
}

/// Reports a connection to the relay when it is active, and not before.
final class Arrival: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let relay: Relay

    init(relay: Relay) { self.relay = relay }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        relay.assumeIsolated { $0.accept(channel) }
        context.fireChannelActive()
    }
}

/// The two ends of a proxied connection.
enum Side: Hashable, Sendable {
    case client, server

    var other: Side { self == .client ? .server : .client }

    /// The direction of the bytes that are read at this end.
    var direction: FaultPlan.Direction { self == .client ? .toServer : .toClient }
}
