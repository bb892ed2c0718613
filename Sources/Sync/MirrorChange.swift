public import Wire

/// A change to the client's copy of sessions. All changes of one ``SyncEffect/store(_:)`` are one transaction: the
/// entries and the cursor move together.
public enum MirrorChange: Hashable, Sendable {
    /// The chat of the folder is this session from now on; its journal is empty.
    case adopt(SessionID, Epoch)
    /// Entries behind the copy's cursor; prompts that they echo leave the outbox afterwards.
    case append(SessionID, Epoch, [Entry])
    /// The next entries are behind ones that are fetched later: the cursor moves, and the hole is remembered.
    case skip(SessionID, Epoch, Missing)
    /// Entries out of a hole, which end where it ends.
    case fill(SessionID, Epoch, [Entry])
    /// A new copy is begun beside the present one, perhaps with a hole at its beginning.
    case beginSnapshot(SessionID, Epoch, Missing? = nil)
    /// Entries of the new copy.
    case stage(SessionID, Epoch, [Entry])
    /// The new copy takes the place of the present one.
    case swap(SessionID, Epoch)

    /// The entries that it brings.
    public var entries: [Entry] {
        switch self {
        case .append(_, _, let entries), .stage(_, _, let entries), .fill(_, _, let entries): entries
        case .adopt, .skip, .beginSnapshot, .swap: []
        }
    }
}
