import NIOCore

/// Simulates a captive portal: answers every request with a login page, and closes.
final class CaptivePortal: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let page = "<!DOCTYPE html><html><body><h1>Welcome! Please log in.</h1></body></html>"
    private var hasAnswered = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasAnswered else { return }
        hasAnswered = true
        let response = ByteBuffer(
            string: "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: \(Self.page.utf8.count)\r\n"
                + "Connection: close\r\n\r\n\(Self.page)")
        context.writeAndFlush(wrapOutboundOut(response), promise: nil)
        context.close(mode: .output, promise: nil)
    }

    /// Further bytes are read and dropped: closing with unread data would send a reset, which could overtake the page.
    func channelReadComplete(context: ChannelHandlerContext) { context.read() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
