import Sync
import Wire

/// What goes wrong, and what people do meanwhile.
extension World {
    func storm() throws(Violation) {
        let client = chance.pick(clients)
        if client.number > 0, client.disk.session == nil {
            client.disk.session = clients[0].disk.session
            try client.start()
        }
        switch chance.number(0...63) {
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
        case 30: server.disk.makeCopy()
        case 31: if chance.oneIn(3) { try restore() }
        // Most of all, lines are cut.
        default: cut(client, hasBound: chance.oneIn(2))
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

    private func blackhole(_ client: Client) {
        guard let line = client.openLines.last else { return }
        if !chance.oneIn(3) { line.toClient.isBlackholed = true }
        if !chance.oneIn(3) { line.toServer.isBlackholed = true }
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

    private func revoke(_ client: Client) {
        server.refusedTokens.insert(client.token)
        for peer in server.process?.peers.values.filter({ $0.token == client.token }) ?? [] {
            server.close(peer.line.id, Closure(code: .tokenRejected, reason: "the token was revoked"))
        }
    }

    /// The server comes back from an older copy, whether somebody says so or not.
    private func restore() throws(Violation) {
        server.crash()
        let isNoticed = chance.oneIn(2) || variant == .forgetEpoch
        server.disk.restore(epoch: isNoticed ? Epoch("e\(number())") : nil)
        // Nobody restores anything within a millisecond.
        server.wallOffset = server.wallOffset + .seconds(1)
        try server.boot()
    }
}
