import Ledger
import NIOCore
import Wire

/// What ledgers decide, done.
extension Server {
    func perform(_ effects: [LedgerEffect], in session: HostedSession) throws(Violation) {
        guard let process else { return }
        var touched: [Peer] = []
        for effect in world.variant == .answerBeforeEntries ? effects.answersFirst : effects {
            switch effect {
            case .commit(let commit): try self.commit(commit, of: session)
            case .retryCommit:
                later(.seconds(1)) { [self] () throws(Violation) in
                    if !session.isGone { try perform(session.ledger.retryCommit(at: moment), in: session) }
                }
            case .read(let connection, let page):
                read(page, of: session, for: connection)
            case .deliver(let connection, let entries, let isReplay):
                guard let peer = process.peers[connection.rawValue] else { continue }
                try deliver(entries, of: session, to: peer, isReplay: isReplay)
            case .caughtUp(let connection, let position):
                guard let peer = process.peers[connection.rawValue], world.variant != .dropFence else { continue }
                let fence = CaughtUp(session: session.id, position: position, events: peer.replayed, bytes: 0)
                peer.replayed = 0
                queue(.notification(method: Method.caughtUp, params: fence.json), peer)
                for answer in peer.held.removeValue(forKey: session.id) ?? [] { queue(answer, peer) }
                touched.append(peer)
            case .respond(let connection, let request, let result):
                guard let peer = process.peers[connection.rawValue] else { continue }
                let answer: Message
                switch result {
                case .success(.prompt(let turn, let reason, _, _)):
                    let belay: JSON = ["turnId": .string(turn.rawValue)]
                    answer = .response(
                        request, result: ["stopReason": .string(reason.rawValue), "_meta": ["belay": belay]])
                case .success(.loaded): answer = .response(request, result: [:])
                case .failure(let error): answer = .failure(request, error)
                }
                if peer.held[session.id] == nil { queue(answer, peer) } else { peer.held[session.id]?.append(answer) }
                touched.append(peer)
            case .close(let connection, let code, let reason):
                if let peer = process.peers[connection.rawValue] { close(peer, code, reason) }
            case .start(let start): try begin(start, in: session)
            case .stop(let turn): try stop(turn, in: session)
            case .terminate(let turn): try terminate(turn)
            case .release(let correlation): release(correlation, in: session)
            case .answer(let correlation, _): answer(correlation, in: session)
            case .ask(_, _, _, isReissue: true) where world.variant == .forgetQuestions: continue
            case .ask(let connection, let question, let seq, let isReissue):
                guard let peer = process.peers[connection.rawValue] else { continue }
                let id = RequestID.string("ask-\(world.number())")
                peer.asked[question.key] = id
                peer.questions[id] = (session.id, question.key)
                queue(question.request(id, session: session.id, seq: seq, isReissue: isReissue), peer)
                touched.append(peer)
            case .withdraw(let connection, let key):
                guard let peer = process.peers[connection.rawValue] else { continue }
                guard let id = peer.asked.removeValue(forKey: key) else { continue }
                queue(.notification(method: Method.cancelRequest, params: ["requestId": id.json]), peer)
                touched.append(peer)
            }
        }
        for peer in touched { try pump(peer) }
    }

    private func read(_ page: EntryPage, of session: HostedSession, for connection: ConnectionID) {
        guard let peer = process?.peers[connection.rawValue] else { return }
        let begin: Step = { [self] () throws(Violation) in
            later(.microseconds(300)) { [self] () throws(Violation) in
                guard canRead else { return try handle(.loadFailed(connection, .failed("the disk")), in: session) }
                let entries = disk.entries(
                    of: session.id, after: page.after, through: page.through, limit: page.limit)
                try handle(.loaded(connection, entries), in: session)
            }
        }
        if peer.outgoing.isEmpty { later(.zero, begin) } else { peer.whenDrained.append(begin) }
    }

    private func deliver(
        _ entries: [EncodedEntry], of session: HostedSession, to peer: Peer, isReplay: Bool
    ) throws(Violation) {
        if world.variant != .acknowledgeBeforeCommit, let head = disk.sessions[session.id]?.record.headSeq {
            try require(
                entries.last?.seq ?? 0 <= head, "entry \(entries.last?.seq ?? 0) is delivered before the disk has it")
        }
        var frames =
            isReplay && peer.layer?.coalesce ?? false
            ? Entry.coalesced(disk.decoded(entries, of: session.id)).map(EncodedEntry.init) : entries
        if isReplay, world.variant == .replayTooLate { frames.removeFirst() }
        if isReplay, world.variant == .restampReplay {
            for index in frames.indices {
                frames[index].timestamp = moment.timestamp
                frames[index].lastTimestamp = moment.timestamp
            }
        }
        for entry in frames {
            guard let frame = entry.frame(session: session.id, stamp: isReplay ? .replay : .live) else { continue }
            if isReplay { peer.replayed += 1 }
            peer.outgoing.append((frame, (session.id, entry.from)))
            peer.bytesQueued += frame.readableBytes
        }
        try pump(peer)
        if !isReplay, peer.bytesQueued > Server.outgoingMaximum { try shed(peer) }
    }

    /// A client that reads too slowly: what waits for it is dropped, and fetched again when there is room.
    private func shed(_ peer: Peer) throws(Violation) {
        var through: [SessionID: Seq] = [:]
        while let (session, from) = peer.outgoing.last?.entry {
            peer.bytesQueued -= peer.outgoing.removeLast().bytes.readableBytes
            through[session] = from - 1
        }
        for (session, seq) in through.sorted(by: { $0.key < $1.key }) {
            peer.lagging.insert(session)
            peer.held[session] = peer.held[session] ?? []
            try handle(.lagging(peer.id, through: seq), in: session)
        }
    }

    func queue(_ message: Message, _ peer: Peer) {
        let bytes = message.encoded
        peer.outgoing.append((bytes, nil))
        peer.bytesQueued += bytes.readableBytes
    }

    func pump(_ peer: Peer) throws(Violation) {
        guard peer.isOpen else { return }
        while peer.line.isWritable, !peer.outgoing.isEmpty {
            let (bytes, _) = peer.outgoing.removeFirst()
            peer.bytesQueued -= bytes.readableBytes
            world.network.send(.text(bytes), over: peer.line, .toClient)
        }
        guard peer.outgoing.isEmpty, peer.line.isWritable else { return }
        let actions = peer.whenDrained
        peer.whenDrained = []
        for action in actions { try action() }
        let lagging = peer.lagging.sorted()
        peer.lagging = []
        for session in lagging { try handle(.drained(peer.id), in: session) }
    }

    func drained(_ line: Line) throws(Violation) {
        if let peer = process?.peers[line.id] { try pump(peer) }
    }
}

extension [LedgerEffect] {
    /// What a server would do whose answers overtake the entries that they belong to.
    fileprivate var answersFirst: [LedgerEffect] {
        filter { if case .respond = $0 { true } else { false } }
            + filter { if case .respond = $0 { false } else { true } }
    }
}
