public import NIOCore

/// Splits a byte stream into lines: the framing of JSON-RPC over standard input and output (ACP, Transports), where each
/// message is a line.
///
/// Only U+000A ends a line. JSON may hold other line separators, such as U+2028, unescaped within a string.
public struct LineDecoder: Sendable {
    /// A line that exceeds the bound. The rest of the stream cannot be split any more.
    public struct TooLong: Error, Hashable, Sendable {
        /// The bound, in bytes.
        public let maximum: Int
    }

    /// The longest line, in bytes.
    public let bytesMaximum: Int
    private var held = ByteBuffer()
    /// How many of the held bytes were looked at, and hold no end of a line.
    private var searched = 0

    /// Creates a decoder with nothing held.
    ///
    /// - Parameter bytesMaximum: The longest line without its end, in bytes; 16 MiB by default.
    public init(bytesMaximum: Int = 16 << 20) { self.bytesMaximum = bytesMaximum }

    /// Adds bytes, cut anywhere.
    ///
    /// - Returns: The lines that are complete, in order, without their ends (LF or CRLF); empty lines are left out.
    /// - Throws: ``TooLong``.
    public mutating func feed(_ bytes: some Collection<UInt8>) throws(TooLong) -> [ByteBuffer] {
        held.writeBytes(bytes)
        var lines: [ByteBuffer] = []
        while true {
            let view = held.readableBytesView
            let start = view.startIndex
            guard let end = view[(start + searched)...].firstIndex(of: 0x0A) else { break }
            searched = 0
            guard let line = held.readSlice(length: end - start) else { break }
            held.moveReaderIndex(forwardBy: 1)
            guard line.readableBytes <= bytesMaximum else { throw TooLong(maximum: bytesMaximum) }
            if let line = LineDecoder.trimmed(line) { lines.append(line) }
        }
        searched = held.readableBytes
        guard searched <= bytesMaximum else { throw TooLong(maximum: bytesMaximum) }
        held.discardReadBytes()
        return lines
    }

    /// The stream has ended: the last line, if it has no end; `nil` when nothing is held.
    public mutating func finish() -> ByteBuffer? {
        defer { (held, searched) = (ByteBuffer(), 0) }
        return LineDecoder.trimmed(held)
    }

    private static func trimmed(_ line: ByteBuffer) -> ByteBuffer? {
        var line = line
        if line.readableBytesView.last == 0x0D { line.moveWriterIndex(to: line.writerIndex - 1) }
        return line.readableBytes == 0 ? nil : line
    }
}
