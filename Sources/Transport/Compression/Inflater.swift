import CZlib
import NIOCore

/// A decompressor of zlib for raw deflate streams (RFC 1951), which has its memory for as long as it exists: 7 KiB, and
/// the window from the first byte on.
package final class Inflater {
    /// Why a message cannot be inflated.
    package enum Failure: Error, Hashable {
        /// It is longer than allowed. Nothing beyond the bound was inflated.
        case tooBig
        /// It is no deflate stream, does not end as RFC 7692 §7.2.1 requires, or has more streams than ``streamsMaximum``.
        case corrupt
    }

    // zlib keeps a pointer to the structure, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    /// Whether the last byte of the input ended a stream, by a block with the bit BFINAL.
    private var isEnded = false
    /// How many streams have ended in the present message.
    private var streamsEnded = 0

    /// The most streams that may end in one message. To go on behind one copies the window, which is 32 KiB for two bytes
    /// of input; senders end one for each message, or for each fragment.
    static let streamsMaximum = 64

    /// Makes a decompressor.
    ///
    /// - Parameter windowBits: The compressor's largest window, as a power of two, 8 to 15.
    /// - Returns: `nil` when there is no memory.
    init?(windowBits: Int) {
        precondition((8...15).contains(windowBits), "deflate has no window of 2^\(windowBits) bytes")
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let status = inflateInit2_(
            stream, Int32(-windowBits), ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { return nil }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Inflates a part of a message.
    ///
    /// - Parameters:
    ///   - input: The next bytes of the message.
    ///   - maximum: How many bytes may come out of them.
    /// - Returns: What came out; what the input does not determine yet comes out of the next part.
    func inflate(_ input: ByteBuffer, atMost maximum: Int) throws(Failure) -> ByteBuffer {
        var output = ByteBuffer()
        guard input.readableBytes > 0 else { return output }
        isEnded = false
        // A guess; the buffer grows with what comes out.
        output.reserveCapacity(min(maximum + 1, max(64, input.readableBytes * 4)))
        let failure = input.withUnsafeReadableBytes { bytes -> Failure? in
            // zlib does not write to its input.
            stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
            stream.pointee.avail_in = UInt32(bytes.count)
            defer { stream.pointee.next_in = nil }
            repeat {
                let status = step(&output, atMost: maximum)
                // One byte of room more than allowed: zlib can have consumed the whole input and still hold output, so
                // that only the byte past the bound tells.
                if output.readableBytes > maximum { return .tooBig }
                switch status {
                case Z_OK: break
                // No progress: the input is used up, and so is what zlib held.
                case Z_BUF_ERROR: return nil
                case Z_STREAM_END:
                    streamsEnded += 1
                    guard streamsEnded <= Inflater.streamsMaximum, restart() else { return .corrupt }
                    isEnded = stream.pointee.avail_in == 0
                    if isEnded { return nil }
                default: return .corrupt
                }
            } while stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0
            return nil
        }
        if let failure { throw failure }
        return output
    }

    private func step(_ output: inout ByteBuffer, atMost maximum: Int) -> Int32 {
        let room = maximum + 1 - output.readableBytes
        var status = Z_OK
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: min(room, 1_024)) { space in
            let count = min(space.count, room)
            stream.pointee.next_out = space.bindMemory(to: UInt8.self).baseAddress
            stream.pointee.avail_out = UInt32(count)
            status = CZlib.inflate(stream, Z_SYNC_FLUSH)
            return count - Int(stream.pointee.avail_out)
        }
        return status
    }

    /// Begins the next stream of the message, or of the next one (RFC 7692 §7.2.3.4): it may refer to what came before,
    /// which a reset alone would forget.
    private func restart() -> Bool {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1 << 15) { window in
            var count: UInt32 = 0
            return inflateGetDictionary(stream, window.baseAddress, &count) == Z_OK && inflateReset(stream) == Z_OK
                && inflateSetDictionary(stream, window.baseAddress, count) == Z_OK
        }
    }

    /// Ends a message: inflates its tail, which is not sent, and checks that nothing is missing.
    func endMessage() throws(Failure) {
        defer { streamsEnded = 0 }
        // A message that ends its stream is complete without the tail: some send it without the octet that RFC 7692
        // §7.2.3.4 requires behind it.
        guard !isEnded else { return }
        let rest = try inflate(ByteBuffer(bytes: Deflater.tail), atMost: Deflater.tail.count)
        // The tail is an empty block, and zlib now stands between two blocks, at the first bit of a byte (`data_type` in
        // zlib.h). Otherwise it was taken for something else.
        guard !isEnded, rest.readableBytes == 0, stream.pointee.data_type == 128 else { throw .corrupt }
    }
}
