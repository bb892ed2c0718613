import Ledger
import NIOCore
import Wire

/// What ledgers decide, done.
extension Server {
    func perform(_ effects: [LedgerEffect], in session: SessionID) throws(Violation) {
        var touched: Set<UInt64> = []
        for effect in effects {
            switch effect {
            case .commit(let commit): try self.commit(commit)
            case .retryCommit:
                later(.seconds(1)) { [self] () throws(Violation) in
                    guard let effects = process?.ledgers[session]?.retryCommit(at: moment) else { return }
                    try perform(effects, in: session)
                }
            case .read(let connection, let page):
                read(session, connection.rawValue, page.after, page.through, page.limit)
            case .deliver(let connection, let entries, let isReplay):
                try deliver(entries, of: session, to: connection.rawValue, isReplay: isReplay)
                touched.insert(connection.rawValue)
            case .caughtUp(let connection, let position):
                guard let peer = process?.peers[connection.rawValue], world.variant != .dropFence else { continue }
                let fence = CaughtUp(session: session, position: position, events: peer.replayed, bytes: 0)
                peer.replayed = 0
                queue(.notification(method: Method.caughtUp, params: fence.json), peer)
                touched.insert(connection.rawValue)
            case .respond(let connection, let request, let result):
                guard let peer = process?.peers[connection.rawValue] else { continue }
                switch result {
                case .success(.prompt(let turn, let reason, _, _)):
                    let belay: JSON = ["turnId": .string(turn.rawValue)]
                    queue(
                        .response(
                            request, result: ["stopReason": .string(reason.rawValue), "_meta": ["belay": belay]]),
                        peer)
                case .success(.loaded): queue(.response(request, result: [:]), peer)
                case .failure(let error): queue(.failure(request, error), peer)
                }
                touched.insert(connection.rawValue)
            case .close(let connection, let code, let reason):
                close(connection.rawValue, Closure(code: code, reason: reason))
            case .start(let start): try begin(start, in: session)
            case .stop(let turn): try stop(turn, in: session)
            case .terminate(let turn): try terminate(turn)
            case .release(let correlation): release(correlation, in: session)
            case .answer(let correlation, _): answer(correlation, in: session)
            case .ask(_, _, _, isReissue: true) where world.variant == .forgetQuestions: continue
            case .ask(let connection, let question, let seq, let isReissue):
                guard let peer = process?.peers[connection.rawValue] else { continue }
                let id = RequestID.string("ask-\(world.number())")
                peer.asked[question.key] = id
                peer.questions[id] = (session, question.key)
                queue(question.request(id, session: session, seq: seq, isReissue: isReissue), peer)
                touched.insert(connection.rawValue)
            case .withdraw(let connection, let key):
                guard let peer = process?.peers[connection.rawValue] else { continue }
                guard let id = peer.asked.removeValue(forKey: key) else { continue }
                queue(.notification(method: Method.cancelRequest, params: ["requestId": id.json]), peer)
                touched.insert(connection.rawValue)
            }
        }
        for id in touched.sorted() { if let peer = process?.peers[id] { try pump(peer) } }
    }

    private func commit(_ commit: Commit) throws(Violation) {
        guard let number = process?.number, let lease = process?.leases[commit.session] else {
            throw Violation("session \(commit.session) is written without a lease")
        }
        let leased = LeasedCommit(commit, under: lease)
        if world.variant == .acknowledgeBeforeCommit {
            later(.zero) { [self] () throws(Violation) in try handle(.committed, in: commit.session) }
        }
        if world.variant == .checkpointAhead { disk.keepCheckpoint(of: commit) }
        let due = world.now + world.chance.duration(.microseconds(100)...(.milliseconds(4)))
        world.schedule.add(at: due) { [self] () throws(Violation) in
            guard process?.number == number else { return arriveLate(leased) }
            if crashPoint == .beforeCommit {
                crashPoint = nil
                crash()
                return arriveLate(leased)
            }
            if isFull {
                if world.variant == .acknowledgeBeforeCommit { return }
                return try handle(.commitFailed(.full("the disk")), in: commit.session)
            }
            let isWritten = !failsCommits || world.chance.oneIn(2)
            if isWritten { try write(leased) }
            if crashPoint == .afterCommit {
                crashPoint = nil
                return crash()
            }
            if world.variant == .acknowledgeBeforeCommit { return }
            if failsCommits { return try settle(commit) }
            try handle(.committed, in: commit.session)
        }
    }

    /// Whether the disk looks at leases.
    private var isFenced: Bool { world.variant != .ignoreFence }

    private func write(_ leased: LeasedCommit) throws(Violation) {
        try require(
            try disk.commit(leased, isFenced: isFenced),
            "session \(leased.commit.session) is fenced from the process that has it")
    }

    /// A commit of a process that is no more: it may have left for the disk before, and arrive when the next process
    /// has gone on with the session.
    private func arriveLate(_ leased: LeasedCommit) {
        guard world.chance.oneIn(3) else { return }
        let due = world.now + world.chance.duration(.zero...(.seconds(2)))
        world.schedule.add(at: due) { [self] () throws(Violation) in
            if !isFull { _ = try disk.commit(leased, isFenced: isFenced) }
        }
    }

    /// The disk says that a commit failed: what stands in the journal says whether it did.
    private func settle(_ commit: Commit) throws(Violation) {
        let failure = StoreError.failed("the disk")
        if world.variant == .believeFailures { return try handle(.commitFailed(failure), in: commit.session) }
        guard canRead else {
            return later(.seconds(1)) { [self] () throws(Violation) in try settle(commit) }
        }
        let isWritten = disk.sessions[commit.session]?.entries.last == commit.entries.last
        try handle(isWritten ? .committed : .commitFailed(failure), in: commit.session)
    }

    private func read(
        _ session: SessionID, _ connection: UInt64, _ after: Seq, _ through: Seq, _ limit: Int
    ) {
        guard let peer = process?.peers[connection] else { return }
        let begin = { [self] () throws(Violation) -> Void in
            later(.microseconds(300)) { [self] () throws(Violation) in
                let connection = ConnectionID(rawValue: connection)
                guard canRead else { return try handle(.loadFailed(connection, .failed("the disk")), in: session) }
                let entries = disk.entries(of: session, after: after, through: through, limit: limit)
                try handle(.loaded(connection, entries), in: session)
            }
        }
        if peer.outgoing.isEmpty {
            later(.zero) { () throws(Violation) in try begin() }
        } else {
            peer.whenDrained.append(begin)
        }
    }

    private func deliver(
        _ entries: [EncodedEntry], of session: SessionID, to connection: UInt64, isReplay: Bool
    ) throws(Violation) {
        guard let peer = process?.peers[connection] else { return }
        if world.variant != .acknowledgeBeforeCommit, let stored = disk.sessions[session] {
            for entry in entries {
                try require(
                    entry.seq <= stored.record.headSeq, "entry \(entry.seq) is delivered before the disk has it")
            }
        }
        var frames =
            isReplay && peer.layer?.coalesce ?? false
            ? Entry.coalesced(disk.decoded(entries, of: session)).map(EncodedEntry.init) : entries
        if isReplay, world.variant == .replayTooLate { frames.removeFirst() }
        if isReplay, world.variant == .restampReplay {
            for index in frames.indices {
                frames[index].timestamp = moment.timestamp
                frames[index].lastTimestamp = moment.timestamp
            }
        }
        for entry in frames {
            guard let frame = entry.frame(session: session, stamp: isReplay ? .replay : .live) else { continue }
            if isReplay { peer.replayed += 1 }
            peer.outgoing.append((frame, (session, entry.from)))
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
        for (session, seq) in through {
            peer.lagging.insert(session)
            try handle(.lagging(ConnectionID(rawValue: peer.line.id), through: seq), in: session)
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
        for session in lagging { try handle(.drained(ConnectionID(rawValue: peer.line.id)), in: session) }
    }

    func drained(_ line: Line) throws(Violation) {
        if let peer = process?.peers[line.id] { try pump(peer) }
    }
}
