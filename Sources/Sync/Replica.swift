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

    /// What the mirror has confirmed.
    var copy: StoredCopy
    /// What the present attach is sending.
    private(set) var incoming: Incoming = .nothing
    /// The running turn, by the entries received so far.
    private(set) var runningTurn: TurnID?
    /// The newest prompt that arrived in this attach and whose turn has not begun.
    private(set) var promptWaiting: MessageID?

    init(session: SessionID, holding: Holding?) {
        copy = StoredCopy(session: session, holding: holding)
    }

    var session: SessionID { copy.session }

    /// The position that the mirror has confirmed: the only one that a resume may claim; `nil` when nothing is held.
    var confirmed: Position? { copy.shown?.position }

    /// The gaps of the mirror before ``confirmed``, in order.
    var gaps: [ClosedRange<Seq>] { copy.shown?.gaps ?? [] }

    /// The request that resumes the session. A copy with ``Holding/gapsMaximum`` gaps asks for a full replay, so that
    /// it gets no more of them.
    func claim(window: Int64?) -> AttachRequest {
        let claim = copy.shown?.claim
        return AttachRequest(
            session: session, position: claim?.position, timestamp: claim?.timestamp,
            window: gaps.count < Holding.gapsMaximum ? window : nil)
    }

    /// How many entries the gaps of the mirror have.
    var entriesLacking: Int64 { gaps.reduce(0) { $0 + Int64($1.count) } }

    /// The server accepted the attach; its mode decides what follows.
    mutating func attached(_ result: AttachResult) -> [MirrorChange] {
        (runningTurn, promptWaiting) = (result.turn, nil)
        switch result.mode {
        case .delta:
            incoming = .delta(result.epoch, cursor: result.afterSeq)
            guard let missing = result.missing else {
                copy.begin(at: Position(epoch: result.epoch, seq: result.afterSeq))
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

    /// The connection ended: what is not confirmed will be requested again. The staged snapshot stays counted, because
    /// its swap may already be on its way to the disk.
    mutating func connectionLost() { incoming = .nothing }
}
