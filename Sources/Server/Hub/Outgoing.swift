import DequeModule
import NIOCore
import Wire

/// The outgoing queue of one connection: ordered and bounded. Entries can be dropped, since the journal has them.
struct Outgoing {
    /// One encoded WebSocket message.
    struct Frame {
        var bytes: ByteBuffer
        /// The session and the first number of the entry that it carries; `nil` for answers, which cannot be read
        /// again.
        var entry: (session: SessionID, from: Seq)?
    }

    private var frames: Deque<Frame> = []
    private(set) var bytes = 0

    var isEmpty: Bool { frames.isEmpty }

    mutating func append(_ frame: Frame) {
        frames.append(frame)
        bytes += frame.bytes.readableBytes
    }

    mutating func popFirst() -> ByteBuffer? {
        guard let frame = frames.popFirst() else { return nil }
        bytes -= frame.bytes.readableBytes
        return frame.bytes
    }

    /// Drops the entries behind the last frame that is not an entry.
    ///
    /// - Returns: For each session, the last entry that is still queued or was written; its replay begins behind it.
    mutating func dropEntries() -> [SessionID: Seq] {
        var through: [SessionID: Seq] = [:]
        while let entry = frames.last?.entry, let frame = frames.popLast() {
            bytes -= frame.bytes.readableBytes
            through[entry.session] = entry.from - 1
        }
        return through
    }
}
