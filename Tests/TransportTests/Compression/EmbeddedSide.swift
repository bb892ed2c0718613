import NIOCore
import NIOEmbedded
import NIOWebSocket
import Wire

@testable import Transport

/// One side of a connection in virtual time, without a socket: what it sends is bytes that the test takes, and what it
/// receives is bytes that the test gives it, a read at a time.
final class EmbeddedSide {
    let channel: EmbeddedChannel
    let connection: Connection
    /// The messages that were delivered, those of one event together.
    private(set) var batches: [[Message]] = []
    /// The errors of messages that could not be decoded, which the owner answers.
    private(set) var errors: [RPCError] = []
    private(set) var closure: Closure?
    /// Called with each delivery, before the next.
    var onDelivery: () -> Void = {}

    /// - Parameters:
    ///   - deflate: What both sides have agreed on; `nil` for no compression.
    ///   - bytesMaximum: The longest message that is accepted.
    init(
        _ role: Connection.Role, on loop: EmbeddedEventLoop, deflate: DeflateParameters? = DeflateParameters(),
        bytesMaximum: Int = 1 << 20, compressors: Compressors = Compressors()
    ) throws {
        channel = EmbeddedChannel(loop: loop)
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
        connection = Connection(
            eventLoop: loop, role: role, bytesMaximum: bytesMaximum, deflate: deflate, compressors: compressors)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(WebSocketFrameEncoder())
        try pipeline.addHandler(ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: bytesMaximum)))
        try pipeline.addHandler(connection)
        connection.onEvent { [weak self] event in
            switch event {
            case .received(let messages):
                self?.batches.append(messages)
                self?.onDelivery()
            case .undecodable(let error):
                self?.errors.append(error)
                self?.connection.write(Message.failure(.null, error).encoded)
                self?.connection.flush()
                self?.onDelivery()
            case .closed(let closure): self?.closure = closure
            case .alive, .writabilityChanged: break
            }
        }
    }

    /// A server that pings as good as never.
    static func server(
        on loop: EmbeddedEventLoop, deflate: DeflateParameters? = DeflateParameters(), bytesMaximum: Int = 1 << 20,
        compressors: Compressors = Compressors()
    ) throws -> EmbeddedSide {
        try EmbeddedSide(
            .server(pingInterval: .hours(1_000)), on: loop, deflate: deflate, bytesMaximum: bytesMaximum,
            compressors: compressors)
    }

    /// The messages that were delivered.
    var messages: [Message] { Array(batches.joined()) }

    /// Sends messages, and returns the bytes that they have become.
    func send(_ messages: [Message]) throws -> [UInt8] {
        for message in messages { connection.write(message.encoded) }
        connection.flush()
        return try takeBytes()
    }

    /// What was sent since this was last asked.
    func takeBytes() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { bytes += buffer.readableBytesView }
        return bytes
    }

    /// The frames that were sent since this was last asked.
    func takeFrames() throws -> [RawWebSocket.Frame] { RawWebSocket.frames(in: try takeBytes()[...]) }

    /// Receives bytes in one read. A connection that has closed its socket takes none.
    func receive(_ bytes: some Sequence<UInt8>) {
        _ = try? channel.writeInbound(ByteBuffer(bytes: bytes))
    }
}

extension EmbeddedSide {
    /// The socket ends.
    func drop() { channel.close(promise: nil) }
}

/// Frames as a test builds them.
enum FrameBytes {
    /// The first byte of a frame: FIN, the reserved bits 1 to 3 as the high bits of `reserved`, and the opcode.
    static func frame(
        _ opcode: UInt8, _ payload: [UInt8], isLast: Bool = true, reserved: UInt8 = 0, isMasked: Bool
    ) -> [UInt8] {
        var bytes = RawWebSocket.frame(opcode, payload, isLast: isLast)
        bytes[0] |= reserved
        guard !isMasked else { return bytes }
        let headBytes = bytes.count - payload.count - 4
        bytes[1] &= 0x7F
        bytes.removeSubrange(headBytes..<(headBytes + 4))
        return bytes
    }

    static let deflated: UInt8 = 0x40

    /// A compressed message in fragments that end at these places of its payload.
    static func fragments(
        of payload: [UInt8], at places: [Int], between: [UInt8] = [], isMasked: Bool
    ) -> [UInt8] {
        let ends = places + [payload.count]
        var bytes: [UInt8] = []
        var begin = 0
        for (number, end) in ends.enumerated() {
            bytes += frame(
                number == 0 ? 1 : 0, Array(payload[begin..<end]), isLast: number == ends.count - 1,
                reserved: number == 0 ? deflated : 0, isMasked: isMasked)
            if number < ends.count - 1 { bytes += between }
            begin = end
        }
        return bytes
    }
}
