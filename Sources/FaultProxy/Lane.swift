import NIOCore

/// One direction of a connection, decided in virtual time: bytes go in when they are read, and come out when the
/// plan lets them.
///
/// Nothing is ever dropped. What a blackhole swallows is kept here, and behind it, because reading stops at the
/// bound, in the sender's own buffers; when the blackhole is healed it goes on, as TCP would by retransmission.
struct Lane {
    /// How many bytes are held before reading stops.
    static let bytesMaximum = 64 << 10

    /// What is to be done next.
    enum Step: Equatable {
        /// Write these bytes.
        case write(ByteBuffer)
        /// Ask again at that time, in nanoseconds.
        case wait(until: Int64)
        /// Nothing is held; ask again after a read.
        case idle
        /// All has been written and the sender has closed: close the receiver's side.
        case finish
        /// The plan cuts the connection here.
        case cut
    }

    /// Whether nothing gets through, not even an end.
    var isBlackholed = false
    /// How much later each byte arrives, in nanoseconds; for bytes that come from now on.
    var latency: Int64 = 0
    /// How many bytes pass in a second.
    var bytesPerSecond: Int?
    /// After how many more bytes the connection is cut.
    var bytesUntilCut: Int?

    private var pieces: [(due: Int64, bytes: ByteBuffer)] = []
    private var hasEnded = false
    /// When the rate lets the next byte pass.
    private var nextPass: Int64 = 0
    /// How many bytes are held.
    private(set) var bytesHeld = 0

    /// Whether the sender is read from.
    var wantsMore: Bool { !hasEnded && bytesHeld < Lane.bytesMaximum }

    /// Takes what was read.
    mutating func receive(_ bytes: ByteBuffer, at now: Int64) {
        guard bytes.readableBytes > 0 else { return }
        bytesHeld += bytes.readableBytes
        pieces.append((due: now + latency, bytes: bytes))
    }

    /// Takes the news that the sender has closed.
    mutating func end() { hasEnded = true }

    /// What is to be done at this time; the bytes of a `.write` have left the lane.
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
            // A fiftieth of a second's worth at a time: even a slow line flows, and a fast one is not all timers.
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
