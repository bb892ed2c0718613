import NIOCore

/// One direction of a connection, in virtual time: bytes are received when they are read, and sent when the plan allows
/// it.
///
/// Nothing is dropped. Bytes in a blackhole are held here and, because reading stops at the bound, in the sender's
/// buffers; when the blackhole ends they are sent, as TCP would do by retransmission.
struct Lane {
    /// How many bytes are held before reading stops.
    static let bytesMaximum = 64 << 10

    /// The next thing to do.
    enum Step: Equatable {
        /// Write these bytes to the receiver.
        case write(ByteBuffer)
        /// Ask again at this time, in nanoseconds.
        case wait(until: Int64)
        /// Nothing is held; ask again after a read.
        case idle
        /// Everything was written and the sender has closed: close the receiver's side.
        case finish
        /// The plan cuts the connection at this byte.
        case cut
    }

    /// Whether a blackhole is active: neither bytes nor a close get through.
    var isBlackholed = false
    /// The delay of each byte, in nanoseconds; it applies to bytes that arrive from now on.
    var latency: Int64 = 0
    /// The rate limit; `nil` for none.
    var bytesPerSecond: Int?
    /// After how many more bytes the connection is cut; `nil` for never.
    var bytesUntilCut: Int?

    private var pieces: [(due: Int64, bytes: ByteBuffer)] = []
    private var hasEnded = false
    /// When the rate limit allows the next byte, in nanoseconds.
    private var nextPass: Int64 = 0
    /// How many bytes are held.
    private(set) var bytesHeld = 0

    /// Whether the sender should be read from.
    var wantsMore: Bool { !hasEnded && bytesHeld < Lane.bytesMaximum }

    /// Adds bytes that were read.
    mutating func receive(_ bytes: ByteBuffer, at now: Int64) {
        guard bytes.readableBytes > 0 else { return }
        bytesHeld += bytes.readableBytes
        pieces.append((due: now + latency, bytes: bytes))
    }

    /// Records that the sender has closed.
    mutating func end() { hasEnded = true }

    /// What to do at this time; the bytes of a `.write` are removed from the lane.
    mutating func next(at now: Int64) -> Step {
        if isBlackholed { return .idle }
        if bytesUntilCut == 0 { return .cut }
        guard let due = pieces.first?.due else { return hasEnded ? .finish : .idle }
        let moment = max(due, bytesPerSecond == nil ? due : nextPass)
        guard moment <= now else { return .wait(until: moment) }
        return .write(pass(at: now))
    }

    private mutating func pass(at now: Int64) -> ByteBuffer {
        var count = min(pieces[0].bytes.readableBytes, bytesUntilCut ?? .max)
        if let bytesPerSecond {
            // A fiftieth of a second's worth at a time: a slow connection still flows, and a fast one needs few timers.
            count = min(count, max(1, bytesPerSecond / 50))
            nextPass = max(now, nextPass) + Int64(count) * 1_000_000_000 / Int64(max(1, bytesPerSecond))
        }
        guard let bytes = pieces[0].bytes.readSlice(length: count) else {
            preconditionFailure("\(count) bytes of \(pieces[0].bytes.readableBytes)")
        }
        if pieces[0].bytes.readableBytes == 0 { pieces.removeFirst() }
        bytesHeld -= count
        bytesUntilCut = bytesUntilCut.map { $0 - count }
        return bytes
    }
}
