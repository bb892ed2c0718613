/// A cursor into one incarnation of a session's journal.
///
/// Sequence numbers of different epochs cannot be compared: after a restore from an older copy the same number may be
/// another entry. So a client always sends both, and the server never guesses (`failure-cases.md`, row 6).
public struct Position: Hashable, Sendable {
    /// The incarnation of the journal.
    public var epoch: Epoch
    /// The last entry that the holder has; 0 for none.
    public var seq: Seq

    /// The cursor behind `seq` in `epoch`.
    public init(epoch: Epoch, seq: Seq) {
        self.epoch = epoch
        self.seq = seq
    }
}

/// What a client that holds everything through its cursor does with a frame (`protocol.md` §7).
public enum Admission: Hashable, Sendable {
    /// The frame follows the cursor: apply it.
    case apply
    /// Everything it covers is held already: drop it.
    case duplicate
    /// Something between the cursor and the frame is missing: attach again from the cursor.
    case gap

    /// Decides about a frame that covers `from…seq`.
    ///
    /// A merged frame that begins at or before the cursor and ends behind it is a gap as well: its text cannot be
    /// cut at the cursor.
    public init(cursor: Seq, from: Seq, seq: Seq) {
        self = seq <= cursor ? .duplicate : from == cursor + 1 ? .apply : .gap
    }
}
