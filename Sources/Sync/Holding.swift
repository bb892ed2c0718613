public import Wire

/// What a mirror holds of a session.
public struct Holding: Hashable, Sendable {
    /// How many bytes come before the client is current; what is more comes afterwards, the newest first.
    public static let windowBytes: Int64 = 64 << 10
    /// How many holes a copy may have. One with as many is brought up to date whole.
    public static let holesMaximum = 8

    /// The last entry that is held.
    public var position: Position
    /// When that entry was written.
    public var timestamp: Timestamp?
    /// Which entries before it are not held yet, in order.
    public var holes: [ClosedRange<Seq>]

    /// What a mirror holds.
    public init(position: Position, timestamp: Timestamp? = nil, holes: [ClosedRange<Seq>] = []) {
        self.position = position
        self.timestamp = timestamp
        self.holes = holes
    }

    /// What a resume may claim. A copy whose last entry was left out, and nothing behind it came before the connection
    /// or the power went, knows its number and not when it was written. A journal that was restored and has grown
    /// past it since would go on behind it, under entries that it does not have: such a copy claims nothing.
    public var claim: (position: Position, timestamp: Timestamp?)? {
        position.seq == 0 || timestamp != nil ? (position, timestamp) : nil
    }
}
