/// The changes on their way to the mirror, as a state machine: which ones wait, and which ones are being written.
///
/// ```
///            ┌───────────stored───────────┐
///            ▼                            │
///  ┌──────► idle ──next──► writing ───────┤
///  │         │                │           │
///  │         │         mirror replaced    │
///  │         │                ▼           │
///  │       block           outdated ──────┤
///  │         ▼                            │
///  └────── blocked ◄────────failed────────┘
///   connection opened
/// ```
///
/// One write is in progress at a time, so that what is confirmed is always the beginning of what was received. What
/// waits when the connection ends is dropped, since the server sends it again; only the adoption of a session is kept,
/// because no server repeats it.
struct MirrorQueue: Hashable, Sendable {
    /// The states of the write in progress.
    enum State: Hashable, Sendable {
        /// Nothing is being written, and the next write may begin.
        case idle
        /// The mirror is writing these changes.
        case writing([MirrorChange])
        /// These changes are being written, and the mirror was replaced meanwhile: what was stored counts for nothing.
        case outdated([MirrorChange])
        /// The mirror failed: no write begins before the next connection, or a full disk would be asked in a circle.
        case blocked
    }

    /// The present state; only the methods below change it.
    private(set) var state = State.idle
    /// The changes that are written next, in one transaction.
    private(set) var waiting: [MirrorChange] = []

    /// Whether a write is in progress, so that its outcome is still to come.
    var isWriting: Bool {
        switch state {
        case .idle, .blocked: false
        case .writing, .outdated: true
        }
    }

    /// Whether the mirror has stored everything that it was to store.
    var isEmpty: Bool { waiting.isEmpty && !isWriting }

    /// Adds a change behind the others. Consecutive entries are joined to one change, so that a replay is few writes.
    mutating func add(_ change: MirrorChange) {
        guard let last = waiting.last, let joined = last.joined(with: change) else {
            waiting.append(change)
            return
        }
        waiting[waiting.count - 1] = joined
    }

    /// Adds changes behind the others, in this order.
    mutating func add(_ changes: [MirrorChange]) { for change in changes { add(change) } }

    /// Begins the next write.
    ///
    /// - Returns: The changes to write; `nil` when nothing waits or no write may begin.
    mutating func next() -> [MirrorChange]? {
        guard case .idle = state, !waiting.isEmpty else { return nil }
        let changes = waiting
        waiting = []
        state = .writing(changes)
        return changes
    }

    /// The write succeeded.
    ///
    /// - Returns: The changes that the mirror holds from now on; none when it was replaced meanwhile.
    mutating func stored() -> [MirrorChange] {
        switch state {
        case .writing(let changes):
            state = .idle
            return changes
        case .outdated:
            state = .idle
            return []
        case .idle, .blocked: preconditionFailure("stored, but nothing was being written: \(state)")
        }
    }

    /// The write failed, and the mirror holds nothing of it. The connection on which it came has to be left.
    mutating func failed() {
        switch state {
        case .writing(let changes), .outdated(let changes):
            waiting = MirrorQueue.kept(changes + waiting)
            state = .blocked
        case .idle, .blocked: preconditionFailure("the write failed, but nothing was being written: \(state)")
        }
    }

    /// The mirror failed otherwise. A write in progress still has its outcome.
    mutating func block() {
        switch state {
        case .idle: state = .blocked
        case .writing, .outdated, .blocked: break
        }
    }

    /// An empty mirror has replaced the one that was written to.
    mutating func mirrorReplaced() {
        switch state {
        case .writing(let changes): state = .outdated(changes)
        case .idle, .outdated, .blocked: break
        }
    }

    /// A connection is open: what failed before is tried again.
    mutating func connectionOpened() {
        switch state {
        case .blocked: state = .idle
        case .idle, .writing, .outdated: break
        }
    }

    /// The connection ended: what the mirror was not given yet will come again. The write in progress still counts.
    mutating func connectionLost() { waiting = MirrorQueue.kept(waiting) }

    private static func kept(_ changes: [MirrorChange]) -> [MirrorChange] {
        changes.filter { if case .adopt = $0 { true } else { false } }
    }
}

extension MirrorChange {
    /// This change and the entries of the next one as a single change; `nil` when the two are of different kinds,
    /// sessions or epochs.
    fileprivate func joined(with next: MirrorChange) -> MirrorChange? {
        switch (self, next) {
        case (.append(let session, let epoch, let held), .append(let same, let inSame, let more))
        where session == same && epoch == inSame: .append(session, epoch, held + more)
        case (.stage(let session, let epoch, let held), .stage(let same, let inSame, let more))
        where session == same && epoch == inSame: .stage(session, epoch, held + more)
        default: nil
        }
    }
}
