public import NIOCore
public import NIOWebSocket
public import Wire

/// One WebSocket connection of either role, as a stream of messages.
///
/// It is confined to its event loop: all members are used there only, which every entry point asserts. That is why it
/// may be `@unchecked Sendable`.
public final class Connection: ChannelInboundHandler, @unchecked Sendable {
    /// The inbound type of the channel handler.
    public typealias InboundIn = WebSocketFrame
    /// The outbound type of the channel handler.
    public typealias OutboundOut = WebSocketFrame

    /// The event loop that the connection is confined to.
    public let eventLoop: any EventLoop
    /// This machine's address on the connection; it stays known after the end, for comparing routes.
    public private(set) var localAddress: SocketAddress?
    /// The peer's address; it stays known after the end as well.
    public private(set) var remoteAddress: SocketAddress?
    /// How long the answer to the upgrade request took; zero on the server's side.
    public internal(set) var upgrade = Duration.zero
    private let role: Role
    private var reader: MessageReader
    private var context: ChannelHandlerContext?
    /// Where bytes are written that are framed already: behind NIO's encoder of frames.
    private var framed: ChannelHandlerContext?
    private var handler: ((Event) -> Void)?
    private var arrived: [Message] = []
    /// How many messages were taken since a turn of the event loop ended, and may still be in the owner's queue.
    private var messagesTaken = 0
    private var isEnded = false
    private let deflater: MessageDeflater?
    /// How many bytes had been inflated when messages were last delivered.
    private var bytesInflatedBefore = 0
    /// Frames that wait for the delivery of the messages before them; while any does, nothing is read.
    private var held: CircularBuffer<WebSocketFrame> = []
    /// How the connection ended while frames were held.
    private var loss: Closure?
    private var pings: RepeatedTask?
    private var quietPings = 0
    /// The payload of the newest ping that could not be answered because the channel was not writable.
    private var pongOwed: ByteBuffer?
    /// Whether the owner has paused reading.
    private var isPaused = false
    private var isReading = true

    /// How many bytes of text have arrived, inflated, for measuring a replay.
    public var bytesReceived: Int { reader.bytesReceived }
    /// How many bytes they had on the wire, without the frames' own: fewer where the peer compresses.
    public var bytesOnWire: Int { reader.bytesOnWire }

    /// Whether there is a decompressor now.
    var isHoldingInflater: Bool { reader.isHoldingInflater }

    init(
        eventLoop: any EventLoop, role: Role, bytesMaximum: Int, deflate parameters: DeflateParameters? = nil,
        compressors: Compressors = Compressors()
    ) {
        self.eventLoop = eventLoop
        self.role = role
        deflater = parameters.map {
            MessageDeflater($0, role: role, eventLoop: eventLoop, compressors: compressors)
        }
        switch role {
        case .client:
            // A client receives whole histories; a server receives a prompt at most.
            reader = MessageReader(
                FrameDecoder(bytesMaximum: bytesMaximum),
                MessageInflater(
                    windowBits: parameters?.serverWindowBits ?? 15,
                    keepsContext: parameters?.serverKeepsContext ?? false))
        case .server:
            reader = MessageReader(
                FrameDecoder(bytesMaximum: bytesMaximum, valuesMaximum: Connection.valuesMaximum),
                MessageInflater(keepsContext: false))
        }
    }

    /// Sets the receiver of events. Called once, before the event loop runs anything else.
    public func onEvent(_ handler: @escaping (Event) -> Void) {
        eventLoop.preconditionInEventLoop()
        self.handler = handler
    }

    /// Whether the channel is below its high-water mark: the owner should not write while it is not.
    public var isWritable: Bool { context?.channel.isWritable ?? false }

    /// How many bytes wait to be written to the socket.
    public var bytesWaiting: Int {
        (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    /// Pauses or resumes reading. Data that was read already is still delivered, except for what would be very long
    /// inflated; the rest waits at the sender.
    public func setReading(_ wanted: Bool) {
        eventLoop.preconditionInEventLoop()
        isPaused = !wanted
        adjustReading()
        if wanted { continueWithHeld() }
    }

    /// Back-pressure: a peer that does not read our answers is not read from, since otherwise all answers queue here.
    private func adjustReading() {
        guard let context, !isEnded else { return }
        var wanted = !isPaused && held.isEmpty
        if case .server = role { wanted = wanted && context.channel.isWritable }
        guard wanted != isReading else { return }
        isReading = wanted
        context.channel.setOption(.autoRead, value: wanted).whenFailure { _ in }
    }

    /// Writes a message as one text frame, compressed where that is worth it; it leaves with the next ``flush()``.
    public func write(_ text: ByteBuffer) {
        eventLoop.preconditionInEventLoop()
        guard context != nil, !isEnded else { return }
        if let deflated = deflater?.deflate(text) {
            write(.text, deflated, isDeflated: true)
        } else {
            write(.text, text)
        }
    }

    /// Writes a batch of messages, of a server, compressed as ``write(_:)`` does; they leave with the next ``flush()``.
    public func write(_ batch: FrameBatch) {
        eventLoop.preconditionInEventLoop()
        guard !isEnded, !batch.isEmpty else { return }
        guard let framed else { preconditionFailure("a client masks its frames, and so writes no batches") }
        let batch = deflater?.deflate(batch) ?? batch
        framed.write(NIOAny(batch.bytes), promise: nil)
    }

    /// Flushes everything that was written.
    public func flush() { context?.flush() }

    /// Closes the connection. The owner gets ``Event/closed(_:)`` at once; the closing handshake continues for a
    /// second.
    public func close(_ code: CloseCode, _ reason: String) {
        eventLoop.preconditionInEventLoop()
        guard let context, !isEnded else { return }
        var data = ByteBuffer()
        data.writeInteger(code.rawValue)
        // The payload of a close frame has at most 125 bytes (RFC 6455 §5.5).
        data.writeString(String(decoding: reason.utf8.prefix(120), as: UTF8.self).filter { $0 != "\u{FFFD}" })
        write(.connectionClose, data)
        context.flush()
        end(Closure(code: code, reason: reason))
        let channel = context.channel
        // Reading must be on, whatever the owner wanted, because the peer's close frame has to arrive.
        if !isReading { channel.setOption(.autoRead, value: true).whenFailure { _ in } }
        eventLoop.scheduleTask(in: Connection.closeTimeout) { channel.close(promise: nil) }
    }

    /// Ends the connection without a closing handshake.
    public func abort() {
        eventLoop.preconditionInEventLoop()
        let channel = context?.channel
        end(Closure(code: nil, reason: "given up"))
        channel?.close(promise: nil)
    }

    /// Fulfilled when the socket is closed, which ``close(_:_:)`` and ``abort()`` only initiate.
    public var socketClosed: EventLoopFuture<Void> {
        context?.channel.closeFuture ?? eventLoop.makeSucceededVoidFuture()
    }

    private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer, isDeflated: Bool = false) {
        guard let context, !isEnded else { return }
        var mask: WebSocketMaskingKey?
        if case .client = role { mask = .random() }
        context.write(
            wrapOutboundOut(WebSocketFrame(fin: true, rsv1: isDeflated, opcode: opcode, maskKey: mask, data: data)),
            promise: nil)
    }

    private func end(_ closure: Closure) {
        guard !isEnded else { return }
        isEnded = true
        pings?.cancel()
        pings = nil
        held = []
        deflater?.end()
        reader.end()
        deliver(.closed(closure))
        handler = nil
    }

    private func deliver(_ event: Event) { handler?(event) }

    /// Called by NIO when the upgrade has added this handler to the pipeline; a server starts its pings.
    public func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        localAddress = context.channel.localAddress
        remoteAddress = context.channel.remoteAddress
        // The socket may have ended during the upgrade, and NIO does not report that again.
        if !context.channel.isActive { eventLoop.execute { self.end(.lost) } }
        guard case .server(let interval) = role else { return }
        framed = try? context.pipeline.syncOperations.context(handlerType: WebSocketFrameEncoder.self)
        pings = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { [weak self] _ in self?.ping()
        }
    }

    /// Called by NIO when this handler leaves the pipeline, which ends the connection.
    public func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        framed = nil
        pings?.cancel()
    }

    /// Sends a ping; a peer that was silent over two pings is given up.
    private func ping() {
        quietPings += 1
        if quietPings > 2 { return close(.heartbeatMissed, "heartbeat time-out: no answer to the pings") }
        // A peer that sends but does not read would never be given up, and its pings would pile up.
        guard isWritable else { return }
        write(.ping, ByteBuffer())
        flush()
    }

    /// Called by NIO with each frame.
    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        guard !isEnded else {
            // Frames after the end are dropped, except for the answer to our close frame.
            if frame.opcode == .connectionClose { context.close(promise: nil) }
            return
        }
        quietPings = 0
        guard held.isEmpty, hasRoom else { return hold(frame) }
        handle(frame)
    }

    private func handle(_ frame: WebSocketFrame) {
        if let fault = FrameRules.fault(of: frame, from: role, mayBeDeflated: deflater != nil) {
            return refuse(fault.code, fault.reason)
        }
        switch frame.opcode {
        case .text, .continuation: receive(frame)
        case .ping:
            answer(ping: frame.unmaskedData)
            deliver(.alive)
        case .pong: deliver(.alive)
        case .connectionClose:
            deliver(.alive)
            receiveClose(frame)
        default: refuse(.unsupportedData, "only text frames are accepted")
        }
    }

    /// Whether more may be taken before the messages so far are handled.
    private var hasRoom: Bool {
        if case .server = role, messagesTaken >= Connection.messagesMaximum { return false }
        return reader.bytesInflated - bytesInflatedBefore < Connection.bytesInflatedMaximum
    }

    private func hold(_ frame: WebSocketFrame) {
        held.append(frame)
        guard held.count == 1 else { return }
        adjustReading()
        continueWithHeld()
    }

    /// Handles held frames in a later turn of the event loop, so that other connections have theirs.
    private func continueWithHeld() {
        guard !held.isEmpty else { return }
        eventLoop.execute { self.handleHeld() }
    }

    private func handleHeld() {
        endTurn()
        guard !isPaused, !held.isEmpty else { return }
        while hasRoom, let frame = held.popFirst() { handle(frame) }
        endTurn()
        guard held.isEmpty else { return continueWithHeld() }
        adjustReading()
        if let loss { end(loss) }
    }

    /// Answers a ping. While the channel is not writable only the newest one is remembered (RFC 6455 §5.5.3).
    private func answer(ping payload: ByteBuffer) {
        guard isWritable else {
            pongOwed = payload
            return
        }
        write(.pong, payload)
        flush()
    }

    private func receive(_ frame: WebSocketFrame) {
        do throws(MessageReader.Failure) {
            if let message = try reader.read(frame) {
                arrived.append(message)
                messagesTaken += 1
            }
        } catch {
            switch error {
            case .misplaced: refuse(.badFrame, "a fragment is out of place")
            case .tooBig(let maximum): refuse(.tooBig, "a message may have at most \(maximum) bytes")
            case .corrupt: refuse(.invalidData, "a compressed message cannot be inflated (RFC 7692)")
            case .notUTF8: refuse(.invalidData, "a text message is not UTF-8")
            case .undecodable(let answer):
                // A server's message that cannot be read may have been an answer or an entry: a client begins anew.
                if case .client = role {
                    return refuse(.invalidData, "the server sent a message that is not JSON-RPC: \(answer.message)")
                }
                deliverArrived()
                messagesTaken += 1
                deliver(.undecodable(answer))
            }
        }
    }

    private func receiveClose(_ frame: WebSocketFrame) {
        var data = frame.unmaskedData
        let code = data.readInteger(as: UInt16.self).map { CloseCode(rawValue: $0) }
        let reason = String(buffer: data)
        deliverArrived()
        write(.connectionClose, code.map { ByteBuffer(integer: $0.rawValue) } ?? ByteBuffer())
        // Before the flush: a peer that said goodbye may be gone, and the broken socket must not become the reason.
        end(Closure(code: code, reason: reason))
        context?.flush()
        context?.close(promise: nil)
    }

    /// Closes because of an invalid frame, after delivering the messages before it.
    private func refuse(_ code: CloseCode, _ reason: String) {
        deliverArrived()
        close(code, reason)
    }

    /// Called by NIO at the end of a read: its messages are delivered together.
    public func channelReadComplete(context: ChannelHandlerContext) { endTurn() }

    /// What was taken is delivered, and as much may be taken again.
    private func endTurn() {
        (bytesInflatedBefore, messagesTaken) = (reader.bytesInflated, 0)
        deliverArrived()
    }

    /// Also called before an end, so that messages of the same read are delivered first.
    private func deliverArrived() {
        guard !arrived.isEmpty else { return }
        let messages = arrived
        arrived = []
        deliver(.received(messages))
    }

    /// Called by NIO when the channel became writable or unwritable.
    public func channelWritabilityChanged(context: ChannelHandlerContext) {
        if isWritable, let payload = pongOwed {
            pongOwed = nil
            answer(ping: payload)
        }
        adjustReading()
        if !isEnded { deliver(.writabilityChanged) }
        context.fireChannelWritabilityChanged()
    }

    /// Called by NIO when the socket is closed.
    public func channelInactive(context: ChannelHandlerContext) {
        lose(.lost)
        context.fireChannelInactive()
    }

    /// Called by NIO with the error of a frame. It is answered with a close frame, and the rest is read and dropped:
    /// closing a socket with unread data sends a reset, and the close frame would be lost with it.
    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isEnded else { return }
        switch error {
        case NIOWebSocketError.invalidFrameLength:
            refuse(.tooBig, "a message may have at most \(reader.bytesMaximum) bytes")
        case is NIOWebSocketError: refuse(.badFrame, "a frame that RFC 6455 does not allow")
        default:
            lose(Closure(code: nil, reason: DialError.sentence(error)))
            context.close(promise: nil)
        }
    }

    /// The socket has ended. A client handles what it holds first, since a close frame may be among it; a server has no
    /// use for requests of a client that is gone.
    private func lose(_ closure: Closure) {
        switch role {
        case .client where !held.isEmpty: loss = loss ?? closure
        case .client, .server: end(closure)
        }
    }
}

extension Closure {
    /// The end of a connection without a close frame.
    fileprivate static let lost = Closure(code: nil, reason: "the connection ended")
}
