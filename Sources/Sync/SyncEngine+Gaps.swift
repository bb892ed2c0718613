import Wire

/// Fills gaps: entries that were left out when the client attached are fetched in the background, newest first, or
/// where the user reads.
extension SyncEngine {
    /// Requests the end of a gap. There is one request at a time: its entries are on disk before the next one.
    mutating func fillWhatLacks() -> [SyncEffect] {
        guard isLive, mirror.isEmpty, let replica, let epoch = replica.confirmed?.epoch,
            let generation = link.currentGeneration, let gap = gapFill.next(of: replica.gaps)
        else { return [] }
        let fill = FillRequest(
            session: replica.session, epoch: epoch, range: gap, pages: FillRequest.pagesMaximum)
        return [request(.fill(fill), Method.fill, fill.json, on: generation)]
    }

    /// The user wants to read on before an entry: a request for another gap gives way to one for what is read.
    mutating func want(before seq: Seq) -> [SyncEffect] {
        guard gapFill.want(before: seq, of: gaps), let id = requests.fill, let generation = link.currentGeneration
        else { return [] }
        return [
            .send(
                generation: generation,
                .notification(method: Method.cancelRequest, params: ["requestId": id.json]))
        ]
    }

    /// Entries of a gap arrived, and more follow.
    mutating func filled(_ page: JSON) throws(RPCError) {
        let id = try RequestID(json: try page.required("requestId"))
        guard case .fill(let request)? = requests[id] else { return }
        let entries = try FillResult.entries(page, answering: request)
        guard let remaining = entries.first.flatMap({ request.remaining(before: $0.from) }) else {
            throw .invalidParams("'frames' reach the beginning of the range, and more are announced")
        }
        requests.continues(id, with: remaining)
        mirror.add(.fill(request.session, request.epoch, entries))
    }

    /// The last of the entries that were asked for arrived.
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
