import Wire

@testable import Sync

/// A mirror in memory that refuses what a mirror must never be given.
struct MirrorModel {
    struct Copy {
        var epoch: Epoch
        var entries: [Entry] = []
        var cursor: Seq { entries.last?.seq ?? 0 }
    }

    struct Illegal: Error, CustomStringConvertible {
        var description: String
    }

    private(set) var session: SessionID?
    private(set) var shown: Copy?
    private var staged: Copy?

    /// What the copy that is shown holds.
    var position: Position? { shown.map { Position(epoch: $0.epoch, seq: $0.cursor) } }

    mutating func apply(_ changes: [MirrorChange]) throws {
        for change in changes { try apply(change) }
    }

    private mutating func apply(_ change: MirrorChange) throws {
        switch change {
        case .adopt(let session, let epoch):
            self.session = session
            if shown?.epoch != epoch { shown = Copy(epoch: epoch) }
        case .append(_, let epoch, let entries):
            guard var copy = shown, copy.epoch == epoch else { throw Illegal(description: "append to \(epoch)") }
            try append(entries, to: &copy)
            shown = copy
        case .beginSnapshot(_, let epoch): staged = Copy(epoch: epoch)
        case .stage(_, let epoch, let entries):
            guard var copy = staged, copy.epoch == epoch else { throw Illegal(description: "stage for \(epoch)") }
            try append(entries, to: &copy)
            staged = copy
        case .swap(_, let epoch):
            guard let copy = staged, copy.epoch == epoch else { throw Illegal(description: "swap of \(epoch)") }
            (shown, staged) = (copy, nil)
        }
    }

    private func append(_ entries: [Entry], to copy: inout Copy) throws {
        for entry in entries {
            guard Admission(cursor: copy.cursor, from: entry.from, seq: entry.seq) == .apply else {
                throw Illegal(description: "entry \(entry.from)…\(entry.seq) behind \(copy.cursor)")
            }
            copy.entries.append(entry)
        }
    }
}
