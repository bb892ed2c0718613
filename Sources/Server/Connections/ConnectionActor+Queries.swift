import Ledger
import NIOCore
import Wire

/// Read-only requests, `session/list`, `_belay/state` and `_belay/history`, and the end of sessions.
extension ConnectionActor {
    /// How many sessions one page of `session/list` has.
    static let listPage = 50
    /// The largest offset that a cursor may hold.
    private static let offsetMaximum = 10_000_000

    func list(_ directory: String?, _ cursor: String?, _ id: RequestID) throws(RPCError) {
        let offset = cursor.map { Int($0) } ?? 0
        guard let offset, (0...ConnectionActor.offsetMaximum).contains(offset) else {
            throw .invalidParams("'cursor' is not one that this server returned: list again from the first page")
        }
        prepare { connection in
            do {
                let (services, principal) = (connection.services, connection.principal)
                let records = try await services.readers.run(for: principal) {
                    try services.store.sessions(
                        of: principal, directory: directory, offset: offset, limit: ConnectionActor.listPage + 1,
                        by: $0)
                }
                let next = records.count > ConnectionActor.listPage ? String(offset + ConnectionActor.listPage) : nil
                let sessions = records.prefix(ConnectionActor.listPage).map { connection.info($0) }
                connection.queue(
                    .response(
                        id,
                        result: .object(of: [
                            "sessions": .array(sessions), "nextCursor": next.map { .string($0) },
                        ])))
            } catch {
                connection.refuse(id, error)
            }
        }
    }

    /// Tells a client that follows the user's sessions what goes on in one that it does not watch. One that does not read
    /// is told when it asks again.
    func tell(of session: SessionID) {
        guard layer?.followsSessions == true, heldBack == nil, watches[session] == nil,
            outgoing.bytes <= outgoingBytesMaximum, let record = services.sessions[session]?.summary.record
        else { return }
        queue(.notification(method: Method.session, params: info(record)))
        pump()
    }

    private func info(_ stored: SessionRecord) -> JSON {
        let summary = services.sessions[stored.id]?.summary
        let record = summary?.record ?? stored
        let belay = JSON.object(of: [
            "epoch": .string(record.epoch.rawValue),
            "headSeq": .integer(record.headSeq),
            "turn": summary?.turn.map { .string($0.rawValue) },
            "turnStartedAt": summary?.turnStartedAt.map { .integer($0) },
            "attached": .integer(Int64(services.sessions.watchers(of: record.id))),
            "pendingRequests": .integer(Int64(summary?.requests ?? 0)),
            "agent": .string(record.agent),
            "expiredAt": expiredAt(record, isWorking: summary?.isWorking ?? false).map { .integer($0) },
        ])
        return .object(of: [
            "sessionId": .string(record.id.rawValue), "cwd": .string(record.directory),
            "title": record.title.map { .string($0) }, "updatedAt": .string(ISO8601.text(record.updatedAt)),
            "_meta": layer == nil ? nil : ["belay": belay],
        ])
    }

    /// When a session expired, even if nothing has marked it yet; `nil` when it has not.
    private func expiredAt(_ record: SessionRecord, isWorking: Bool) -> Timestamp? {
        let (limits, now) = (services.configuration.limits, services.clock.now)
        var record = record
        if let session = services.sessions[record.id] { record.seenAt = max(record.seenAt, session.signOfLife.instant) }
        guard record.expiry != nil || !isWorking && record.isExpired(limits, at: now) else { return nil }
        return record.expiresAt(limits, at: now)
    }

    func state(_ session: SessionID, _ parts: [String], _ id: RequestID) {
        answer(session, id) { pin, connection in
            await pin.session.state(parts) { state in
                connection.post { $0.queue(.response(id, result: state)) }
            }
        }
    }

    func history(_ request: HistoryRequest, _ id: RequestID) {
        read(request.session, id) { record, store, deadline in
            let page = try HistoryPage(request, head: record.headSeq) { page in
                try store.entries(of: request.session, page, by: deadline).map { try $0.decoded() }
            }
            return Message.response(id, result: page.json).encoded
        }
    }

    /// Answers a request from the store: read and encoded on a reader's thread, off the event loop.
    private func read(
        _ session: SessionID, _ id: RequestID,
        _ body: @escaping @Sendable (SessionRecord, any JournalStore, Deadline) throws -> ByteBuffer
    ) {
        answer(session, id) { pin, connection in
            // Asked on the session's actor: all that it posted before is queued when it answers.
            let record = await pin.session.ledger.record
            let answer = try await connection.services.readers.run(for: connection.principal) {
                try body(record, connection.services.store, $0)
            }
            await connection.queue(answer)
        }
    }

    /// Answers a request about one of the user's own sessions; about any other with ``Services/unknown(_:)``.
    func answer(
        _ session: SessionID, _ id: RequestID,
        _ body: @escaping @Sendable (Sessions.Pin, ConnectionActor) async throws -> Void
    ) {
        prepare { connection in
            do {
                guard let pin = try await connection.services.sessions.find(session, for: connection.principal) else {
                    return connection.refuse(id, connection.services.unknown(session))
                }
                defer { pin.release() }
                try await body(pin, connection)
            } catch {
                connection.refuse(id, error)
            }
        }
    }

    // MARK: - The end of sessions

    func close(_ session: SessionID, _ id: RequestID) {
        answer(session, id) { pin, connection in
            // ACP: `session/close` cancels the work of the session, also what waits behind the running turn. To leave
            // without cancelling there is `_belay/detach`.
            await pin.session.cancelAll()
            await connection.leave(session)
            await connection.queue(.response(id, result: [:]))
        }
    }

    func delete(_ session: SessionID, _ id: RequestID) {
        prepare { connection in
            let services = connection.services
            do {
                do {
                    guard let pin = try await services.sessions.find(session, for: connection.principal) else {
                        return connection.refuse(id, services.unknown(session))
                    }
                    pin.release()
                } catch let error as StoreError where error.isDamage {
                    // The owner was checked before the damage was found, so a damaged session may be deleted.
                }
                // Forgotten in memory first: commits that are still in flight then find no session.
                _ = services.sessions.beginDeleting(session, by: connection.id)
                defer { services.sessions.deleted(session) }
                try await services.readers.run(for: connection.principal) {
                    try services.store.delete([session], node: Services.node, by: $0)
                }
                connection.forget(session)
                connection.queue(.response(id, result: [:]))
                services.purge()
            } catch {
                connection.refuse(id, error)
            }
        }
    }
}
