import Ledger
import NIOCore
import Wire

/// Read-only requests: `session/list`, `_belay/state`, `_belay/history`, `_belay/fill`.
extension Hub {
    /// How many sessions one page of `session/list` has.
    static let listPage = 50
    /// The largest offset that a cursor may hold.
    private static let listMaximum = 10_000_000

    func list(
        _ directory: String?, _ cursor: String?, _ id: RequestID, for peer: Peer
    ) throws(RPCError) -> EventLoopFuture<Void> {
        let offset = cursor.map { Int($0) } ?? 0
        guard let offset, (0...Hub.listMaximum).contains(offset) else {
            throw .invalidParams("'cursor' is not one that this server returned: list again from the first page")
        }
        let (connection, principal) = (peer.id, peer.principal)
        return readers.run(for: principal) { [store] in
            try store.sessions(of: principal, directory: directory, offset: offset, limit: Hub.listPage + 1)
        }.map { records in
            self.assumeIsolated { hub in
                guard let peer = hub.peers[connection] else { return }
                let next = records.count > Hub.listPage ? String(offset + Hub.listPage) : nil
                let sessions = records.prefix(Hub.listPage).map { hub.info($0, hasLayer: peer.layer != nil) }
                peer.queue(
                    .response(
                        id,
                        result: .object(of: [
                            "sessions": .array(sessions), "nextCursor": next.map { .string($0) },
                        ])))
            }
        }.flatMapErrorThrowing { error in
            self.assumeIsolated { $0.refuse(id, error, on: connection) }
        }
    }

    private func info(_ record: SessionRecord, hasLayer: Bool) -> JSON {
        let ledger = ledgers[record.id]
        let belay = JSON.object(of: [
            "epoch": .string(record.epoch.rawValue),
            "headSeq": .integer(ledger?.record.headSeq ?? record.headSeq),
            "turn": ledger?.state.runningTurn.map { .string($0.id.rawValue) },
            "attached": .integer(Int64(ledger?.subscriberCount ?? 0)),
            "pendingRequests": .integer(Int64(ledger?.state.requests.count ?? 0)),
            "agent": .string(record.agent),
            "expiredAt": expiredAt(record, ledger).map { .integer($0) },
        ])
        return .object(of: [
            "sessionId": .string(record.id.rawValue), "cwd": .string(record.directory),
            "title": (ledger?.record.title ?? record.title).map { .string($0) },
            "updatedAt": .string(ISO8601.text(ledger?.record.updatedAt ?? record.updatedAt)),
            "_meta": hasLayer ? ["belay": belay] : nil,
        ])
    }

    /// When a session expired, even if nothing has marked it yet; `nil` when it has not.
    private func expiredAt(_ record: SessionRecord, _ ledger: SessionLedger?) -> Timestamp? {
        let (limits, now) = (configuration.limits, clock.now)
        guard ledger?.isExpired(at: now) ?? record.isExpired(limits, at: now) else { return nil }
        return (ledger?.record ?? record).expiresAt(limits, at: now)
    }

    func state(
        _ session: SessionID, _ parts: [String], _ id: RequestID, for peer: Peer
    ) -> EventLoopFuture<Void> {
        answer(session, id, for: peer) { hub, peer in
            guard let ledger = hub.ledgers[session] else { return }
            let head: [JSON.Member] = [
                JSON.Member("sessionId", .string(session.rawValue)),
                JSON.Member("epoch", .string(ledger.record.epoch.rawValue)),
            ]
            peer.queue(.response(id, result: .object(head + (ledger.state.json(parts: parts).members ?? []))))
        }
    }

    /// Answers a request about one of the user's own sessions, and with ``unknown(_:)`` about any other.
    func answer(
        _ session: SessionID, _ id: RequestID, for peer: Peer,
        _ answer: @escaping @Sendable (isolated Hub, Peer) -> Void
    ) -> EventLoopFuture<Void> {
        let connection = peer.id
        return find(session, for: peer.principal).map { found in
            self.assumeIsolated { hub in
                guard let peer = hub.peers[connection] else { return }
                guard found, hub.ledgers[session] != nil else { return peer.queue(.failure(id, hub.unknown(session))) }
                answer(hub, peer)
            }
        }.flatMapErrorThrowing { error in
            self.assumeIsolated { $0.refuse(id, error, on: connection) }
        }
    }

    func history(_ request: HistoryRequest, _ id: RequestID, for peer: Peer) -> EventLoopFuture<Void> {
        read(request.session, id, for: peer) { record, _ in
            { store in
                let page = try HistoryPage(request, head: record.headSeq) { page in
                    try store.entries(of: request.session, page).map { try $0.decoded() }
                }
                return Message.response(id, result: page.json).encoded
            }
        }
    }

    /// Entries of a gap (`_belay/fill`): the end of it, within a bound, as a replay would have sent them.
    func fill(_ request: FillRequest, _ id: RequestID, for peer: Peer) -> EventLoopFuture<Void> {
        let isMerged = peer.layer?.coalesce ?? false
        return read(request.session, id, for: peer) { record, _ in
            guard record.epoch == request.epoch, request.range.upperBound <= record.headSeq else {
                throw RPCError.invalidParams("the journal has no such entries")
            }
            return { store in
                let entries = try store.entries(
                    of: request.session,
                    EntryPage(
                        after: request.range.lowerBound - 1, through: request.range.upperBound,
                        limit: Hub.fillEntries, bytes: Int(FillRequest.bytesMaximum), end: .last))
                return FillResult.encoded(
                    isMerged ? EncodedEntry.coalesced(entries) : entries, of: request.session, answering: id)
            }
        }
    }

    /// How many entries are read for one answer to `_belay/fill`.
    private static let fillEntries = 512

    private typealias Reading = @Sendable (any JournalStore) throws -> ByteBuffer

    /// Answers a request from the store: read and encoded on a reader thread, off the event loop.
    ///
    /// - Parameter prepare: Validates the request against the session, on the loop, and returns the read to perform.
    private func read(
        _ session: SessionID, _ id: RequestID, for peer: Peer,
        _ prepare: @escaping @Sendable (SessionRecord, RequestID) throws -> Reading
    ) -> EventLoopFuture<Void> {
        let (connection, principal) = (peer.id, peer.principal)
        return find(session, for: principal).flatMap { found -> EventLoopFuture<ByteBuffer> in
            self.assumeIsolated { hub in
                guard found, let record = hub.ledgers[session]?.record else {
                    return hub.loop.makeFailedFuture(hub.unknown(session))
                }
                do {
                    let work = try prepare(record, id)
                    return hub.readers.run(for: principal) { [store = hub.store] in try work(store) }
                } catch {
                    return hub.loop.makeFailedFuture(error)
                }
            }
        }.map { answer in
            self.assumeIsolated { $0.peers[connection]?.queue(answer) }
        }.flatMapErrorThrowing { error in
            self.assumeIsolated { $0.refuse(id, error, on: connection) }
        }
    }
}
