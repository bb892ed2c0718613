import Wire

/// Fills gaps: entries that were left out when the client attached are fetched in the background, newest first, or
/// where the user reads.
extension SyncEngine {
    /// Requests the end of a gap. There is one request at a time: its entries are on disk before the next one.
    mutating func fillWhatLacks() -> [SyncEffect] {
        guard isLive, mirror.isEmpty, let replica, let epoch = replica.confirmed?.epoch,
            let generation = link.currentGeneration, let gap = gapFill.next(of: replica.gaps)
        else { return [] }
        let fill = FillRequest(session: replica.session, epoch: epoch, range: gap)
        return [request(.fill(fill), Method.fill, fill.json, on: generation)]
    }

    /// Entries of a gap arrived.
    mutating func filled(_ result: JSON, answering request: FillRequest) throws(RPCError) {
        gapFill.answered()
        mirror.add(.fill(request.session, request.epoch, try FillResult.entries(result, answering: request)))
    }

    /// A pong tells whether the connection is alive, whether its stream is, and whether the server is idle.
    mutating func pong(_ result: JSON, at now: Instant) -> [SyncEffect] {
        let candidate = link.receivedPong(at: now)
        let effects: [SyncEffect] = candidate.map { [.abandon(generation: $0, .normal)] } ?? []
        if isLive, let replacing = replaceServer(working: result["working"]?.integer(in: .count), at: now) {
            return effects + replacing
        }
        let head = replica.flatMap { result["heads"]?[$0.session.rawValue]?.integer(in: .position) }
        switch stream.pong(head: head, cursor: isLive ? replica?.cursor : nil) {
        case .moving: return effects
        case .suspicious:
            link.suspect(at: now)
            return effects
        case .stuck:
            lastFailure = "the stream of entries is stuck; attaching again"
            return effects + leave(at: now)
        }
    }
}
