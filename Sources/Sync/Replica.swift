import Wire

/// The client's view of one session: what the mirror has confirmed, and what the attach in progress is sending.
struct Replica: Hashable, Sendable {
    /// What the present attach is sending.
    enum Incoming: Hashable, Sendable {
        /// No attach is in progress or complete on this connection.
        case nothing
        /// Entries after the confirmed copy, up to this cursor so far.
        case delta(Epoch, cursor: Seq)
        /// A snapshot, which is built beside the confirmed copy, up to this cursor so far.
        case snapshot(Epoch, cursor: Seq)
    }

    let session: SessionID
    /// The position that the mirror has confirmed: the only one that a resume may claim; `nil` when nothing is held.
    private(set) var confirmed: Position?
    /// When the entry at ``confirmed`` was written.
    private(set) var confirmedAt: Timestamp?
    /// The gaps of the mirror before ``confirmed``, in order.
    private(set) var holes: [ClosedRange<Seq>] = []
    /// What the present attach is sending.
    private(set) var incoming: Incoming = .nothing
    /// The running turn, by the entries received so far.
    private(set) var runningTurn: TurnID?
    /// The newest prompt that arrived in this attach and whose turn has not begun.
    private(set) var promptWaiting: MessageID?

    init(session: SessionID, holding: Holding?) {
        self.session = session
        confirmed = holding?.position
        confirmedAt = holding?.timestamp
        holes = holding?.holes ?? []
    }

    /// The request that resumes the session. A copy with ``Holding/holesMaximum`` gaps asks for a full replay, so that
    /// it gets no more of them.
    func claim(window: Int64?) -> AttachRequest {
        let claim = confirmed.flatMap { Holding(position: $0, timestamp: confirmedAt).claim }
        return AttachRequest(
            session: session, position: claim?.position, timestamp: claim?.timestamp,
            window: holes.count < Holding.holesMaximum ? window : nil)
    }

    /// How many entries the gaps of the mirror have.
    var entriesLacking: Int64 { holes.reduce(0) { $0 + Int64($1.count) } }

    /// The server accepted the attach; its mode decides what follows.
    mutating func attached(_ result: AttachResult) -> [MirrorChange] {
        (runningTurn, promptWaiting) = (result.turn, nil)
        switch result.mode {
        case .delta:
            incoming = .delta(result.epoch, cursor: result.afterSeq)
            guard let missing = result.missing else {
                if confirmed == nil { confirmed = Position(epoch: result.epoch, seq: result.afterSeq) }
                return []
            }
            return [.skip(session, result.epoch, missing)]
        case .snapshot:
            incoming = .snapshot(result.epoch, cursor: result.afterSeq)
            return [.beginSnapshot(session, result.epoch, result.missing)]
        }
    }

    /// Decides about an entry: append it, drop a duplicate, or report a gap in the sequence.
    mutating func admit(_ entry: Entry) -> (Admission, MirrorChange?) {
        let cursor: Seq
        switch incoming {
        case .nothing: return (.duplicate, nil)
        case .delta(_, let seq), .snapshot(_, let seq): cursor = seq
        }
        let admission = Admission(cursor: cursor, from: entry.from, seq: entry.seq)
        // A merged frame may repeat entries at and before the cursor; the mirror replaces what it covers, and every
        // reader takes the part that it lacks (`protocol.md` §14). Only what begins behind the cursor leaves a gap.
        guard admission == .apply || (admission == .gap && entry.from <= cursor) else { return (admission, nil) }
        switch entry.body {
        case .event(.turnStart(let turn, let prompt)):
            runningTurn = turn
            if prompt == promptWaiting { promptWaiting = nil }
        case .event(.turnEnd(let turn, _)) where turn == runningTurn: runningTurn = nil
        case .update(.userMessage(let chunk)): promptWaiting = chunk.messageID
        case .event, .update: break
        }
        switch incoming {
        case .nothing: return (.duplicate, nil)
        case .delta(let epoch, _):
            incoming = .delta(epoch, cursor: entry.seq)
            return (.apply, .append(session, epoch, [entry]))
        case .snapshot(let epoch, _):
            incoming = .snapshot(epoch, cursor: entry.seq)
            return (.apply, .stage(session, epoch, [entry]))
        }
    }

    /// The fence arrived: a snapshot is complete now.
    mutating func caughtUp() -> [MirrorChange] {
        guard case .snapshot(let epoch, let cursor) = incoming else { return [] }
        incoming = .delta(epoch, cursor: cursor)
        return [.swap(session, epoch)]
    }

    /// The last entry that was received; `nil` while not attached.
    var cursor: Seq? {
        switch incoming {
        case .nothing: nil
        case .delta(_, let cursor), .snapshot(_, let cursor): cursor
        }
    }

    /// Whether everything before the fence was received.
    func isCurrent(through seq: Seq) -> Bool {
        switch incoming {
        case .nothing: false
        case .delta(_, let cursor), .snapshot(_, let cursor): cursor >= seq
        }
    }

    /// The mirror has stored these changes.
    mutating func stored(_ changes: [MirrorChange]) {
        for change in changes {
            switch change {
            case .append(_, let epoch, let entries):
                guard let held = confirmed, held.epoch == epoch, let last = entries.last, last.seq > held.seq else {
                    continue
                }
                confirmed = Position(epoch: epoch, seq: last.seq)
                confirmedAt = last.lastTimestamp
            case .skip(_, let epoch, let missing):
                guard confirmed.map({ $0.epoch == epoch && $0.seq < missing.range.upperBound }) ?? true else {
                    continue
                }
                let first = max(missing.range.lowerBound, (confirmed?.seq ?? 0) + 1)
                holes.append(first...missing.range.upperBound)
                confirmed = Position(epoch: epoch, seq: missing.range.upperBound)
                confirmedAt = nil
            case .fill(_, let epoch, let entries): if confirmed?.epoch == epoch { filled(entries) }
            case .beginSnapshot(_, _, let missing):
                staged = Holding(
                    position: Position(epoch: "", seq: missing?.range.upperBound ?? 0),
                    holes: missing.map { [$0.range] } ?? [])
            case .stage(_, _, let entries):
                staged.position.seq = entries.last?.seq ?? staged.position.seq
                staged.timestamp = entries.last?.lastTimestamp ?? staged.timestamp
            case .swap(_, let epoch):
                confirmed = Position(epoch: epoch, seq: staged.position.seq)
                (confirmedAt, holes) = (staged.timestamp, staged.holes)
            case .adopt: break
            }
        }
    }

    /// Entries at the end of a gap were stored.
    private mutating func filled(_ entries: [Entry]) {
        guard let first = entries.first, let last = entries.last,
            let index = holes.firstIndex(where: { $0.contains(last.seq) })
        else { return }
        let hole = holes.remove(at: index)
        if first.from > hole.lowerBound { holes.insert(hole.lowerBound...first.from - 1, at: index) }
        if last.seq < hole.upperBound { holes.insert(last.seq + 1...hole.upperBound, at: index + 1) }
    }

    /// What the mirror holds of the snapshot so far.
    private var staged = Holding(position: Position(epoch: "", seq: 0))

    /// The connection ended: what is not confirmed will be requested again. The staged snapshot stays counted, because
    /// its swap may already be on its way to the disk.
    mutating func connectionLost() { incoming = .nothing }
}
