import Wire

/// A connection that watches a session: its cursor, and what it waits for.
struct Subscriber {
    /// The state of its replay.
    enum Phase: Equatable {
        /// A page of the journal is being read for it.
        case loading
        /// Its queue ran over (back-pressure); nothing is queued until it has drained.
        case lagging
        /// It is current, and gets entries as they are committed.
        case live
    }

    /// An answer that must not overtake the entries before it.
    struct HeldReply {
        var request: RequestID
        var result: Result<LedgerEffect.Reply, RPCError>
    }

    let connection: ConnectionID
    /// The client's installation; `nil` for a plain ACP client.
    let client: ClientID?
    /// The last entry that was queued for it.
    var cursor: Seq
    var phase: Phase
    /// How many pages are being read; all but the last belong to earlier attaches and are ignored.
    var reads = 0
    var held: [HeldReply] = []
}
