public import Wire

/// Attaching: one atomic step, then a replay that live entries cannot overtake (`protocol.md` §7).
extension SessionLedger {
    /// What a connection wants to see.
    public enum Attachment: Hashable, Sendable {
        /// Everything behind a position; everything, when the position is `nil` or of another journal.
        ///
        /// - Parameters:
        ///   - at: When the entry at the client's cursor was written; `nil` skips the comparison.
        ///   - window: How many bytes the client wants before it is current (``AttachRequest/window``).
        case resume(Position?, at: Timestamp? = nil, window: Int64? = nil)
        /// Everything, and then the answer to this request.
        case load(RequestID)
        /// Only entries that are committed from now on.
        case follow
    }

    /// Attaches a connection.
    ///
    /// - Parameters:
    ///   - connection: The connection; one that is attached already starts over.
    ///   - client: The client's installation; `nil` for a plain ACP client.
    ///   - attachment: What it wants to see.
    ///   - stored: When the entry at ``entryToVerify(_:)`` was written, as the store says.
    ///   - isSignOfLife: Whether the attach counts as a sign of life. One in the upgrade request does not before the
    ///     first frame: it may be repeated or raced, and must not prolong the session (`protocol.md` §1).
    /// - Returns: The answer, and the effects to perform after it was queued.
    public mutating func attach(
        _ connection: ConnectionID, client: ClientID?, _ attachment: Attachment, stored: Timestamp? = nil,
        isSignOfLife: Bool = true, at now: Moment
    ) -> (AttachResult, [LedgerEffect]) {
        let head = record.headSeq
        let mode: AttachMode
        var after: Seq
        var missing: Missing?
        switch attachment {
        case .resume(let position?, let timestamp, _) where isOurs(position, at: timestamp, stored: stored):
            (mode, after) = (.delta, position.seq)
        case .resume, .load: (mode, after) = (.snapshot, 0)
        case .follow: (mode, after) = (.delta, head)
        }
        if case .resume(_, _, let window?) = attachment,
            let start = tail.start(
                after: after, window: Int(clamping: window), bound: limits.screenBytes),
            start > after
        {
            missing = Missing(range: after + 1...start, state: state.brief)
            after = start
        }
        let tier: Tier = now.instant - seenAt < limits.brief ? .brief : .medium
        if isSignOfLife { touch(at: now) }
        let result = AttachResult(
            session: record.id, epoch: record.epoch, headSeq: head, mode: mode, afterSeq: after, tier: tier,
            turn: state.runningTurn?.id,
            expiresAt: isWorking ? nil : record.expiresAt(limits, at: now),
            openRequests: state.requests.map(\.question.key), missing: missing)
        var subscriber = Subscriber(connection: connection, client: client, cursor: after, phase: .loading)
        // A new attach keeps the held answers and the count of pages that are still being read.
        subscriber.held = subscribers[connection]?.held ?? []
        subscriber.reads = subscribers[connection]?.reads ?? 0
        if case .load(let request) = attachment {
            subscriber.held.append(.init(request: request, result: .success(.loaded(result))))
        }
        subscribers[connection] = subscriber
        return (result, serve(connection))
    }

    /// The entry whose time has to be read from the store before the attach; `nil` when it is in memory, or when
    /// there is nothing to compare.
    public func entryToVerify(_ attachment: Attachment) -> Seq? {
        guard case .resume(let position?, _?, _) = attachment, position.epoch == record.epoch,
            (1...max(1, record.headSeq)).contains(position.seq), tail.timestamp(of: position.seq) == nil
        else { return nil }
        return position.seq
    }

    /// Whether the client's copy is a prefix of this journal. A cursor beyond the last entry is not clamped, and an
    /// entry with another time is another entry (`Restored.md`).
    private func isOurs(_ position: Position, at timestamp: Timestamp?, stored: Timestamp?) -> Bool {
        guard position.epoch == record.epoch, (0...record.headSeq).contains(position.seq) else { return false }
        guard let timestamp, position.seq > 0 else { return true }
        return (tail.timestamp(of: position.seq) ?? stored) == timestamp
    }

    /// The position that a client of this session holds once it has seen everything.
    public var position: Position { Position(epoch: record.epoch, seq: record.headSeq) }

    /// Sends a subscriber the entries behind its cursor: from the tail in memory if it reaches back, else from the
    /// journal.
    private mutating func serve(_ connection: ConnectionID) -> [LedgerEffect] {
        guard let subscriber = subscribers[connection] else { return [] }
        guard let entries = tail.after(subscriber.cursor, head: record.headSeq) else {
            subscribers[connection]?.phase = .loading
            subscribers[connection]?.reads += 1
            return [
                .read(
                    connection,
                    EntryPage(
                        after: subscriber.cursor, through: record.headSeq, limit: limits.pageEntries,
                        bytes: limits.pageBytes))
            ]
        }
        subscribers[connection]?.cursor = record.headSeq
        subscribers[connection]?.phase = .live
        subscribers[connection]?.held = []
        let replay: [LedgerEffect] = entries.isEmpty ? [] : [.deliver(connection, entries, isReplay: true)]
        return replay
            + [.caughtUp(connection, position)] + reissue(to: connection)
            + subscriber.held.map { .respond(connection, $0.request, $0.result) }
    }

    mutating func loaded(_ entries: [EncodedEntry], for connection: ConnectionID) -> [LedgerEffect] {
        guard subscribers[connection] != nil else { return [] }
        subscribers[connection]?.reads -= 1
        // A page of an earlier attach of the same connection is ignored; the page for this attach follows.
        guard let subscriber = subscribers[connection], subscriber.phase == .loading, subscriber.reads == 0 else {
            return []
        }
        guard let first = entries.first, let last = entries.last, first.from == subscriber.cursor + 1 else {
            return loadFailed(.damaged(record.id, "entry \(subscriber.cursor + 1) is missing"), for: connection)
        }
        subscribers[connection]?.cursor = last.seq
        return [.deliver(connection, entries, isReplay: true)] + serve(connection)
    }

    mutating func loadFailed(_ error: StoreError, for connection: ConnectionID) -> [LedgerEffect] {
        guard subscribers.removeValue(forKey: connection) != nil else { return [] }
        return [.close(connection, .tryAgainLater, "retry_after_ms=2000; \(error.remoteDescription)")]
    }

    /// Removes the subscriber, and sends the answers that were held for the end of its replay.
    mutating func leave(_ connection: ConnectionID) -> [LedgerEffect] {
        let held = subscribers.removeValue(forKey: connection)?.held ?? []
        return held.map { .respond(connection, $0.request, $0.result) }
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

extension SessionLedger.Attachment {
    /// The attachment that a client of the resume layer asks for.
    public init(_ request: AttachRequest) {
        self = .resume(request.position, at: request.timestamp, window: request.window)
    }
}
