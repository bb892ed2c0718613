import NIOCore
import NIOPosix
import TestKit
import Transport
import Wire

/// A client of a crowd: it says its request, and keeps the bytes that come. It does as little as possible, so that a
/// thousand of them load the server and not the test; what came is read when all are there.
final class Rush: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What came instead of the end of the replay.
    struct Failed: Error {
        /// The answer, if there was one.
        var answer: String
    }

    private static let fence = Array(#"{"jsonrpc":"2.0","method":"_belay/caught_up""#.utf8)
    private static let headEnd = Array("\r\n\r\n".utf8)

    private let request: ByteBuffer
    private let arrived: EventLoopPromise<[ByteBuffer]>
    private var bytes = ByteBuffer()
    private var frames: [ByteBuffer] = []
    private var isUpgraded = false

    private init(request: ByteBuffer, arrived: EventLoopPromise<[ByteBuffer]>) {
        self.request = request
        self.arrived = arrived
    }

    /// Goes on with a session.
    ///
    /// - Returns: The connection, and the frames through the end of the replay.
    static func arrive(
        _ attachment: Returning.Attachment, on loop: any EventLoop
    ) async throws -> (channel: any Channel, frames: [ByteBuffer]) {
        guard case .host(let host, let port) = attachment.endpoint.address else { throw Failed(answer: "no port") }
        let arrived = loop.makePromise(of: [ByteBuffer].self)
        let resume = [AttachRequest(session: attachment.session, position: attachment.position)]
        let initialize = InitializeRequest(
            client: nil, layer: .init(clientID: attachment.client, resume: resume))
        let lines = [
            "GET /acp HTTP/1.1", "Host: \(host):\(port)", "Connection: Upgrade", "Upgrade: websocket",
            "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Authorization: Bearer \(attachment.token)",
            "Belay-Initialize: \(Base64URL.encode(initialize.json.encoded.readableBytesView))", "", "",
        ]
        let request = ByteBuffer(string: lines.joined(separator: "\r\n"))
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: loop)
                .connectTimeout(.seconds(60))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Rush(request: request, arrived: arrived))
                    }
                }
                .connect(host: host, port: port).get()
        } catch {
            arrived.fail(error)
            throw error
        }
        return (channel, try await arrived.futureResult.get())
    }

    func channelActive(context: ChannelHandlerContext) { context.writeAndFlush(wrapOutboundOut(request), promise: nil) }

    func channelInactive(context: ChannelHandlerContext) { arrived.fail(Failed(answer: String(buffer: bytes))) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var part = unwrapInboundIn(data)
        bytes.writeBuffer(&part)
        if !isUpgraded {
            // Any other answer ends with the connection.
            guard bytes.getString(at: bytes.readerIndex, length: 12) == "HTTP/1.1 101",
                let end = bytes.readableBytesView.firstRange(of: Rush.headEnd)
            else { return }
            bytes.moveReaderIndex(to: end.upperBound)
            isUpgraded = true
        }
        while let frame = nextFrame() {
            frames.append(frame)
            if frame.getBytes(at: frame.readerIndex, length: Rush.fence.count) == Rush.fence {
                arrived.succeed(frames)
            }
        }
    }

    /// The payload of the next frame of a server, which masks nothing (RFC 6455 §5.2).
    private func nextFrame() -> ByteBuffer? {
        let start = bytes.readerIndex
        guard let short = bytes.getInteger(at: start + 1, as: UInt8.self) else { return nil }
        var (length, header) = (Int(short & 0x7F), 2)
        if length == 126 {
            guard let long = bytes.getInteger(at: start + 2, as: UInt16.self) else { return nil }
            (length, header) = (Int(long), 4)
        }
        guard bytes.readableBytes >= header + length else { return nil }
        bytes.moveReaderIndex(forwardBy: header)
        return bytes.readSlice(length: length)
    }
}

extension [ByteBuffer] {
    /// The entries that the frames carry.
    func entries() throws -> [Entry] {
        try compactMap { frame in
            guard case .notification(let method, let params) = try Message(json: JSON(parsing: frame)) else {
                return nil
            }
            return try EntryNotice(method: method, params: params)?.entry
        }
    }
}
