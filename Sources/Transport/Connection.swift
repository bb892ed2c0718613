public import NIOCore
public import NIOWebSocket
public import Wire

/// One WebSocket, either side, as messages.
///
/// It is confined to its event loop: every member is touched there and nowhere else, which each entry asserts. That is
/// why it may be handed around as Sendable.
public final class Connection: ChannelInboundHandler, @unchecked Sendable {
    /// What comes in.
    public typealias InboundIn = WebSocketFrame
    /// What goes out.
    public typealias OutboundOut = WebSocketFrame

    /// What happens on a connection.
    public enum Event: Sendable {
        /// Messages came, as many as one read brought.
        case received([Message])
        /// The other side gave a sign of life that is no message.
        case alive
        /// There is room for more, or none: ``Connection/isWritable``.
        case writabilityChanged
        /// It ended. Nothing follows.
        case closed(Closure)
    }

    /// Which side of the connection this is: a client masks its frames (RFC 6455 §5.3), a server asks for pongs.
    public enum Role: Sendable {
        /// The side that connected.
        case client
        /// The side that was connected to, and how often it asks whether the other side is there.
        case server(pingInterval: TimeAmount)
    }

    /// The loop that everything happens on.
    public let eventLoop: any EventLoop
    /// The address that this machine speaks from; it stays known when the connection has ended.
    public private(set) var localAddress: SocketAddress?
    /// The address of the other side; it stays known as well.
    public private(set) var remoteAddress: SocketAddress?
    private let role: Role
    private var decoder: FrameDecoder
    private var context: ChannelHandlerContext?
    private var handler: ((Event) -> Void)?
    private var arrived: [Message] = []
    private var isEnded = false
    private var isFragmented = false
    private var pings: RepeatedTask?
    private var quietPings = 0
    /// The payload of the newest ping that was not answered because there was no room.
    private var pongOwed: ByteBuffer?
    /// Whether the owner does not want to hear more for now.
    private var isPaused = false
    private var isReading = true

    /// How many bytes of text frames have come.
    public private(set) var bytesReceived = 0

    /// How long the other side may take to answer a close frame.
    static let closePatience = TimeAmount.seconds(1)

    init(eventLoop: any EventLoop, role: Role, bytesMaximum: Int) {
        self.eventLoop = eventLoop
        self.role = role
        // A client is sent whole histories; what a server is sent is a prompt at most.
        decoder =
            switch role {
            case .client: FrameDecoder(bytesMaximum: bytesMaximum)
            case .server: FrameDecoder(bytesMaximum: bytesMaximum, valuesMaximum: Connection.valuesMaximum)
            }
    }

    /// The most JSON values of one message of a client.
    static let valuesMaximum = 1 << 16

    /// Says who is told what happens. Called once, before the loop goes on.
    public func onEvent(_ handler: @escaping (Event) -> Void) {
        eventLoop.preconditionInEventLoop()
        self.handler = handler
    }

    /// Whether the operating system takes more.
    public var isWritable: Bool { context?.channel.isWritable ?? false }

    /// How many bytes wait for the operating system to take them.
    public var bytesWaiting: Int {
        (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    /// Says whether more is wanted. What has been read already is still delivered; the rest waits with the sender.
    public func setReading(_ wanted: Bool) {
        eventLoop.preconditionInEventLoop()
        isPaused = !wanted
        adjustReading()
    }

    /// Whoever does not read the answers is not read from: otherwise everything it asks for waits here.
    private func adjustReading() {
        guard let context, !isEnded else { return }
        var wanted = !isPaused
        if case .server = role { wanted = wanted && context.channel.isWritable }
        guard wanted != isReading else { return }
        isReading = wanted
        context.channel.setOption(.autoRead, value: wanted).whenFailure { _ in }
    }

    /// Writes a message's bytes as one text frame; it leaves with the next ``flush()``.
    public func write(_ text: ByteBuffer) {
        eventLoop.preconditionInEventLoop()
        write(.text, text)
    }

    /// Lets everything that was written leave.
    public func flush() { context?.flush() }

    /// Closes. The owner hears ``Event/closed(_:)`` at once; the handshake goes on behind its back and has a second.
    public func close(_ code: CloseCode, _ reason: String) {
        eventLoop.preconditionInEventLoop()
        guard let context, !isEnded else { return }
        var data = ByteBuffer()
        data.writeInteger(code.rawValue)
        // A close frame holds at most 125 bytes (RFC 6455 §5.5).
        data.writeString(String(decoding: reason.utf8.prefix(120), as: UTF8.self).filter { $0 != "\u{FFFD}" })
        write(.connectionClose, data)
        context.flush()
        end(Closure(code: code, reason: reason))
        let channel = context.channel
        // The answer to the close frame is waited for, whatever the owner wanted to hear.
        if !isReading { channel.setOption(.autoRead, value: true).whenFailure { _ in } }
        eventLoop.scheduleTask(in: Connection.closePatience) { channel.close(promise: nil) }
    }

    /// Ends the connection without a word.
    public func abort() {
        eventLoop.preconditionInEventLoop()
        let channel = context?.channel
        end(Closure(code: nil, reason: "given up"))
        channel?.close(promise: nil)
    }

    /// Fulfilled when the socket is closed, which ``close(_:_:)`` and ``abort()`` only begin.
    public var socketClosed: EventLoopFuture<Void> {
        context?.channel.closeFuture ?? eventLoop.makeSucceededVoidFuture()
    }

    private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer) {
        guard let context, !isEnded else { return }
        var mask: WebSocketMaskingKey?
        if case .client = role { mask = .random() }
        context.write(
            wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, maskKey: mask, data: data)), promise: nil)
    }

    private func end(_ closure: Closure) {
        guard !isEnded else { return }
        isEnded = true
        pings?.cancel()
        pings = nil
        deliver(.closed(closure))
        handler = nil
    }

    private func deliver(_ event: Event) { handler?(event) }

    /// The connection is in the pipeline: a server begins to ask for pongs.
    public func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        localAddress = context.channel.localAddress
        remoteAddress = context.channel.remoteAddress
        // The socket may have ended while the upgrade was being made; nobody would say so again.
        if !context.channel.isActive { eventLoop.execute { self.end(.lost) } }
        guard case .server(let interval) = role else { return }
        pings = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { [weak self] _ in self?.ping()
        }
    }

    /// The connection left the pipeline.
    public func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        pings?.cancel()
    }

    /// A peer that was silent over two pings is gone.
    private func ping() {
        quietPings += 1
        if quietPings > 2 { return close(.heartbeatMissed, "no sign of life") }
        write(.ping, ByteBuffer())
        flush()
    }

    /// A frame came.
    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        guard !isEnded else {
            // What still comes is nobody's; the answer to our close frame ends the handshake.
            if frame.opcode == .connectionClose { context.close(promise: nil) }
            return
        }
        quietPings = 0
        if let fault = FrameRules.fault(of: frame, from: role) { return refuse(fault.code, fault.reason) }
        switch frame.opcode {
        case .text, .continuation: receive(frame)
        case .ping:
            answer(ping: frame.unmaskedData)
            deliver(.alive)
        case .pong: deliver(.alive)
        case .connectionClose: receiveClose(frame, context: context)
        default: refuse(.unsupportedData, "only text frames are spoken here")
        }
    }

    /// Answers a ping. When there is no room only the newest one is owed an answer (RFC 6455 §5.5.3).
    private func answer(ping payload: ByteBuffer) {
        guard isWritable else {
            pongOwed = payload
            return
        }
        write(.pong, payload)
        flush()
    }

    private func receive(_ frame: WebSocketFrame) {
        guard (frame.opcode == .continuation) == isFragmented else {
            return refuse(.badFrame, "a fragment is out of place")
        }
        isFragmented = !frame.fin
        bytesReceived += frame.length
        do throws(FrameDecoder.Failure) {
            if let message = try decoder.feed(frame.unmaskedData, isLast: frame.fin) { arrived.append(message) }
        } catch {
            switch error {
            case .tooBig(let maximum): refuse(.tooBig, "a message may have \(maximum) bytes")
            case .notUTF8: refuse(.invalidData, "a text message is not UTF-8")
            case .json, .message:
                guard let answer = error.answer else { return }
                write(Message.failure(.null, answer).encoded)
                flush()
            }
        }
    }

    private func receiveClose(_ frame: WebSocketFrame, context: ChannelHandlerContext) {
        var data = frame.unmaskedData
        let code = data.readInteger(as: UInt16.self).map { CloseCode(rawValue: $0) }
        let reason = String(buffer: data)
        deliverArrived()
        write(.connectionClose, code.map { ByteBuffer(integer: $0.rawValue) } ?? ByteBuffer())
        // The end comes before the flush: whoever said goodbye may be gone, and a broken socket is not why.
        end(Closure(code: code, reason: reason))
        context.flush()
        context.close(promise: nil)
    }

    /// Closes because of what came, behind the messages that came before it.
    private func refuse(_ code: CloseCode, _ reason: String) {
        deliverArrived()
        close(code, reason)
    }

    /// What one read brought is handed over together.
    public func channelReadComplete(context: ChannelHandlerContext) { deliverArrived() }

    /// Also before an end: what came in the same read is heard first.
    private func deliverArrived() {
        guard !arrived.isEmpty else { return }
        let messages = arrived
        arrived = []
        deliver(.received(messages))
    }

    /// There is room again, or none any more.
    public func channelWritabilityChanged(context: ChannelHandlerContext) {
        if isWritable, let payload = pongOwed {
            pongOwed = nil
            answer(ping: payload)
        }
        adjustReading()
        if !isEnded { deliver(.writabilityChanged) }
        context.fireChannelWritabilityChanged()
    }

    /// The socket is gone.
    public func channelInactive(context: ChannelHandlerContext) {
        end(.lost)
        context.fireChannelInactive()
    }

    /// A frame that cannot be taken is answered with a close frame, and the rest of it is read and dropped: a socket
    /// that is closed with something unread is reset, and the close frame would be lost with it.
    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isEnded else { return }
        switch error {
        case NIOWebSocketError.invalidFrameLength:
            refuse(.tooBig, "a message may have \(decoder.bytesMaximum) bytes")
        case is NIOWebSocketError: refuse(.badFrame, "a frame that RFC 6455 does not know")
        default:
            end(Closure(code: nil, reason: "\(error)"))
            context.close(promise: nil)
        }
    }
}

extension Closure {
    /// Nobody said why.
    fileprivate static let lost = Closure(code: nil, reason: "the connection ended")
}
