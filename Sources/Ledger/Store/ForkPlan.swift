public import Wire

/// What of a session a fork of it begins with.
public struct ForkPlan: Hashable, Sendable {
    /// The session that is copied.
    public var source: SessionID
    /// The last entry that is copied; 0 when there is nothing to copy.
    public var through: Seq
    /// The entries before that in which there is nothing in the copy: prompts whose turns have not ended. In order.
    public var omitted: [ClosedRange<Seq>]
    /// What the fork says of its origin.
    public var origin: ForkOrigin

    /// Creates a plan.
    public init(source: SessionID, through: Seq, omitted: [ClosedRange<Seq>], origin: ForkOrigin) {
        self.source = source
        self.through = through
        self.omitted = omitted
        self.origin = origin
    }

    /// The entry that stands behind the copied ones.
    public func entry(at timestamp: Timestamp) -> EncodedEntry {
        EncodedEntry(Entry(seq: through + 1, timestamp: timestamp, body: .event(.forked(origin))))
    }

    /// What a copy has in the place of an entry that is left out, so that the numbers stay dense.
    public static func blank(for entry: EncodedEntry) -> EncodedEntry {
        EncodedEntry(
            Entry(seq: entry.seq, timestamp: entry.timestamp, body: .event(.other(kind: "omitted", data: [:]))))
    }
}
