import NIOCore
import NIOHTTP1
import NIOSSL
import NIOWebSocket
import Wire

/// Handles the one HTTP request of a connection: judges it, asks the server, and answers with the 101 or a refusal.
///
/// It stands behind the HTTP handlers, and is removed with them when the connection becomes a WebSocket. Any error here
/// closes this connection and affects nothing else.
final class Handshake: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// The handlers that exist for the HTTP request only and are removed with the upgrade.
    struct Scaffold {
        let gate: RequestGate
        let decoder: ByteToMessageHandler<HTTPRequestDecoder>
        let encoder: HTTPResponseEncoder
    }

    private enum State {
        /// No request has arrived yet.
        case waiting
        /// The request arrived in the present read.
        case arrived(HTTPRequestHead)
        /// The server is deciding about it.
        case deciding
        /// The response was written; further bytes are ignored.
        case answered
    }

    /// How long a refused client may take to close the connection: closing a socket with unread data sends a reset, and
    /// the response would be lost with it.
    private static let lingering = TimeAmount.seconds(1)

    private let scaffold: Scaffold
    private let configuration: Listener.Configuration
    private let isReady: @Sendable () -> Bool
    private let accept: Listener.Accept
    /// Called when the client is authenticated or gone, so that the lobby does not count it as a stranger.
    private let known: () -> Void
    private var state = State.waiting
    private var timeout: Scheduled<Void>?

    init(
        _ scaffold: Scaffold, _ configuration: Listener.Configuration, isReady: @escaping @Sendable () -> Bool,
        accept: @escaping Listener.Accept, known: @escaping () -> Void
    ) {
        self.scaffold = scaffold
        self.configuration = configuration
        self.isReady = isReady
        self.accept = accept
        self.known = known
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        timeout = context.eventLoop.scheduleTask(in: configuration.requestTimeout) { channel.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { timeout?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        timeout?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data), case .waiting = state else { return }
        state = .arrived(head)
    }

    /// The decoder has finished with the read: only now may the pipeline be changed.
    func channelReadComplete(context: ChannelHandlerContext) {
        guard case .arrived(let head) = state else { return }
        switch HandshakeRules.judge(head, origins: configuration.origins) {
        case .refused(let refusal): answer(PlainAnswer(refusal), head, context: context)
        case .health(let isReadiness):
            answer(PlainAnswer(isWell: !isReadiness || isReady()), head, context: context)
        case .upgrade: decide(head, context: context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch state {
        case .waiting, .arrived:
            let refusal =
                error is RequestGate.HeadTooLong
                ? Refusal(
                    .headTooLong,
                    "the head of a request may have at most \(RequestGate.headBytesMaximum) bytes")
                : Refusal(.badRequest, "the request is not HTTP/1.1")
            // What is not HTTP may not be TLS either: then no client could read a response.
            if error is NIOSSLError || error is BoringSSLError { return context.close(promise: nil) }
            answer(PlainAnswer(refusal), nil, context: context)
        case .deciding, .answered: context.close(promise: nil)
        }
    }

    // MARK: - The upgrade

    private func decide(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        state = .deciding
        let channel = context.channel
        let bound = NIOLoopBound((handshake: self, context: context), eventLoop: context.eventLoop)
        let accept = accept
        let deflate = deflate(head, channel)
        SocketOptions.peerUser(of: channel).flatMap { user in
            let peer: UpgradeRequest.Peer =
                user.map { .local(user: $0) } ?? .network(channel.remoteAddress?.ipAddress ?? "unknown")
            let request = UpgradeRequest(
                head: head, peer: peer, deflate: deflate, socketClosed: channel.closeFuture)
            return accept(request, channel.eventLoop)
        }.whenComplete { result in
            let (handshake, context) = bound.value
            switch result {
            case .success(.success(let acceptance)):
                guard channel.isActive else { return acceptance.abandoned() }
                handshake.upgrade(head, acceptance, deflate, context: context)
            case .success(.failure(let refusal)):
                guard channel.isActive else { return }
                handshake.answer(PlainAnswer(refusal), head, context: context)
            case .failure: channel.close(promise: nil)
            }
        }
    }

    private func upgrade(
        _ head: HTTPRequestHead, _ acceptance: Acceptance, _ deflate: DeflateParameters?,
        context: ChannelHandlerContext
    ) {
        state = .answered
        timeout?.cancel()
        known()
        let (configuration, channel) = (configuration, context.channel)
        let headers = acceptance.headers(deflate)
        let bound = NIOLoopBound((handshake: self, context: context), eventLoop: context.eventLoop)
        let isOpened = NIOLoopBoundBox(false, eventLoop: context.eventLoop)
        let upgrader = NIOWebSocketServerUpgrader(
            maxFrameSize: configuration.messageBytesMaximum, automaticErrorHandling: false,
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture(headers) },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    let connection = Connection(
                        eventLoop: channel.eventLoop, role: .server(pingInterval: configuration.pingInterval),
                        bytesMaximum: configuration.messageBytesMaximum, deflate: deflate,
                        compressors: configuration.compressors)
                    try channel.pipeline.syncOperations.addHandler(connection)
                    isOpened.value = true
                    acceptance.opened(connection)
                }
            })
        upgrader.buildUpgradeResponse(channel: channel, upgradeRequest: head, initialResponseHeaders: [:]).flatMap {
            headers in
            let (handshake, context) = bound.value
            let response = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
            // Not flushed: what the connection writes when it is opened leaves in the same flush.
            context.write(handshake.wrapOutboundOut(.head(response)), promise: nil)
            context.write(handshake.wrapOutboundOut(.end(nil)), promise: nil)
            let pipeline = context.pipeline.syncOperations
            // The HTTP encoder is removed first: what the connection writes must not pass through it.
            pipeline.removeHandler(handshake.scaffold.encoder, promise: nil)
            return upgrader.upgrade(context: context, upgradeRequest: head)
        }.flatMap {
            let (handshake, context) = bound.value
            context.flush()
            return context.pipeline.syncOperations.removeHandler(handshake.scaffold.decoder)
        }.flatMap {
            bound.value.context.pipeline.syncOperations.removeHandler(bound.value.handshake)
        }.flatMap {
            // The gate is removed last: the bytes that it held are WebSocket frames, and no HTTP handler may see them.
            channel.pipeline.syncOperations.removeHandler(bound.value.handshake.scaffold.gate)
        }.whenFailure { _ in
            if !isOpened.value { acceptance.abandoned() }
            channel.close(promise: nil)
        }
    }

    /// What is accepted of the extensions that the client offers; `nil` for none.
    private func deflate(_ head: HTTPRequestHead, _ channel: any Channel) -> DeflateParameters? {
        guard configuration.compression.isOn(isLocal: channel.isLocal) else { return nil }
        // The rules have refused a malformed header.
        let offers = try? WebSocketExtension.list(head.headers[WebSocketExtension.header])
        return offers.flatMap { DeflateParameters.accepting($0) }
    }

    // MARK: - Other answers

    private func answer(_ answer: PlainAnswer, _ head: HTTPRequestHead?, context: ChannelHandlerContext) {
        state = .answered
        timeout?.cancel()
        known()
        scaffold.gate.drop(on: context.channel)
        context.write(wrapOutboundOut(.head(answer.head)), promise: nil)
        if head?.method != .HEAD { context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil) }
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
            channel.close(mode: .output, promise: nil)
            channel.eventLoop.scheduleTask(in: Handshake.lingering) { channel.close(promise: nil) }
        }
    }
}
