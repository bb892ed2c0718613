import Sync
import Wire

/// A client's disk: the mirror, of which a power cut may take the last transactions, and the state store, of which it
/// takes none. Its rules are those of the product's mirror: what is held changes nothing, and a merged entry takes the
/// place of what it repeats.
struct ClientDisk {
    struct Copy {
        var epoch: Epoch
        var entries: [Entry] = []
        var cursor: Seq = 0
        var gaps: [ClosedRange<Seq>] = []
        var base: SessionState?

        /// Everything that is held, folded; while something is lacking, over what was told of it.
        var state: SessionState {
            var state = base ?? SessionState()
            for entry in entries { state.apply(entry) }
            return state
        }
    }

    struct Mirror {
        var shown: [SessionID: Copy] = [:]
        var staged: [SessionID: Copy] = [:]
    }

    var mirror = Mirror()
    /// The mirror before some of its last transactions.
    private(set) var earlier: [Mirror] = []
    var session: SessionID?
    var outbox: [OutboxItem] = []
    var answers: [RequestKey: JSON] = [:]

    func position(in session: SessionID) -> Position? {
        mirror.shown[session].map { Position(epoch: $0.epoch, seq: $0.cursor) }
    }

    func holding(of session: SessionID) -> Holding? {
        mirror.shown[session].map { copy in
            let last = copy.entries.last { $0.seq == copy.cursor }
            return Holding(
                position: Position(epoch: copy.epoch, seq: copy.cursor), timestamp: last?.lastTimestamp,
                gaps: copy.gaps)
        }
    }

    /// The power goes: some of the last transactions were not on the disk yet.
    mutating func losePower(_ count: Int) {
        guard !earlier.isEmpty else { return }
        mirror = earlier[max(0, earlier.count - count)]
        earlier = []
    }

    /// Everything of one transaction.
    ///
    /// - Parameter isKept: Whether the mirror of before is kept, for a power cut to go back to.
    mutating func apply(
        _ changes: [MirrorChange], isKept: Bool, isTorn: Bool, variant: Variant?
    ) throws(Violation) {
        earlier = isKept ? earlier.suffix(2) + [mirror] : earlier
        for change in changes { try apply(change, isTorn: isTorn, variant: variant) }
    }

    private mutating func apply(_ change: MirrorChange, isTorn: Bool, variant: Variant?) throws(Violation) {
        switch change {
        case .adopt(let session, let epoch):
            if mirror.shown[session]?.epoch != epoch { mirror.shown[session] = Copy(epoch: epoch) }
        case .append(let session, let epoch, let entries):
            if mirror.shown[session] == nil, entries.first?.from == 1 { mirror.shown[session] = Copy(epoch: epoch) }
            guard mirror.shown[session]?.epoch == epoch else { return }
            try mirror.shown[session]?.append(entries, isTorn: isTorn, repeats: variant == .appendRepeated)
        case .skip(let session, let epoch, let missing):
            var copy = mirror.shown[session] ?? Copy(epoch: epoch)
            guard copy.epoch == epoch else { return }
            copy.skip(missing, isForgotten: variant == .forgetGaps)
            mirror.shown[session] = copy
        case .fill(let session, let epoch, let entries):
            if mirror.shown[session]?.epoch == epoch { mirror.shown[session]?.fill(entries) }
        case .beginSnapshot(let session, let epoch, let missing):
            var copy = Copy(epoch: epoch)
            if let missing { copy.skip(missing, isForgotten: variant == .forgetGaps) }
            mirror.staged[session] = copy
            if variant == .snapshotInPlace { mirror.shown[session] = copy }
        case .stage(let session, let epoch, let entries):
            guard mirror.staged[session]?.epoch == epoch else { return }
            try mirror.staged[session]?.append(entries, isTorn: isTorn, repeats: variant == .appendRepeated)
        case .swap(let session, let epoch):
            guard let copy = mirror.staged[session], copy.epoch == epoch else { return }
            mirror.shown[session] = copy
            mirror.staged[session] = nil
        }
    }
}

extension ClientDisk.Copy {
    mutating func append(_ new: [Entry], isTorn: Bool, repeats: Bool) throws(Violation) {
        for entry in new {
            switch Admission(cursor: cursor, from: entry.from, seq: entry.seq) {
            case .duplicate: continue
            case .gap:
                guard entry.from <= cursor, entries.contains(where: { $0.from == entry.from }) else {
                    throw Violation("entry \(entry.from)…\(entry.seq) is written behind \(cursor)")
                }
                if !repeats { entries.removeAll { $0.from >= entry.from } }
            case .apply: break
            }
            if !isTorn { entries.append(entry) }
            cursor = entry.seq
        }
    }

    mutating func skip(_ missing: Missing, isForgotten: Bool) {
        let first = max(missing.range.lowerBound, cursor + 1)
        guard first <= missing.range.upperBound else { return }
        if !isForgotten { gaps.append(first...missing.range.upperBound) }
        cursor = missing.range.upperBound
        base = missing.state
    }

    mutating func fill(_ new: [Entry]) {
        guard let first = new.first, let last = new.last,
            let index = gaps.firstIndex(where: { $0.contains(last.seq) }), gaps[index].upperBound == last.seq,
            first.from >= gaps[index].lowerBound
        else { return }
        let gap = gaps.remove(at: index)
        if first.from > gap.lowerBound { gaps.insert(gap.lowerBound...first.from - 1, at: index) }
        let place = entries.firstIndex { $0.from > last.seq } ?? entries.endIndex
        entries.insert(contentsOf: new, at: place)
        if gaps.isEmpty { base = nil }
    }
}
