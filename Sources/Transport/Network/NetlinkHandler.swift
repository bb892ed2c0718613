import NIOCore

/// Tells what a netlink socket brings, and when it brings nothing more.
final class NetlinkHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var decoder = NetlinkDecoder()
    private let changed: ([NetworkChange]) -> Void
    private let ended: () -> Void

    init(changed: @escaping ([NetworkChange]) -> Void, ended: @escaping () -> Void) {
        self.changed = changed
        self.ended = ended
    }

    /// One read is one datagram.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var changes = decoder.feed(unwrapInboundIn(data))
        if let cut = decoder.endDatagram() { changes.append(cut) }
        changed(changes)
    }

    /// A socket that has overflowed says so with ENOBUFS. It could be read further, and NIO closes it.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) { ended() }
}
