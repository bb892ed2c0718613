import DequeModule
import NIOCore
import Wire

/// What waits for one connection: in order, bounded, and droppable where a journal can bring it back.
struct Outgoing {
    /// One frame.
    struct Frame {
        var bytes: ByteBuffer
        /// The session and number of the entry that it carries; `nil` for what cannot be fetched again.
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

    /// Drops the entries behind the last frame that cannot be fetched again.
    ///
    /// - Returns: For each session, the last entry that is still queued or has gone out: its replay begins behind it.
    mutating func dropEntries() -> [SessionID: Seq] {
        var through: [SessionID: Seq] = [:]
        while let entry = frames.last?.entry, let frame = frames.popLast() {
            bytes -= frame.bytes.readableBytes
            through[entry.session] = entry.from - 1
        }
        return through
    }
}
