public import Wire

/// Attaching: one indivisible step, then a replay that live entries cannot overtake (`protocol.md` §7).
extension SessionLedger {
    /// What a connection wants to see.
    public enum Attachment: Hashable, Sendable {
        /// Everything behind a position; everything, when the position is `nil` or of another journal.
        case resume(Position?)
        /// Everything, and then the answer to this request.
        case load(RequestID)
        /// What happens from now on.
        case follow
    }

    /// Begins to serve a connection.
    ///
    /// - Parameters:
    ///   - connection: The connection; if it was attached, it begins anew.
    ///   - client: Which installation; `nil` for a plain ACP client.
    ///   - attachment: What it wants to see.
    /// - Returns: What it is answered, and what to do after the answer.
    public mutating func attach(
        _ connection: ConnectionID, client: ClientID?, _ attachment: Attachment, at now: Moment
    ) -> (AttachResult, [LedgerEffect]) {
        let head = record.headSeq
        let mode: AttachMode
        let after: Seq
        switch attachment {
        case .resume(let position?) where position.epoch == record.epoch && (0...head).contains(position.seq):
            (mode, after) = (.delta, position.seq)
        case .resume, .load: (mode, after) = (.snapshot, 0)
        case .follow: (mode, after) = (.delta, head)
        }
        let tier: Tier = now.instant - seenAt < limits.brief ? .brief : .medium
        touch(at: now)
        let result = AttachResult(
            session: record.id, epoch: record.epoch, headSeq: head, mode: mode, afterSeq: after, tier: tier,
            turn: state.runningTurn?.id,
            expiresAt: isWorking ? nil : limits.expire.map { now.timestamp + $0.milliseconds })
        var subscriber = Subscriber(connection: connection, client: client, cursor: after, phase: .loading)
        // Beginning anew forgets neither the answers that wait nor the page that is still being read.
        subscriber.held = subscribers[connection]?.held ?? []
        subscriber.reads = subscribers[connection]?.reads ?? 0
        if case .load(let request) = attachment {
            subscriber.held.append(.init(request: request, result: .success(.loaded(result))))
        }
        subscribers[connection] = subscriber
        return (result, serve(connection))
    }

    /// The position that a client of this session holds once it has seen everything.
    public var position: Position { Position(epoch: record.epoch, seq: record.headSeq) }

    /// Gives a subscriber what is behind its cursor: from memory if the tail reaches back, else from the journal.
    private mutating func serve(_ connection: ConnectionID) -> [LedgerEffect] {
        guard let subscriber = subscribers[connection] else { return [] }
        guard let entries = tail.after(subscriber.cursor, head: record.headSeq) else {
            subscribers[connection]?.phase = .loading
            subscribers[connection]?.reads += 1
            return [
                .read(connection, after: subscriber.cursor, through: record.headSeq, limit: limits.pageEntries)
            ]
        }
        subscribers[connection]?.cursor = record.headSeq
        subscribers[connection]?.phase = .live
        subscribers[connection]?.held = []
        let replay: [LedgerEffect] = entries.isEmpty ? [] : [.deliver(connection, entries, isReplay: true)]
        return replay
            + [.caughtUp(connection, position)]
            + subscriber.held.map { .respond(connection, $0.request, $0.result) }
    }

    mutating func loaded(_ entries: [EncodedEntry], for connection: ConnectionID) -> [LedgerEffect] {
        guard subscribers[connection] != nil else { return [] }
        subscribers[connection]?.reads -= 1
        // What was read for an earlier attach of the same connection may begin anywhere; the page it needs follows.
        guard let subscriber = subscribers[connection], subscriber.phase == .loading, subscriber.reads == 0 else {
            return []
        }
        guard let first = entries.first, let last = entries.last, first.from == subscriber.cursor + 1 else {
            return loadFailed(
                .corrupt("the journal, behind entry \(subscriber.cursor) of session \(record.id),"), for: connection)
        }
        subscribers[connection]?.cursor = last.seq
        return [.deliver(connection, entries, isReplay: true)] + serve(connection)
    }

    mutating func loadFailed(_ error: StoreError, for connection: ConnectionID) -> [LedgerEffect] {
        guard subscribers.removeValue(forKey: connection) != nil else { return [] }
        return [.close(connection, .tryAgainLater, "\(error)")]
    }

    mutating func detach(_ connection: ConnectionID) -> [LedgerEffect] {
        subscribers[connection] = nil
        for turn in waiters.keys { waiters[turn]?.removeAll { $0.connection == connection } }
        return []
    }

    mutating func lag(_ connection: ConnectionID, through: Seq) -> [LedgerEffect] {
        guard var subscriber = subscribers[connection] else { return [] }
        subscriber.phase = .lagging
        subscriber.cursor = min(subscriber.cursor, through)
        subscribers[connection] = subscriber
        return []
    }

    mutating func drain(_ connection: ConnectionID) -> [LedgerEffect] {
        guard subscribers[connection]?.phase == .lagging else { return [] }
        return serve(connection)
    }
}
