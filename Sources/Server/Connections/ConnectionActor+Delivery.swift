import FailPoints
import Ledger
import NIOCore
import Transport
import Wire

/// What sessions post: entries, fences, answers and questions, in the order in which they were decided.
extension ConnectionActor {
    /// Performs effects of a session.
    func perform(_ effects: [LedgerEffect], of session: SessionID) {
        if heldBack != nil {
            heldBack?.append(effects, of: session, atMost: outgoingBytesMaximum)
            return
        }
        for effect in effects { perform(effect, of: session) }
        pump()
    }

    /// `initialize` is answered: what sessions have posted meanwhile follows the answer.
    func performHeldBack() {
        let items = heldBack?.items ?? []
        heldBack = nil
        for (session, item) in items {
            switch item {
            case .effect(let effect): perform(effect, of: session)
            case .dropped(let through): lag(session, behind: through)
            case .call(let call, let number): carry(call, number, of: session)
            }
        }
        pump()
    }

    private func perform(_ effect: LedgerEffect, of session: SessionID) {
        switch effect {
        case .read(_, let page): reads.append((session, page))
        case .deliver(_, let entries, isReplay: true): replay(entries, of: session)
        case .deliver(_, let entries, isReplay: false): deliver(entries, of: session)
        case .caughtUp(_, let position): caughtUp(session, position)
        case .respond(_, let request, let result):
            if watches[session]?.isLagging == true {
                watches[session]?.held.append(effect)
            } else {
                respond(request, result)
            }
        case .close(_, let code, let reason):
            // Answers first: what is queued behind the close is not sent any more.
            write()
            socket?.close(code, reason)
        case .ask(_, let question, let seq, let isReissue):
            // A session that replays asks again.
            guard watches[session]?.isLagging != true, canAnswer(question) else { return }
            // Not to be asked is no loss for a client that does not read; questions would otherwise pile up, since to a
            // plain ACP client no entry goes with them.
            if !isReissue, outgoing.bytes > outgoingBytesMaximum {
                return lag(session, behind: watches[session]?.delivered ?? seq)
            }
            ask(question, seq: seq, isReissue: isReissue, of: session)
        case .withdraw(_, let key): withdraw(key)
        case .commit, .retryCommit, .start, .stop, .terminate, .release, .answer: break
        }
    }

    /// Whether the client has what the question needs. One of the layer knows of it by its entry all the same, and says no by
    /// itself.
    private func canAnswer(_ question: Question) -> Bool {
        guard layer == nil, let needed = ClientCapability(for: question.method) else { return true }
        return capabilities.contains(needed)
    }

    private func deliver(_ entries: [EncodedEntry], of session: SessionID) {
        guard watches[session]?.isLagging != true else { return }
        if let last = entries.last { watches[session]?.delivered = last.seq }
        guard let batch = EntryBatch(withoutEcho(entries), of: session, encoding(isReplay: false)),
            !batch.frames.isEmpty
        else { return }
        outgoing.append(.entries(batch.frames, of: session, from: batch.range.lowerBound))
        write()
        if outgoing.bytes > outgoingBytesMaximum { dropEntries() }
    }

    private func replay(_ entries: [EncodedEntry], of session: SessionID) {
        guard let first = entries.first, let last = entries.last else { return }
        if let through = watches[session]?.droppedBehind {
            // Posted before the session knew that entries were dropped, of which it begins again when the queue has
            // drained.
            guard first.from == through + 1 else { return }
            watches[session]?.droppedBehind = nil
        }
        watches[session]?.delivered = last.seq
        let encoding = encoding(isReplay: true)
        let batch =
            takePage(of: session, first.from...last.seq, encoding) ?? EntryBatch(entries, of: session, encoding)
        guard let batch, !batch.frames.isEmpty else { return }
        replayed.events += Int64(batch.frames.count)
        replayed.bytes += Int64(batch.bytes)
        outgoing.append(.entries(batch.frames, of: session, from: batch.range.lowerBound))
        write()
    }

    /// How entries are encoded for this client. Pages of a replay are long enough to be compressed by themselves.
    func encoding(isReplay: Bool) -> EntryBatch.Encoding {
        EntryBatch.Encoding(
            stamp: layer == nil ? .none : isReplay ? .replay : .live, isMerged: isReplay && layer?.coalesce ?? true,
            deflate: isReplay ? deflate : nil)
    }

    /// The page that was read, if it has these entries, encoded like that.
    private func takePage(
        of session: SessionID, _ range: ClosedRange<Seq>, _ encoding: EntryBatch.Encoding
    ) -> EntryBatch? {
        defer { page = nil }
        guard let page, page.session == session, page.range == range, page.encoding == encoding else { return nil }
        return page
    }

    /// The entries without the echo of the client's own prompts.
    private func withoutEcho(_ entries: [EncodedEntry]) -> [EncodedEntry] {
        guard !ownPrompts.isEmpty else { return entries }
        var heard: Set<ClientMessageID> = []
        let others = entries.filter { entry in
            guard let key = entry.clientMessageID, ownPrompts.contains(key) else { return true }
            heard.insert(key)
            return false
        }
        // All entries of a prompt are in one commit: no further echo of these keys follows.
        ownPrompts.subtract(heard)
        return others
    }

    private func caughtUp(_ session: SessionID, _ position: Position) {
        FailPoint.hit("server.fence", scope: session.rawValue)
        // As in `replay(_:of:)`. Only of a session that had a question dropped is there nothing to replay.
        if let through = watches[session]?.droppedBehind, position.seq != through { return }
        watches[session]?.droppedBehind = nil
        watches[session]?.delivered = position.seq
        let (events, bytes) = replayed
        replayed = (0, 0)
        if layer != nil {
            let fence = CaughtUp(session: session, position: position, events: events, bytes: bytes)
            queue(.notification(method: Method.caughtUp, params: fence.json))
        }
        let held = watches[session]?.held ?? []
        watches[session]?.held = []
        for case .respond(_, let request, let result) in held { respond(request, result) }
    }

    /// Answers a request that waited (``takeWaiting()``).
    func respond(_ request: RequestID, _ result: Result<LedgerEffect.Reply, RPCError>) {
        FailPoint.hit("server.answer")
        requestsWaiting = max(0, requestsWaiting - 1)
        switch result {
        case .failure(let error): queue(error, answering: request)
        case .success(.loaded(let attached)):
            queue(.response(request, result: answer(to: attached)))
        case .success(.prompt(let turn, let reason, let seq, let joined)):
            let belay: JSON = [
                "turnId": .string(turn.rawValue), "seq": .integer(seq), "joined": .bool(joined),
            ]
            queue(
                .response(
                    request,
                    result: .object(of: [
                        "stopReason": .string(reason.rawValue), "_meta": layer == nil ? nil : ["belay": belay],
                    ])))
        }
    }
}
