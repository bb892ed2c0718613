import Ledger
import NIOCore
import Wire

/// Questions about sessions that change nothing.
extension Hub {
    /// Sessions on one page of `session/list`.
    static let listPage = 50

    func list(_ directory: String?, _ cursor: String?, _ id: RequestID, for peer: Peer) throws(RPCError) {
        let offset = cursor.map { Int($0) } ?? 0
        guard let offset, offset >= 0 else { throw .invalidParams("'cursor' is none that this server gave") }
        let connection = peer.id
        let principal = peer.principal
        blocking { [store] in
            try store.sessions(of: principal, directory: directory, offset: offset, limit: Hub.listPage + 1)
        }.whenComplete { result in
            self.assumeIsolated { hub in
                guard let peer = hub.peers[connection] else { return }
                switch result {
                case .failure(let error): peer.queue(.failure(id, RPCError(.internalError, "\(error)")))
                case .success(let records):
                    let next = records.count > Hub.listPage ? String(offset + Hub.listPage) : nil
                    let sessions = records.prefix(Hub.listPage).map { hub.info($0, hasLayer: peer.layer != nil) }
                    peer.queue(
                        .response(
                            id,
                            result: .object(of: [
                                "sessions": .array(sessions), "nextCursor": next.map { .string($0) },
                            ])))
                }
                peer.pump()
            }
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
            "expiredAt": record.expiry.map { .integer($0.at) },
        ])
        return .object(of: [
            "sessionId": .string(record.id.rawValue), "cwd": .string(record.directory),
            "title": (ledger?.record.title ?? record.title).map { .string($0) },
            "updatedAt": .string(ISO8601.text(ledger?.record.updatedAt ?? record.updatedAt)),
            "_meta": hasLayer ? ["belay": belay] : nil,
        ])
    }

    func state(_ session: SessionID, _ parts: [String], _ id: RequestID, for peer: Peer) {
        answer(session, id, for: peer) { ledger in
            let names = parts.isEmpty ? SessionState.parts : parts
            let head: [JSON.Member] = [
                JSON.Member("sessionId", .string(session.rawValue)),
                JSON.Member("epoch", .string(ledger.record.epoch.rawValue)),
            ]
            return .object(head + (ledger.state.json(parts: names).members ?? []))
        }
    }

    private func answer(
        _ session: SessionID, _ id: RequestID, for peer: Peer, _ result: @escaping @Sendable (SessionLedger) -> JSON
    ) {
        let connection = peer.id
        find(session, for: peer.principal).whenComplete { found in
            self.assumeIsolated { hub in
                guard let peer = hub.peers[connection] else { return }
                if case .success(true) = found, let ledger = hub.ledgers[session] {
                    peer.queue(.response(id, result: result(ledger)))
                } else {
                    peer.queue(.failure(id, hub.refusal(found, session)))
                }
                peer.pump()
            }
        }
    }

    func history(_ request: HistoryRequest, _ id: RequestID, for peer: Peer) {
        let connection = peer.id
        find(request.session, for: peer.principal).flatMap { found -> EventLoopFuture<JSON?> in
            guard found, let head = self.assumeIsolated({ $0.ledgers[request.session]?.record.headSeq }) else {
                return self.loop.makeSucceededFuture(nil)
            }
            return self.blocking { [store = self.store] in try Hub.page(request, head: head, store) }
        }.whenComplete { result in
            self.assumeIsolated { hub in
                guard let peer = hub.peers[connection] else { return }
                if case .success(let page?) = result {
                    peer.queue(.response(id, result: page))
                } else {
                    peer.queue(.failure(id, hub.refusal(result.map { $0 != nil }, request.session)))
                }
                peer.pump()
            }
        }
    }

    /// Entries out of a hole: the end of it, within a bound, as a replay would have sent them.
    func fill(_ request: FillRequest, _ id: RequestID, for peer: Peer) {
        let connection = peer.id
        find(request.session, for: peer.principal).flatMap { found -> EventLoopFuture<[EncodedEntry]?> in
            let record = self.assumeIsolated { $0.ledgers[request.session]?.record }
            guard found, let record else { return self.loop.makeSucceededFuture(nil) }
            guard record.epoch == request.epoch, request.range.upperBound <= record.headSeq else {
                return self.loop.makeFailedFuture(RPCError.invalidParams("the journal has no such entries"))
            }
            return self.blocking { [store = self.store] in try Hub.end(of: request, store) }
        }.whenComplete { result in
            self.assumeIsolated { hub in
                guard let peer = hub.peers[connection] else { return }
                switch result {
                case .success(let entries?):
                    let merged = peer.layer?.coalesce ?? false ? hub.coalesced(entries) : entries
                    peer.queue(FillResult.encoded(merged, of: request.session, answering: id))
                case .failure(let error as RPCError): peer.queue(.failure(id, error))
                case .success, .failure:
                    peer.queue(.failure(id, hub.refusal(result.map { $0 != nil }, request.session)))
                }
                peer.pump()
            }
        }
    }

    /// The newest entries of a range that fit into one answer; at least one.
    private static func end(of request: FillRequest, _ store: any JournalStore) throws -> [EncodedEntry] {
        let first = max(request.range.lowerBound, request.range.upperBound - Seq(fillEntries) + 1)
        let entries = try store.entries(
            of: request.session, after: first - 1, through: request.range.upperBound, limit: fillEntries)
        var bytes: Int64 = 0
        let fitting = entries.reversed().prefix { entry in
            bytes += Int64(entry.payload.readableBytes)
            return bytes <= FillRequest.bytesMaximum
        }
        return entries.suffix(max(1, fitting.count))
    }

    /// How many entries are read for one answer to `_belay/fill`.
    private static let fillEntries = 512

    /// A page of messages: forwards from `after`, else backwards from `before`, reading further until it is full.
    private static func page(
        _ request: HistoryRequest, head: Seq, _ store: any JournalStore
    ) throws -> JSON {
        let limit = Int(request.limit)
        var first = request.after ?? max(0, (request.before ?? head + 1) - 1)
        let last = min(head, (request.before ?? head + 1) - 1)
        var through = request.after == nil ? last : first
        var messages: [HistoryMessage] = []
        repeat {
            // The step doubles, so a conversation of long tool calls is not read entry by entry.
            if request.after == nil {
                first = max(0, first - Seq(limit) * 8)
            } else {
                through = min(last, through + Seq(limit) * 8)
            }
            let entries = try store.entries(
                of: request.session, after: first, through: max(through, first), limit: .max
            ).map { try $0.decoded() }
            messages = HistoryMessage.messages(in: entries)
        } while messages.count <= limit && (request.after == nil ? first > 0 : through < last)
        let more = messages.count > limit
        // Cut at the far end: a message there may not be whole, and there is more anyway.
        messages = request.after == nil ? messages.suffix(limit) : Array(messages.prefix(limit))
        return ["messages": .array(messages.map(\.json)), "more": .bool(more)]
    }
}
