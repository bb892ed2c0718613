import Wire

/// A connection that watches a session: how far it has been served, and what holds it up.
struct Subscriber {
    /// What is being done for it.
    enum Phase: Equatable {
        /// A page of the journal is being read for it.
        case loading
        /// Its queue ran over; nothing is queued until it has drained.
        case lagging
        /// It gets what is committed as it is committed.
        case live
    }

    /// An answer that must not overtake the entries before it.
    struct HeldReply {
        var request: RequestID
        var result: Result<LedgerEffect.Reply, RPCError>
    }

    let connection: ConnectionID
    /// Which installation; `nil` for a plain ACP client.
    let client: ClientID?
    /// Everything through here is in its queue.
    var cursor: Seq
    var phase: Phase
    /// Pages that are being read; all but the last are for a place where the connection is no more.
    var reads = 0
    var held: [HeldReply] = []
}
