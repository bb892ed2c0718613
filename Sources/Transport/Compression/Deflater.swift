import CZlib
package import NIOCore

/// A compressor of zlib for raw deflate streams (RFC 1951), which has its memory for as long as it exists.
package final class Deflater {
    /// The window, as a power of two: 8 KiB, which is a turn with its plans and tool calls.
    package static let windowBits = 13
    /// zlib's measure of the memory for hashes and symbols, 1 to 9.
    private static let memoryLevel: Int32 = 5
    /// zlib's trade of time for size, 1 to 9.
    private static let level: Int32 = 6

    /// What ends each message and is not sent: the length of an empty stored block (RFC 7692 §7.2.1).
    static let tail: [UInt8] = [0x00, 0x00, 0xFF, 0xFF]

    // zlib keeps a pointer to the structure, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private let place: Compressors.Place?

    /// Makes a compressor.
    ///
    /// - Parameters:
    ///   - windowBits: The window, as a power of two, 9 to 15.
    ///   - place: What counts it; `nil` for one that is not counted.
    /// - Returns: `nil` when there is no memory.
    package init?(windowBits: Int = Deflater.windowBits, place: consuming Compressors.Place? = nil) {
        precondition((9...15).contains(windowBits), "zlib has no compressor with a window of 2^\(windowBits) bytes")
        self.place = place
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let status = deflateInit2_(
            stream, Deflater.level, Z_DEFLATED, Int32(-windowBits), Deflater.memoryLevel, Z_DEFAULT_STRATEGY,
            ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        // zlib frees what it had, and the end of this object does the rest.
        guard status == Z_OK else { return nil }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Compresses one message as RFC 7692 §7.2.1 says. It may refer to the earlier ones.
    ///
    /// - Parameter output: Where the payload of the message is appended; at least one byte.
    func deflate(_ message: ByteBuffer, into output: inout ByteBuffer) {
        let start = output.writerIndex
        message.withUnsafeReadableBytes { bytes in
            // zlib does not write to its input.
            stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
            stream.pointee.avail_in = UInt32(bytes.count)
            // The output is complete once zlib has left room in it (zlib.h, deflate).
            repeat { step(&output) } while stream.pointee.avail_out == 0
            stream.pointee.next_in = nil
        }
        if output.writerIndex - start > Deflater.tail.count {
            output.moveWriterIndex(to: output.writerIndex - Deflater.tail.count)
        } else {
            // Nothing is written for an empty message behind another one: then it is an empty block (RFC 7692 §7.2.3.6).
            output.writeInteger(0x00 as UInt8)
        }
    }

    /// Compresses one message as ``deflate(_:into:)`` does.
    package func deflate(_ message: ByteBuffer) -> ByteBuffer {
        // A guess, so that a message that waits in a queue does not hold much more memory than it has bytes.
        var output = ByteBuffer()
        output.reserveCapacity(max(64, message.readableBytes / 4))
        deflate(message, into: &output)
        return output
    }

    private func step(_ output: inout ByteBuffer) {
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: 64) { space in
            stream.pointee.next_out = space.bindMemory(to: UInt8.self).baseAddress
            stream.pointee.avail_out = UInt32(space.count)
            let status = CZlib.deflate(stream, Z_SYNC_FLUSH)
            // Z_BUF_ERROR: there was nothing left to write.
            precondition(status == Z_OK || status == Z_BUF_ERROR, "deflate failed with \(status)")
            return space.count - Int(stream.pointee.avail_out)
        }
    }

    /// Forgets the earlier messages.
    package func reset() { deflateReset(stream) }
}
