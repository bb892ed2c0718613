public import NIOCore

/// Text messages of a server as the bytes of their frames (RFC 6455 §5.2), one behind the other in one buffer.
///
/// A replay has hundreds of messages. In a batch they are framed where they are encoded, on any thread, and the event
/// loop of the connection writes them as one buffer.
public struct FrameBatch: Sendable {
    /// The bytes of the frames.
    public private(set) var bytes = ByteBuffer()
    /// How many messages there are.
    public private(set) var count = 0
    /// Whether its messages are compressed by themselves: they refer to one another and to nothing before them.
    var isDeflated = false

    /// Creates an empty batch.
    ///
    /// - Parameter capacity: How many bytes are allocated at once.
    public init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    /// Whether there is no message.
    public var isEmpty: Bool { count == 0 }

    /// The first byte of a frame that is a whole text message: FIN and opcode 1.
    private static let firstByte: UInt8 = 0x81
    /// RSV1, which marks a compressed message (RFC 7692 §6.1).
    private static let deflatedBit: UInt8 = 0x40
    /// The length of the header of a message of 126 to 65,535 bytes, which nearly all have.
    private static let headerBytes = 4

    /// Appends a message.
    ///
    /// - Parameter write: Appends the text of the message, in UTF-8, to the buffer, and changes nothing else of it.
    public mutating func append(_ write: (inout ByteBuffer) -> Void) { append(isDeflated: false, write) }

    /// Appends a message as ``append(_:)`` does, or the payload of a compressed one.
    mutating func append(isDeflated: Bool, _ write: (inout ByteBuffer) -> Void) {
        let firstByte = FrameBatch.firstByte | (isDeflated ? FrameBatch.deflatedBit : 0)
        let start = bytes.writerIndex
        bytes.writeRepeatingByte(0, count: FrameBatch.headerBytes)
        write(&bytes)
        let length = bytes.writerIndex - start - FrameBatch.headerBytes
        count += 1
        bytes.setInteger(firstByte, at: start)
        switch length {
        case ..<126:
            move(length, at: start, by: -2)
            bytes.setInteger(UInt8(length), at: start + 1)
        case ...Int(UInt16.max):
            bytes.setInteger(126 as UInt8, at: start + 1)
            bytes.setInteger(UInt16(length), at: start + 2)
        default:
            move(length, at: start, by: 6)
            bytes.setInteger(127 as UInt8, at: start + 1)
            bytes.setInteger(UInt64(length), at: start + 2)
        }
    }

    /// Moves the last text, whose header has another length than was left for it. A compressed message is short, so this
    /// happens often, and no other text may be copied for it.
    private mutating func move(_ length: Int, at start: Int, by distance: Int) {
        if distance > 0 { bytes.writeRepeatingByte(0, count: distance) }
        let offset = start - bytes.readerIndex + FrameBatch.headerBytes
        bytes.withUnsafeMutableReadableBytes { region in
            guard let base = region.baseAddress else { return }
            // The regions may overlap.
            (base + offset + distance).copyMemory(from: base + offset, byteCount: length)
        }
        if distance < 0 { bytes.moveWriterIndex(to: bytes.writerIndex + distance) }
    }

    /// Calls `body` with each payload, in order.
    func forEachPayload(_ body: (ByteBuffer) -> Void) {
        var rest = bytes
        while let header = rest.readMultipleIntegers(as: (UInt8, UInt8).self) {
            let length: Int? =
                switch header.1 {
                case 126: rest.readInteger(as: UInt16.self).map { Int($0) }
                case 127: rest.readInteger(as: UInt64.self).map { Int($0) }
                default: Int(header.1)
                }
            guard let length, let payload = rest.readSlice(length: length) else {
                preconditionFailure("a batch has whole frames")
            }
            body(payload)
        }
    }
}
