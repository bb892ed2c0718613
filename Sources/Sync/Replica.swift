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
    /// What is being sent.
    private(set) var incoming: Incoming = .nothing
    /// The turn that runs, as the entries say.
    private(set) var runningTurn: TurnID?

    init(session: SessionID, confirmed: Position?, runningTurn: TurnID? = nil) {
        self.session = session
        self.confirmed = confirmed
        self.runningTurn = runningTurn
    }

    /// The server brings the client up to date.
    mutating func attached(_ result: AttachResult) -> [MirrorChange] {
        runningTurn = result.turn
        switch result.mode {
        case .delta:
            incoming = .delta(result.epoch, cursor: result.afterSeq)
            if confirmed == nil { confirmed = Position(epoch: result.epoch, seq: result.afterSeq) }
            return []
        case .snapshot:
            incoming = .snapshot(result.epoch, cursor: result.afterSeq)
            return [.beginSnapshot(session, result.epoch)]
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
        case .event(.turnStart(let turn, _)): runningTurn = turn
        case .event(.turnEnd(let turn, _)) where turn == runningTurn: runningTurn = nil
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
                guard let held = confirmed, held.epoch == epoch, let last = entries.last else { continue }
                confirmed = Position(epoch: epoch, seq: max(held.seq, last.seq))
            case .beginSnapshot: staged = 0
            case .stage(_, _, let entries): staged = entries.last?.seq ?? staged
            case .swap(_, let epoch): confirmed = Position(epoch: epoch, seq: staged)
            case .adopt: break
            }
        }
    }

    /// The last entry of the new copy that the mirror holds.
    private var staged: Seq = 0

    /// The connection is gone: what is not confirmed is asked for again. What the mirror holds of a new copy stays
    /// counted, since the swap may be on its way to the disk.
    mutating func connectionLost() { incoming = .nothing }
}
