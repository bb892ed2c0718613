import NIOCore
import NIOHTTP1
import Wire

/// Answers requests that do not become WebSockets: a refusal with its reason, or whether the server is well.
final class PlainResponder: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let refusal: Refusal?
    private let isReady: @Sendable () -> Bool
    private var hasResponded = false

    /// - Parameters:
    ///   - refusal: Why the upgrade was refused, if one was asked for.
    ///   - isReady: Whether the server takes work.
    init(refusal: Refusal?, isReady: @escaping @Sendable () -> Bool) {
        self.refusal = refusal
        self.isReady = isReady
    }

    /// NIO hands over the request of a client that asked for no upgrade, and keeps one that did to itself: that one is
    /// answered without being seen again.
    func handlerAdded(context: ChannelHandlerContext) {
        if let refusal { return respond(refusal, context: context) }
        let bound = NIOLoopBound((responder: self, context: context), eventLoop: context.eventLoop)
        context.eventLoop.execute {
            let (responder, context) = bound.value
            guard !responder.hasResponded, context.channel.isActive else { return }
            responder.respond(PlainResponder.upgradeRequired, context: context)
        }
    }

    private static let upgradeRequired = Refusal(
        status: 426, reason: "upgrade_required", message: "this endpoint speaks WebSocket")

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasResponded, case .head(let head) = unwrapInboundIn(data) else { return }
        switch head.uri {
        case "/healthz": respond(200, ["status": "ok"], context: context)
        case "/readyz":
            let ready = isReady()
            respond(ready ? 200 : 503, ["status": ready ? "ok" : "starting"], context: context)
        case Endpoint.path:
            respond(PlainResponder.upgradeRequired, context: context)
        default:
            respond(
                Refusal(status: 404, reason: "not_found", message: "the endpoint is \(Endpoint.path)"), context: context
            )
        }
    }

    private func respond(_ refusal: Refusal, context: ChannelHandlerContext) {
        let delay = refusal.retryAfter.map { ("Retry-After", String(max(1, ($0 + 999) / 1_000))) }
        // RFC 9110 §15.5.22: a 426 names what is wanted.
        let wanted = refusal.status == 426 ? ("Upgrade", "websocket") : nil
        respond(refusal.status, refusal.json, extra: [delay, wanted].compactMap { $0 }, context: context)
    }

    private func respond(
        _ status: Int, _ body: JSON, extra: [(String, String)] = [], context: ChannelHandlerContext
    ) {
        hasResponded = true
        let bytes = body.encoded
        var headers = HTTPHeaders([
            ("Content-Type", "application/json"), ("Content-Length", String(bytes.readableBytes)),
            ("Connection", "close"),
        ])
        headers.add(contentsOf: extra)
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
    }
}
