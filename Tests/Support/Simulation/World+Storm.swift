import Ledger
import Sync
import Wire

/// What goes wrong, and what people do meanwhile.
extension World {
    func storm() throws(Violation) {
        let client = chance.pick(clients)
        let server = servers.count > 1 ? chance.pick(servers) : server
        if client.leader != nil, client.disk.session == nil { try client.start() }
        if let variant, chance.oneIn(4), try provoke(variant, client, server) { return }
        switch chance.number(0...90) {
        case 0...3: if sent.count < 40 { try send(by: client) }
        case 4: try client.cancel()
        case 5: try answer(by: client)
        case 6...9: cut(client, hasBound: false)
        case 10...13: cut(client, hasBound: true)
        case 14: blackhole(client)
        case 15: for line in network.lines { network.heal(line) }
        case 16: try client.run(.networkChanged(chance.pick([.unchanged, .changed, .none])))
        case 17: try client.run(.hurry)
        case 18: try client.run(.woke(after: .seconds(chance.number(3...100))))
        case 19: weather()
        case 20: isUnreachable.toggle()
        case 21: try die(client)
        case 22: if !client.isRunning { try client.start() }
        case 23: server.crash()
        case 24: server.crashPoint = chance.pick(Server.CrashPoint.allCases)
        case 25, 26: try server.boot()
        case 27: server.isFull.toggle()
        case 28: client.isDiskFull.toggle()
        case 29: revoke(client)
        case 30: disk.makeCopy()
        case 31: if expire == nil, !setsClocks, chance.oneIn(3) { try restore() }
        case 32: server.failsReads.toggle()
        case 33: server.failsCommits.toggle()
        case 34: server.evict()
        case 35: isPortal.toggle()
        case 36: if expire != nil { try beAway() }
        case 37: try roam(client)
        case 38: client.intrude()
        case 39: if setsClocks { setClock(of: server) }
        case 40: if servers.count > 1 { server.isCut.toggle() }
        // Most of all, lines are cut.
        default: try cutAgain(client)
        }
    }

    /// Does what a way of being broken needs to show itself, so that not many runs are needed to see it.
    ///
    /// - Returns: Whether there was something to do.
    private func provoke(_ variant: Variant, _ client: Client, _ server: Server) throws(Violation) -> Bool {
        switch variant {
        case .cancelAnything:
            if sent.count < 40 { try send(by: client) }
            try client.cancel()
        case .answerTwice, .forgetQuestions: for client in clients { try answer(by: client) }
        case .forgetTimestamp: try provokeBehindRestore(client)
        case .forgetEpoch, .clampCursor:
            // One client is away while the others go on behind an older copy.
            switch chance.number(0...9) {
            case 0: disk.makeCopy()
            case 1: client.crash()
            case 2: try restore()
            case 3: try client.start()
            default: if sent.count < 60 { try send(by: client) }
            }
        case .claimUnverified: try provokeBehindSkip(client)
        case .countDowntime: try beAway()
        case .retainUntilAsked: server.visit()
        case .showRepeated, .appendRepeated:
            if sent.count < 15 { try send(by: client) }
            try roam(client)
        case .failureIsAbsence: server.failsReads.toggle()
        case .evictPinned: server.evict()
        case .shareLoads:
            server.evict()
            client.intrude()
        case .sweepUsed: try beFull()
        case .countByWall: setClock(of: server)
        case .answerBeforeEntries:
            if sent.count < 40 { try send(by: client) } else { return false }
        case .reuseGeneration: try roam(client)
        case .portalIsServer: isPortal.toggle()
        case .believeFailures: server.failsCommits.toggle()
        case .forgetKeys, .freshKey, .skipLookUp, .coalesceAcrossMessages, .loseDeflateContext:
            if sent.count < 40 { try send(by: client) } else { return false }
        case .checkpointAhead: server.crashPoint = .beforeCommit
        case .ignoreFence:
            // The server dies with a commit on its way, and the next one goes on at once; or another takes its sessions.
            if servers.count > 1, chance.oneIn(2) {
                server.isCut.toggle()
                try pass(time: .seconds(chance.number(1...15)))
                return true
            }
            guard server.process != nil else {
                try server.boot()
                return true
            }
            server.crashPoint = .beforeCommit
            if sent.count < 40 { try send(by: client) }
        case .ignoreBarrier:
            // The disk is full while an agent does something that it takes for recorded, and then the server dies.
            switch chance.number(0...5) {
            case 0: server.isFull = true
            case 1: server.isFull = false
            case 2 where server.isFull:
                server.crash()
                server.isFull = false
                try server.boot()
            default: if sent.count < 60 { try send(by: client) }
            }
        case .dropFence, .acknowledgeBeforeCommit, .reuseSeq, .forgetTurn, .replayTooLate, .restampReplay,
            .claimReceived, .forgetOutbox, .tornMirror, .snapshotInPlace, .staleGeneration, .forgetGaps:
            return false
        }
        return true
    }

    /// A client that was cut off between the word of what is lacking and the entries behind that comes back when an
    /// older copy of the journal has grown past it.
    private func provokeBehindSkip(_ client: Client) throws(Violation) {
        guard let cut = clients.first(where: { $0.isCutBehindSkip && !$0.isRunning }) else {
            switch chance.number(0...9) {
            case 0: disk.makeCopy()
            case 1: client.crash()
            case 2, 3: try client.start()
            default: if sent.count < 60 { try send(by: clients[0]) }
            }
            return
        }
        try comeBack(cut)
    }

    /// A client that was away comes back when an older copy of the journal has grown past it.
    private func provokeBehindRestore(_ client: Client) throws(Violation) {
        if let away = clients.first(where: { $0.leader != nil && !$0.isRunning && $0.disk.session != nil }) {
            return try comeBack(away)
        }
        switch chance.number(0...9) {
        case 0, 1: disk.makeCopy()
        case 2: if client.leader != nil { client.leave() }
        default: if sent.count < 100 { try send(by: clients[0]) }
        }
    }

    private func comeBack(_ client: Client) throws(Violation) {
        guard let session = client.disk.session, let held = client.disk.holding(of: session)?.position.seq,
            let head = disk.sessions[session]?.record.headSeq
        else { return try client.start() }
        if disk.restores == client.restoresSeen {
            try restore()
        } else if head <= held, sent.count < 100 {
            try send(by: clients[0])
        } else {
            client.isCutBehindSkip = false
            try client.start()
        }
    }

    private func answer(by client: Client) throws(Violation) {
        guard client.isRunning, let session = client.disk.session,
            let open = client.disk.mirror.shown[session]?.state.requests.first
        else { return }
        try client.answer(open.question.key, chance.pick(["yes", "no"]))
    }

    /// A line is cut: now, or behind some byte, in either direction.
    private func cut(_ client: Client, hasBound: Bool) {
        guard let line = client.openLines.last else { return }
        if hasBound {
            let direction = chance.oneIn(3) ? Line.Direction.toServer : .toClient
            line[direction].bytesUntilCut = chance.number(0...(chance.oneIn(2) ? 400 : 6_000))
        } else {
            network.end(line, isNoticed: (!chance.oneIn(4), !chance.oneIn(4)))
        }
    }

    /// A client that is connected is cut off, and one that is not is told to try at once: connections come and go as
    /// fast as they can.
    private func cutAgain(_ client: Client) throws(Violation) {
        if !client.isRunning, chance.oneIn(6) {
            try client.start()
        } else if client.openLines.isEmpty {
            if servers.allSatisfy({ $0.process == nil }) { try server.boot() }
            isUnreachable = false
            try client.run(.hurry)
        } else {
            cut(client, hasBound: chance.oneIn(2))
        }
    }

    private func blackhole(_ client: Client) {
        guard let line = client.openLines.last else { return }
        if !chance.oneIn(3) { line.toClient.isBlackholed = true }
        if !chance.oneIn(3) { line.toServer.isBlackholed = true }
    }

    /// A client changes networks: its connection gets slow, and the next one is quick while both deliver.
    private func roam(_ client: Client) throws(Violation) {
        client.openLines.last?.toClient.delay = chance.duration(.milliseconds(5)...(.milliseconds(700)))
        try client.run(.networkChanged(.changed))
    }

    private func weather() {
        network.latency = chance.duration(
            .microseconds(200)...(chance.oneIn(4) ? .milliseconds(700) : .milliseconds(60)))
        network.jitter = chance.oneIn(2) ? .zero : network.latency
        network.bytesPerSecond = chance.oneIn(3) ? chance.number(1_000...20_000) : nil
    }

    /// The program dies, or the machine does, or the disk loses what it had.
    private func die(_ client: Client) throws(Violation) {
        client.crash()
        switch chance.number(0...5) {
        case 0: client.disk.losePower(chance.number(1...4))
        case 1:
            // A damaged mirror is set aside, and everything is fetched again.
            client.disk.mirror = ClientDisk.Mirror()
        default: break
        }
        if chance.oneIn(2) { try client.start() }
    }

    /// Everybody is away for so long that sessions expire; or the server is, which is nobody's absence. A script comes
    /// by.
    private func beAway() throws(Violation) {
        server.visit()
        if chance.oneIn(60) { return try beFull() }
        for client in clients { client.crash() }
        if chance.oneIn(2) { server.crash() }
        try pass(time: chance.duration(.seconds(20)...(.seconds(200))))
        try server.boot()
        for client in clients { try client.start() }
    }

    /// Somebody is there for longer than any session is kept, while the disk takes no sign of it.
    private func beFull() throws(Violation) {
        guard let expire else { return }
        (isUnreachable, isPortal, server.crashPoint) = (false, false, nil)
        (server.isFull, server.failsReads, server.failsCommits) = (false, false, false)
        for line in network.lines { network.heal(line) }
        try server.boot()
        for client in clients {
            // One that cannot write down that its session has a successor would ask for the old one until that is gone.
            client.isDiskFull = false
            try client.start()
            try client.run(.hurry)
        }
        try pass(time: .seconds(20))
        // Whoever is not there would come back too late.
        let areAttached = clients.allSatisfy { client in
            client.openLines.contains { !$0.isDead && server.process?.peers[$0.id]?.watches.isEmpty == false }
        }
        guard areAttached else { return }
        server.isFull = true
        try pass(time: expire + World.archive + .seconds(200))
        server.isFull = false
        // Their signs of life are written down before the server may die.
        try pass(time: .seconds(10))
    }

    /// Somebody sets the wall clock, or the time server does: forward or backward.
    private func setClock(of server: Server) {
        server.wallOffset = .milliseconds(chance.number(-3_600_000...3_600_000))
    }

    private func revoke(_ client: Client) {
        refusedTokens.insert(client.token)
        for server in servers {
            for peer in server.process?.peersInOrder.filter({ $0.token == client.token }) ?? [] {
                server.close(peer, .tokenRejected, "the token was revoked")
            }
        }
    }

    /// The servers come back from an older copy, whether somebody says so or not.
    private func restore() throws(Violation) {
        for server in servers { server.crash() }
        // The older copy does not know of them, and nor does an agent that goes on from it.
        effects = []
        let isNoticed = (chance.oneIn(2) && variant != .claimUnverified) || variant == .forgetEpoch
        disk.restore(epoch: isNoticed ? Epoch("e\(number())") : nil)
        for server in servers {
            // Nobody restores anything within a millisecond.
            server.wallOffset = server.wallOffset + .seconds(1)
            try server.boot()
        }
    }
}
