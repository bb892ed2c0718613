import NIOCore

@testable import Transport

/// Bytes compressed by themselves, as the payload of one message.
func deflated(_ bytes: some Sequence<UInt8>) throws -> [UInt8] {
    guard let deflater = Deflater() else { throw NoMemory() }
    return Array(deflater.deflate(ByteBuffer(bytes: bytes)).readableBytesView)
}

/// There is no memory for a compressor.
struct NoMemory: Error {}
