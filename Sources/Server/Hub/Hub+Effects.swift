import FailPoints
import Ledger
import Logging
import NIOCore
import Transport
import Wire

/// Performs the effects that ledgers return.
extension Hub {
    /// Passes an event to a session's ledger and performs the effects; does nothing for a session that is not loaded.
    func handle(_ event: LedgerEvent, in session: SessionID) {
        let seenAt = ledgers[session]?.record.seenAt
        guard let effects = ledgers[session]?.handle(event, at: clock.now) else { return }
        // The end of a turn counts as a sign of life too; it is stored with the next batch of them.
        if let now = ledgers[session]?.record.seenAt, now != seenAt { seen[session] = now }
        perform(effects, in: session)
    }

    func perform(_ effects: [LedgerEffect], in session: SessionID) {
        var touched: Set<ConnectionID> = []
        for effect in effects {
            switch effect {
            case .commit(let commit):
                guard let principal = ledgers[session]?.record.principal, let ledger = incarnations[session] else {
                    break
                }
                committer.add(commit, of: principal, ledger: ledger)
                scheduleFlush()
            case .retryCommit:
                loop.scheduleTask(in: .seconds(1)) { self.assumeIsolated { $0.retryCommit(session) } }
            case .read(let connection, let page): read(session, for: connection, page)
            case .deliver(let connection, let entries, let isReplay):
                deliver(entries, of: session, to: connection, isReplay: isReplay)
                touched.insert(connection)
            case .caughtUp(let connection, let position):
                caughtUp(connection, session, position)
                touched.insert(connection)
            case .respond(let connection, let request, let result):
                respond(connection, request, result)
                touched.insert(connection)
            case .close(let connection, let code, let reason):
                // Answers first: what is queued behind the close is not sent any more.
                peers[connection]?.write()
                peers[connection]?.connection?.close(code, reason)
            case .start(let start): begin(start, in: session)
            case .stop(let turn): stop(turn, in: session)
            case .release(let ticket): release(ticket)
            case .ask(let connection, let question, let seq, let isReissue):
                ask(question, seq: seq, isReissue: isReissue, of: session, on: connection)
                touched.insert(connection)
            case .withdraw(let connection, let key):
                withdraw(key, on: connection)
                touched.insert(connection)
            case .answer(let ticket, let answer): self.answer(ticket, answer)
            }
        }
        for connection in touched { pump(connection) }
    }

    /// Flushes at the end of this event loop tick, so that everything of the tick shares one transaction.
    private func scheduleFlush() {
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        loop.execute { self.assumeIsolated { $0.flushCommits() } }
    }

    private func flushCommits() {
        isFlushScheduled = false
        guard let written = committer.flush() else { return }
        written.whenComplete { result in self.assumeIsolated { $0.committed(result) } }
    }

    private func committed(_ result: Result<[(Committer.Entry, Committer.Outcome)], any Error>) {
        committer.ended()
        // The future fails only when the server has stopped its threads.
        for (entry, outcome) in (try? result.get()) ?? [] { ended(entry, outcome) }
        flushCommits()
    }

    private func ended(_ entry: Committer.Entry, _ outcome: Committer.Outcome) {
        let session = entry.commit.session
        guard incarnations[session] == entry.ledger, let principal = ledgers[session]?.record.principal else { return }
        switch outcome {
        case .stored:
            count(entry.commit.bytes, of: principal)
            FailPoint.hit("server.deliver", scope: session.rawValue)
            handle(.committed, in: session)
        case .refused(let failure) where failure.isDamage: setAside(session, because: failure)
        case .refused(let failure):
            note(
                .error, "commit failed", of: principal, ["session": session.rawValue, "error": "\(failure)"])
            handle(.commitFailed(failure), in: session)
        case .unknown(let failure):
            note(
                .error, "commit with unknown outcome", of: principal,
                ["session": session.rawValue, "error": "\(failure)"])
            loop.scheduleTask(in: Hub.settleInterval) { self.assumeIsolated { $0.settle(entry, after: failure) } }
        }
    }

    /// The delay before a commit with an unknown outcome is checked again.
    private static let settleInterval = TimeAmount.seconds(1)

    private func settle(_ entry: Committer.Entry, after failure: StoreError) {
        committer.settle(entry.commit, after: failure).whenSuccess { outcome in
            self.assumeIsolated { $0.ended(entry, outcome) }
        }
    }

    private func retryCommit(_ session: SessionID) {
        guard let effects = ledgers[session]?.retryCommit(at: clock.now) else { return }
        perform(effects, in: session)
    }

    private func deliver(
        _ entries: [EncodedEntry], of session: SessionID, to connection: ConnectionID, isReplay: Bool
    ) {
        guard let peer = peers[connection], let first = entries.first, let last = entries.last else { return }
        let encoding = peer.encoding(isReplay: isReplay)
        let batch =
            isReplay
            ? peer.takePage(of: session, first.from...last.seq, encoding)
                ?? EntryBatch(entries, of: session, encoding)
            : EntryBatch(peer.withoutEcho(entries), of: session, encoding)
        guard let batch, !batch.frames.isEmpty else { return }
        if isReplay {
            peer.replayed.events += Int64(batch.frames.count)
            peer.replayed.bytes += Int64(batch.frames.bytes.readableBytes)
        }
        peer.queue(batch.frames, of: session, from: batch.range.lowerBound)
        peer.write()
        if !isReplay, peer.outgoing.bytes > configuration.outgoingBytesMaximum { shed(peer) }
    }

    private func caughtUp(_ connection: ConnectionID, _ session: SessionID, _ position: Position) {
        guard let peer = peers[connection] else { return }
        FailPoint.hit("server.fence", scope: session.rawValue)
        let (events, bytes) = peer.replayed
        peer.replayed = (0, 0)
        guard peer.layer != nil else { return }
        let fence = CaughtUp(session: session, position: position, events: events, bytes: bytes)
        peer.queue(.notification(method: Method.caughtUp, params: fence.json))
    }

    private func respond(
        _ connection: ConnectionID, _ request: RequestID, _ result: Result<LedgerEffect.Reply, RPCError>
    ) {
        guard let peer = peers[connection] else { return }
        FailPoint.hit("server.answer")
        switch result {
        case .failure(let error): peer.queue(.failure(request, error))
        case .success(.loaded(let attached)):
            peer.queue(.response(request, result: peer.layer == nil ? [:] : ["_meta": ["belay": attached.json]]))
        case .success(.prompt(let turn, let reason, let seq, let joined)):
            let belay: JSON = [
                "turnId": .string(turn.rawValue), "seq": .integer(seq), "joined": .bool(joined),
            ]
            peer.queue(
                .response(
                    request,
                    result: .object(of: [
                        "stopReason": .string(reason.rawValue), "_meta": peer.layer == nil ? nil : ["belay": belay],
                    ])))
        }
    }
}
