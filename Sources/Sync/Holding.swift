public import Wire

/// What a mirror holds of a session: its cursor, and the gaps before it.
public struct Holding: Hashable, Sendable {
    /// How many bytes are replayed before the client is current; the rest is fetched afterwards, newest first.
    public static let windowBytes: Int64 = 64 << 10
    /// The most gaps of a copy; with as many, the next resume replays everything.
    public static let gapsMaximum = 8

    /// The last entry that is held, with its epoch: the cursor.
    public var position: Position
    /// When the entry at the cursor was written; `nil` when that entry is not held.
    public var timestamp: Timestamp?
    /// The gaps: ranges of entries before the cursor that are not held yet, in order.
    public var gaps: [ClosedRange<Seq>]

    /// Creates a holding; by default without gaps.
    public init(position: Position, timestamp: Timestamp? = nil, gaps: [ClosedRange<Seq>] = []) {
        self.position = position
        self.timestamp = timestamp
        self.gaps = gaps
    }

    /// What a resume may claim; `nil` when the entry at the cursor is not held. Its timestamp is then unknown, so a
    /// journal that was restored from a backup and has grown past the cursor could not be told from the original
    /// (`Restored.md`).
    public var claim: (position: Position, timestamp: Timestamp?)? {
        position.seq == 0 || timestamp != nil ? (position, timestamp) : nil
    }
}
