import Wire

/// Detects a stream of entries that is stuck although its connection is alive, as a state machine.
///
/// ```
///  moving ──pong: ahead of the cursor──► behind(cursor) ──pong: ahead of the same cursor──► stuck
///    ▲                                    │    ▲   │
///    └──pong: nothing is lacking──────────┘    └───┘ pong: ahead of another cursor
/// ```
///
/// A pong tells how long the journal is. Entries may be on their way when it is sent, so that one pong proves nothing:
/// the stream is stuck when the journal is ahead of the cursor in two pongs, and nothing arrived between them.
struct StreamWatch: Hashable, Sendable {
    /// The states of the stream.
    enum State: Hashable, Sendable {
        /// By the last pong, everything has arrived.
        case moving
        /// By the last pong, the journal was ahead of this cursor.
        case behind(Seq)
    }

    /// What a pong means for the stream.
    enum Verdict: Hashable, Sendable {
        /// Everything has arrived.
        case moving
        /// Something is lacking, and may be on its way: the next ping is due soon.
        case suspicious
        /// Nothing arrives: attach again.
        case stuck
    }

    /// The present state; only the methods below change it.
    private(set) var state = State.moving

    /// A pong arrived.
    ///
    /// - Parameters:
    ///   - head: The number of the journal's last entry; `nil` when the pong does not tell it.
    ///   - cursor: The last entry that was received; `nil` when nothing can be compared.
    mutating func pong(head: Seq?, cursor: Seq?) -> Verdict {
        guard let head, let cursor, head > cursor else {
            state = .moving
            return .moving
        }
        if state == .behind(cursor) { return .stuck }
        state = .behind(cursor)
        return .suspicious
    }

    /// The connection ended; the next one has a stream of its own.
    mutating func connectionLost() { state = .moving }
}
