import Wire

/// What the mirror has confirmed of one session: the copy that is shown, and the snapshot that is built beside it.
///
/// It follows the changes that were stored, as the mirror itself does: an entry moves the cursor, a range that was left
/// out becomes a gap, and the complete snapshot replaces the copy.
struct StoredCopy: Hashable, Sendable {
    /// The session; changes of another one, which was left while they were written, are not about this copy.
    let session: SessionID
    /// The copy that is shown; its position is the only one that a resume may claim. `nil` when nothing is held.
    private(set) var shown: Holding?
    /// The snapshot so far; `nil` when none is being built.
    private(set) var staged: Holding?

    /// What the mirror holds when the program starts; `nil` when it holds nothing.
    init(session: SessionID, holding: Holding?) {
        self.session = session
        shown = holding
    }

    /// The server sends entries from here on, and nothing is held yet.
    mutating func begin(at position: Position) {
        if shown == nil { shown = Holding(position: position) }
    }

    /// The mirror has stored these changes.
    mutating func stored(_ changes: [MirrorChange]) {
        for change in changes where change.session == session { stored(change) }
    }

    private mutating func stored(_ change: MirrorChange) {
        switch change {
        case .append(_, let epoch, let entries):
            guard let held = shown?.position, held.epoch == epoch, let last = entries.last, last.seq > held.seq else {
                return
            }
            shown?.position.seq = last.seq
            shown?.timestamp = last.lastTimestamp
        case .skip(_, let epoch, let missing):
            guard shown.map({ $0.position.epoch == epoch && $0.position.seq < missing.range.upperBound }) ?? true else {
                return
            }
            let first = max(missing.range.lowerBound, (shown?.position.seq ?? 0) + 1)
            shown = Holding(
                position: Position(epoch: epoch, seq: missing.range.upperBound),
                gaps: (shown?.gaps ?? []) + [first...missing.range.upperBound])
        case .fill(_, let epoch, let entries): if shown?.position.epoch == epoch { shown?.fill(entries) }
        case .beginSnapshot(_, let epoch, let missing):
            staged = Holding(
                position: Position(epoch: epoch, seq: missing?.range.upperBound ?? 0),
                gaps: missing.map { [$0.range] } ?? [])
        case .stage(_, _, let entries):
            guard let last = entries.last else { return }
            staged?.position.seq = last.seq
            staged?.timestamp = last.lastTimestamp
        case .swap:
            guard let complete = staged else { return }
            (shown, staged) = (complete, nil)
        case .adopt: break
        }
    }
}

extension Holding {
    /// Entries at the end of a gap were stored.
    fileprivate mutating func fill(_ entries: [Entry]) {
        guard let first = entries.first, let last = entries.last,
            let index = gaps.firstIndex(where: { $0.contains(last.seq) })
        else { return }
        let gap = gaps[index]
        var left: [ClosedRange<Seq>] = []
        if first.from > gap.lowerBound { left.append(gap.lowerBound...first.from - 1) }
        if last.seq < gap.upperBound { left.append(last.seq + 1...gap.upperBound) }
        gaps.replaceSubrange(index...index, with: left)
    }
}
