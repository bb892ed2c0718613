import NIOCore
import NIOHTTP1
import NIOSSL
import NIOWebSocket
import Wire

/// The one request of a connection: judged, decided, and answered with the 101 or with a refusal.
///
/// It stands behind the HTTP handlers, and leaves with them when the connection has become a WebSocket. Whatever goes
/// wrong here ends the connection and nothing else.
final class Handshake: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// The handlers that are there for the request alone.
    struct Scaffold {
        let gate: RequestGate
        let decoder: ByteToMessageHandler<HTTPRequestDecoder>
        let encoder: HTTPResponseEncoder
    }

    private enum State {
        /// The request is to come.
        case waiting
        /// It came in this read.
        case arrived(HTTPRequestHead)
        /// It is being decided about.
        case deciding
        /// It was answered.
        case answered
    }

    /// How long a refused client may take to end the connection: a socket that is closed with something unread is
    /// reset, and the answer would be lost with it.
    private static let lingering = TimeAmount.seconds(1)

    private let scaffold: Scaffold
    private let configuration: Listener.Configuration
    private let isReady: @Sendable () -> Bool
    private let accept: Listener.Accept
    /// Told when the client is no stranger any more.
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
        timeout = context.eventLoop.scheduleTask(in: configuration.requestPatience) { channel.close(promise: nil) }
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

    /// The decoder is done with what it was given: what is decided now may change the pipeline.
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
                    status: 431, reason: "head_too_long",
                    message: "the head of a request may have \(RequestGate.headBytesMaximum) bytes")
                : Refusal(status: 400, reason: "bad_request", message: "this is no request of HTTP/1.1")
            // What is no HTTP may be no TLS either: then there is nobody who could read an answer.
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
        SocketOptions.peerUser(of: channel).flatMap { user in
            let peer: UpgradeRequest.Peer =
                user.map { .local(user: $0) } ?? .network(channel.remoteAddress?.ipAddress ?? "unknown")
            return accept(UpgradeRequest(head: head, peer: peer), channel.eventLoop)
        }.whenComplete { result in
            let (handshake, context) = bound.value
            switch result {
            case .success(.success(let acceptance)):
                guard channel.isActive else { return acceptance.abandoned() }
                handshake.upgrade(head, acceptance, context: context)
            case .success(.failure(let refusal)):
                guard channel.isActive else { return }
                handshake.answer(PlainAnswer(refusal), head, context: context)
            case .failure: channel.close(promise: nil)
            }
        }
    }

    private func upgrade(_ head: HTTPRequestHead, _ acceptance: Acceptance, context: ChannelHandlerContext) {
        state = .answered
        timeout?.cancel()
        known()
        let (configuration, channel) = (configuration, context.channel)
        let bound = NIOLoopBound((handshake: self, context: context), eventLoop: context.eventLoop)
        let isOpened = NIOLoopBoundBox(false, eventLoop: context.eventLoop)
        let upgrader = NIOWebSocketServerUpgrader(
            maxFrameSize: configuration.messageBytesMaximum, automaticErrorHandling: false,
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture(acceptance.headers) },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    let connection = Connection(
                        eventLoop: channel.eventLoop, role: .server(pingInterval: configuration.pingInterval),
                        bytesMaximum: configuration.messageBytesMaximum)
                    try channel.pipeline.syncOperations.addHandler(connection)
                    isOpened.value = true
                    acceptance.opened(connection)
                }
            })
        upgrader.buildUpgradeResponse(channel: channel, upgradeRequest: head, initialResponseHeaders: [:]).flatMap {
            headers in
            let (handshake, context) = bound.value
            let response = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
            // Not flushed: what the connection writes as it is opened leaves together with it.
            context.write(handshake.wrapOutboundOut(.head(response)), promise: nil)
            context.write(handshake.wrapOutboundOut(.end(nil)), promise: nil)
            let pipeline = context.pipeline.syncOperations
            // The encoder goes first: what the connection writes passes it by.
            pipeline.removeHandler(handshake.scaffold.encoder, promise: nil)
            return upgrader.upgrade(context: context, upgradeRequest: head)
        }.flatMap {
            let (handshake, context) = bound.value
            context.flush()
            return context.pipeline.syncOperations.removeHandler(handshake.scaffold.decoder)
        }.flatMap {
            bound.value.context.pipeline.syncOperations.removeHandler(bound.value.handshake)
        }.flatMap {
            // The gate goes last: what it holds is for the WebSocket, and nobody of HTTP may be left to see it.
            channel.pipeline.syncOperations.removeHandler(bound.value.handshake.scaffold.gate)
        }.whenFailure { _ in
            if !isOpened.value { acceptance.abandoned() }
            channel.close(promise: nil)
        }
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
