import FailPoints
import Ledger
import NIOCore
import Transport
import Wire

/// Attaching a connection to a session, or to the successor of one that has expired.
extension SessionActor {
    /// A connection that attaches.
    struct Attacher: Sendable {
        /// The connection.
        var connection: ConnectionActor
        /// The client's installation; `nil` for a plain ACP client.
        var client: ClientID?
        /// What the client does for agents.
        var capabilities: Set<ClientCapability>
        /// Whether a frame has arrived on it, so that the attach counts as a sign of life.
        var isSignOfLife: Bool
        /// The sessions that the connection watches already.
        var watched: Set<SessionID>
    }

    /// The outcome of an attach.
    struct Attached: Sendable {
        /// The session that is watched from now on: the one that was asked for, or its successor; `nil` when the attach
        /// was refused.
        var session: SessionActor?
        /// How often the connection has attached to it.
        var attach: UInt64
        /// Whether this attach counted the connection as one that watches the session; it watched it already otherwise.
        var isCounted: Bool
        /// What the client is told.
        var outcome: AttachOutcome

        /// A refused attach.
        static func refused(_ session: SessionID, _ error: RPCError) -> Attached {
            Attached(session: nil, attach: 0, isCounted: false, outcome: .refused(session, error))
        }
    }

    /// Takes the outcome on the connection's actor, before the entries of the replay arrive there.
    typealias Reply = @Sendable (isolated ConnectionActor, Attached) -> Void

    /// Attaches a connection to this session, or to its successor when it has expired. Everything that is asked of the
    /// session is asked in one call: each may be a switch to another event loop and back.
    ///
    /// - Parameters:
    ///   - replaces: Whether an expired session is replaced by its successor. It is marked as expired all the same, so
    ///     that nothing is added to it any more.
    ///   - reply: Called once if this returns `true`.
    /// - Returns: Whether there is such a session; one whose archive has ended counts as none.
    /// - Throws: An error of the store.
    func attach(
        _ attacher: Attacher, _ attachment: SessionLedger.Attachment, replaces: Bool, reply: @escaping Reply
    ) async throws -> Bool {
        guard !isAbandoned else { return false }
        let successor = try await successor()
        defer { successor?.pin.release() }
        if replaces, let (next, expiry) = successor {
            let start = SessionLedger.Attachment.resume(Position(epoch: expiry.successor.epoch, seq: 0))
            await next.session.attach(attacher, id, start, expiry: expiry, reply: reply)
        } else {
            let stored = try await timestamp(for: attachment)
            attach(attacher, id, attachment, stored: stored, reply: reply)
        }
        return true
    }

    /// Attaches a connection in one step; what is replayed follows the reply.
    ///
    /// - Parameters:
    ///   - request: The session that the client asked for.
    ///   - stored: When the entry at the client's cursor was written, as the store says.
    ///   - expiry: What the client is told when this session is the successor of the one that it asked for.
    func attach(
        _ attacher: Attacher, _ request: SessionID, _ attachment: SessionLedger.Attachment,
        stored: Timestamp? = nil, expiry: Expiry? = nil, reply: @escaping Reply
    ) {
        let connection = attacher.connection
        guard services.sessions[id] === self else {
            // It was deleted or set aside while the attach was prepared.
            return refuse(connection, request, services.notHere(request), reply)
        }
        let isCounted = !attacher.watched.contains(id)
        guard !isCounted || services.sessions.watch(id) else {
            let maximum = services.configuration.sessionsInMemoryPerPrincipal
            return refuse(connection, request, .tooManyWatched(maximum: maximum), reply)
        }
        let now = services.clock.now
        let (result, effects) = change { ledger in
            ledger.attach(
                connection.id, client: attacher.client, attachment, stored: stored,
                isSignOfLife: attacher.isSignOfLife, at: now)
        }
        if attacher.isSignOfLife { signOfLife.note(now.instant) }
        attaches[connection.id, default: 0] += 1
        let outcome: AttachOutcome = expiry.map { .refused(request, $0.error) } ?? .attached(result)
        let attached = Attached(
            session: self, attach: attaches[connection.id] ?? 0, isCounted: isCounted, outcome: outcome)
        connection.post { reply($0, attached) }
        perform(effects)
        offers(attacher)
    }

    private func refuse(
        _ connection: ConnectionActor, _ request: SessionID, _ error: RPCError, _ reply: @escaping Reply
    ) {
        connection.post { reply($0, .refused(request, error)) }
    }

    // MARK: - Before the attach

    /// When the entry at a client's cursor was written, read from the store where it is not in memory: it tells whether
    /// the client's copy and this journal are the same (`Ledger.docc/Restored.md`).
    ///
    /// - Returns: `nil` when there is nothing to compare, and for a damaged entry: the client then gets a snapshot.
    private func timestamp(for attachment: SessionLedger.Attachment) async throws -> Timestamp? {
        guard let seq = ledger.entryToVerify(attachment) else { return nil }
        let page = EntryPage(after: seq - 1, through: seq, limit: 1)
        do {
            return try await services.readers.run(for: principal) { [services, id] in
                try services.store.entries(of: id, page, by: $0).first?.timestamp
            }
        } catch let error as StoreError where error.isDamage {
            return nil
        }
    }

    /// Marks the session as expired if `sessions.expire` has passed, and makes its successor.
    ///
    /// - Returns: The successor, pinned, and what the client is told; `nil` when the session has not expired. If the
    ///   successor has expired in its turn, it is the successor of that.
    func successor() async throws -> (pin: Sessions.Pin, expiry: Expiry)? {
        let now = services.clock.now
        guard let (first, expired) = try await directSuccessor(at: now) else { return nil }
        var next = first
        do {
            while let (later, _) = try await next.session.directSuccessor(at: now) {
                next.release()
                next = later
            }
        } catch {
            next.release()
            throw error
        }
        return (next, expiry(expired, next.session.summary.record))
    }

    private func directSuccessor(
        at now: Moment
    ) async throws -> (pin: Sessions.Pin, expired: SessionRecord.Expired)? {
        guard change({ $0.isExpired(at: now) }) else { return nil }
        // The key is derived from the expired session, so every client and every retry gets the same successor.
        let next = try await services.sessions.make(
            for: principal, ledger.record.directory, agent: ledger.record.agent, key: "successor:\(id)",
            mcpServers: ledger.record.mcpServers)
        do {
            return (next, try await expire(at: now, next.session.id))
        } catch {
            next.release()
            throw error
        }
    }

    private func expire(at now: Moment, _ successor: SessionID) async throws -> SessionRecord.Expired {
        if let expiry = ledger.record.expiry { return expiry }
        let at = ledger.record.expiresAt(services.configuration.limits, at: now) ?? now.timestamp
        try await services.lookup(on: loop) { [services, lease] deadline in
            FailPoint.hit("server.expire")
            try services.store.expire(lease, at: at, successor: successor, by: deadline)
        }.get()
        let expiry = SessionRecord.Expired(at: at, successor: successor)
        change { $0.expire(expiry) }
        return ledger.record.expiry ?? expiry
    }

    /// What a client is told about a session that has expired.
    private func expiry(_ expired: SessionRecord.Expired, _ successor: SessionRecord) -> Expiry {
        Expiry(
            at: expired.at, lastSeq: ledger.record.headSeq,
            archiveUntil: expired.at + services.configuration.limits.archive.milliseconds, successorID: successor.id,
            successor: Position(epoch: successor.epoch, seq: 0))
    }
}
