import NIOCore

/// Reports the changes that a netlink socket delivers, and its end.
final class NetlinkHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var decoder = NetlinkDecoder()
    private let changed: ([NetworkChange]) -> Void
    private let ended: () -> Void

    init(changed: @escaping ([NetworkChange]) -> Void, ended: @escaping () -> Void) {
        self.changed = changed
        self.ended = ended
    }

    /// A read is one datagram.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var changes = decoder.feed(unwrapInboundIn(data))
        if let cut = decoder.endDatagram() { changes.append(cut) }
        changed(changes)
    }

    /// An overflow is reported with ENOBUFS. The socket could still be read, but NIO closes it.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) { ended() }
}
