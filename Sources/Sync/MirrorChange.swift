public import Wire

/// A change to the client's mirror. All changes of one ``SyncEffect/store(_:)`` are one transaction, so entries and
/// cursor cannot disagree.
public enum MirrorChange: Hashable, Sendable {
    /// The chat has this session from now on, and the mirror holds no entry of it.
    case adopt(SessionID, Epoch)
    /// Entries just after the cursor; afterwards the prompts that they echo leave the outbox.
    case append(SessionID, Epoch, [Entry])
    /// The next entries come after ones that are fetched later: the cursor moves, and the range becomes a gap.
    case skip(SessionID, Epoch, Missing)
    /// Entries of a gap, ending at its end.
    case fill(SessionID, Epoch, [Entry])
    /// A snapshot begins beside the present copy, perhaps with a gap at its beginning.
    case beginSnapshot(SessionID, Epoch, Missing? = nil)
    /// Entries of the snapshot.
    case stage(SessionID, Epoch, [Entry])
    /// The complete snapshot replaces the present copy.
    case swap(SessionID, Epoch)

    /// The session that the change is about.
    public var session: SessionID {
        switch self {
        case .adopt(let session, _), .append(let session, _, _), .skip(let session, _, _), .fill(let session, _, _),
            .beginSnapshot(let session, _, _), .stage(let session, _, _), .swap(let session, _):
            session
        }
    }

    /// The title that the agent gave the session in what is new, as ``SessionTitle`` has it; `nil` when it gave none there.
    public var title: String? {
        switch self {
        case .append(_, _, let entries), .stage(_, _, let entries): SessionTitle.given(by: entries)
        case .skip(_, _, let missing), .beginSnapshot(_, _, .some(let missing)): missing.state.agent.title
        // What is filled in is older than what is known.
        case .adopt, .fill, .beginSnapshot(_, _, .none), .swap: nil
        }
    }

    /// The entries that the change adds; none for a change without entries.
    public var entries: [Entry] {
        switch self {
        case .append(_, _, let entries), .stage(_, _, let entries), .fill(_, _, let entries): entries
        case .adopt, .skip, .beginSnapshot, .swap: []
        }
    }
}
