import Wire

/// What the client holds of one session, and what it is being sent of it.
struct Replica: Hashable, Sendable {
    /// What is being built beside the confirmed copy.
    enum Incoming: Hashable, Sendable {
        /// Nothing: not attached.
        case nothing
        /// Entries behind the copy that is shown.
        case delta(Epoch, cursor: Seq)
        /// A new copy, and its own cursor.
        case snapshot(Epoch, cursor: Seq)
    }

    /// The session.
    let session: SessionID
    /// What the mirror has confirmed: the only thing a resume may claim. `nil` for a session known by name alone.
    private(set) var confirmed: Position?
    /// When the entry at ``confirmed`` was written.
    private(set) var confirmedAt: Timestamp?
    /// What the mirror lacks before ``confirmed``, in order.
    private(set) var holes: [ClosedRange<Seq>] = []
    /// What is being sent.
    private(set) var incoming: Incoming = .nothing
    /// The turn that runs, as the entries say.
    private(set) var runningTurn: TurnID?
    /// The newest prompt that came in this attach and whose turn has not begun.
    private(set) var promptWaiting: MessageID?

    init(session: SessionID, holding: Holding?) {
        self.session = session
        confirmed = holding?.position
        confirmedAt = holding?.timestamp
        holes = holding?.holes ?? []
    }

    /// What a resume claims, and how much it wants at once. A copy with many holes gets no more of them: then everything
    /// comes first.
    func claim(window: Int64?) -> AttachRequest {
        let claim = confirmed.flatMap { Holding(position: $0, timestamp: confirmedAt).claim }
        return AttachRequest(
            session: session, position: claim?.position, timestamp: claim?.timestamp,
            window: holes.count < Holding.holesMaximum ? window : nil)
    }

    /// How many entries the mirror lacks.
    var entriesLacking: Int64 { holes.reduce(0) { $0 + Int64($1.count) } }

    /// The server brings the client up to date.
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

    /// A frame came.
    mutating func admit(_ entry: Entry) -> (Admission, MirrorChange?) {
        let cursor: Seq
        switch incoming {
        case .nothing: return (.duplicate, nil)
        case .delta(_, let seq), .snapshot(_, let seq): cursor = seq
        }
        let admission = Admission(cursor: cursor, from: entry.from, seq: entry.seq)
        guard admission == .apply else { return (admission, nil) }
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

    /// The fence came: a new copy is whole.
    mutating func caughtUp() -> [MirrorChange] {
        guard case .snapshot(let epoch, let cursor) = incoming else { return [] }
        incoming = .delta(epoch, cursor: cursor)
        return [.swap(session, epoch)]
    }

    /// The last entry that was received; `nil` while nothing is being sent.
    var cursor: Seq? {
        switch incoming {
        case .nothing: nil
        case .delta(_, let cursor), .snapshot(_, let cursor): cursor
        }
    }

    /// Whether the fence says what was received.
    func isCurrent(through seq: Seq) -> Bool {
        switch incoming {
        case .nothing: false
        case .delta(_, let cursor), .snapshot(_, let cursor): cursor >= seq
        }
    }

    /// The mirror holds these.
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

    /// The end of a hole was fetched.
    private mutating func filled(_ entries: [Entry]) {
        guard let first = entries.first, let last = entries.last,
            let index = holes.firstIndex(where: { $0.contains(last.seq) })
        else { return }
        let hole = holes.remove(at: index)
        if first.from > hole.lowerBound { holes.insert(hole.lowerBound...first.from - 1, at: index) }
        if last.seq < hole.upperBound { holes.insert(last.seq + 1...hole.upperBound, at: index + 1) }
    }

    /// What the mirror holds of the new copy.
    private var staged = Holding(position: Position(epoch: "", seq: 0))

    /// The connection is gone: what is not confirmed is asked for again. What the mirror holds of a new copy stays
    /// counted, since the swap may be on its way to the disk.
    mutating func connectionLost() { incoming = .nothing }
}
