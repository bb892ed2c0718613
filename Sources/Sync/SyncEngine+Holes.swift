import Wire

/// Entries that were left out when the client attached: fetched behind the user's back, the newest first, or where the
/// user reads.
extension SyncEngine {
    /// Asks for the end of a hole, one request at a time: what was answered is on disk before more is asked for.
    mutating func fillWhatLacks() -> [SyncEffect] {
        guard isLive, filling == nil, !fillIsRefused, fillRetryAt == nil, storing == nil, unstored.isEmpty, let replica,
            let epoch = replica.confirmed?.epoch, let generation = link.currentGeneration
        else { return [] }
        let near = wanted.flatMap { wanted in replica.holes.last { $0.lowerBound < wanted } }
        guard let hole = near ?? replica.holes.last else { return [] }
        let fill = FillRequest(session: replica.session, epoch: epoch, range: hole)
        filling = fill
        return [request(.fill, Method.fill, fill.json, on: generation)]
    }

    /// The end of a hole came.
    mutating func filled(_ result: JSON) throws(RPCError) {
        guard let request = filling else { return }
        filling = nil
        unstored.append(.fill(request.session, request.epoch, try FillResult.entries(result, answering: request)))
    }

    /// The answer to a ping says how far the journal is. More than was received, twice without anything coming, means
    /// that the stream is stuck, whatever the socket says.
    mutating func pong(_ result: JSON, at now: Instant) -> [SyncEffect] {
        let challenger = link.receivedPong(at: now)
        let effects: [SyncEffect] = challenger.map { [.abandon(generation: $0, .normal)] } ?? []
        if isLive, let replacing = replaceServer(working: result["working"]?.integer(in: .count), at: now) {
            return effects + replacing
        }
        guard isLive, let replica, let cursor = replica.cursor,
            let head = result["heads"]?[replica.session.rawValue]?.integer(in: .position), head > cursor
        else {
            stuckAt = nil
            return effects
        }
        guard stuckAt == cursor else {
            stuckAt = cursor
            link.suspect(at: now)
            return effects
        }
        lastFailure = "the server has entries that do not arrive; asking again"
        return effects + leave(at: now)
    }
}
