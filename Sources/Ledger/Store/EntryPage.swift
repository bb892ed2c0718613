public import Wire

/// A page of a journal: a range of entries, bounded in number and in bytes.
public struct EntryPage: Hashable, Sendable {
    /// Which end of the range is kept when not all of it fits.
    public enum End: Hashable, Sendable {
        /// Keep the first entries.
        case first
        /// The last entries, in order as well.
        case last
    }

    /// Which entries of the range are read.
    public enum Kinds: Hashable, Sendable {
        /// All of them.
        case all
        /// Chunks of messages of the user and the agent.
        case messages
    }

    /// The entry before the range.
    public var after: Seq
    /// The last entry of the range.
    public var through: Seq
    /// How many entries at most.
    public var limit: Int
    /// How many bytes of payload at most; one entry is always returned.
    public var bytes: Int
    /// Which entries are read.
    public var kinds: Kinds
    /// Which end is kept.
    public var end: End

    /// The default of ``bytes``: what a page costs in memory while it is sent.
    public static let bytesMaximum = 1 << 20

    /// Names a range of entries, without the entry `after` and with the entry `through`.
    public init(
        after: Seq, through: Seq, limit: Int = 2_000, bytes: Int = EntryPage.bytesMaximum, kinds: Kinds = .all,
        end: End = .first
    ) {
        self.after = after
        self.through = through
        self.limit = limit
        self.bytes = bytes
        self.kinds = kinds
        self.end = end
    }
}
