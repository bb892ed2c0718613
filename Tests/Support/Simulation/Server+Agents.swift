import Ledger
import Wire

/// Agents at work, and what the shell passes between them and their sessions' ledgers.
extension Server {
    func begin(_ start: TurnStart, in session: HostedSession) throws(Violation) {
        if start.isResumed, session.ledger.record.agent != "resumes" {
            return later(.zero) { [self] () throws(Violation) in
                try handle(.finished(start.turn, .failed("interrupted")), in: session)
            }
        }
        let recorded = disk.entries(of: session.id, after: start.startSeq, through: .max, limit: .max)
        let run = AgentRun(start, recorded: Array(disk.decoded(recorded, of: session.id)), streams: world.streams)
        try require(process?.agents[start.turn] == nil, "turn \(start.turn) runs twice")
        process?.agents[start.turn] = run
        goOn(run, in: session)
    }

    private func goOn(_ run: AgentRun, in session: HostedSession) {
        later(world.chance.duration(.milliseconds(1)...(.milliseconds(60)))) { [self] () throws(Violation) in
            guard process?.agents[run.start.turn] === run else { return }
            if run.isCancelled, !run.lingers { return try finish(run, in: session) }
            if world.isStormy, world.chance.oneIn(200) { return try die(run, in: session) }
            switch run.take() {
            case .emit(let bodies):
                if !bodies.isEmpty { try emit(bodies, in: run.start.turn, by: run, session) }
                goOn(run, in: session)
            case .emitOutside(let body):
                try emit([body], in: nil, by: run, session)
                goOn(run, in: session)
            case .flush:
                guard !run.unsettled.isEmpty, world.variant != .ignoreBarrier else { return goOn(run, in: session) }
                run.isFlushing = true
                try handle(.flushRequested, in: session)
            case .effect(let name):
                try require(!world.effects.contains(name), "the effect \(name) is there a second time")
                goOn(run, in: session)
            case .done(let name):
                world.effects.insert(name)
                goOn(run, in: session)
            case .ask(let name):
                let correlation = CorrelationID(rawValue: world.number())
                process?.waiting[correlation] = run
                try handle(.asked(question(name, of: run.start.turn), correlation), in: session)
            case .end: try finish(run, in: session)
            }
        }
    }

    private func question(_ name: String, of turn: TurnID) -> Question {
        Question(
            key: RequestKey("\(turn):\(name)"), turn: turn, method: Method.requestPermission,
            params: ["options": [["optionId": "yes"], ["optionId": "no"]]])
    }

    private func emit(
        _ bodies: [Entry.Body], in turn: TurnID?, by run: AgentRun, _ session: HostedSession
    ) throws(Violation) {
        let correlation = CorrelationID(rawValue: world.number())
        run.unsettled.insert(correlation)
        process?.emitted[correlation] = run
        let bodies = world.variant == .coalesceAcrossMessages ? joined(bodies) : bodies
        try handle(.appended(turn, correlation, bodies), in: session)
    }

    /// What a server would do that joins all text that comes together, whatever its message.
    private func joined(_ bodies: [Entry.Body]) -> [Entry.Body] {
        bodies.reduce(into: []) { joined, body in
            if let (message, text) = joined.last?.said, let next = body.said {
                joined[joined.count - 1] = AgentRun.text(message, text + next.text)
            } else {
                joined.append(body)
            }
        }
    }

    /// What a run said is durable, or dropped.
    func release(_ correlation: CorrelationID, in session: HostedSession) {
        guard let run = process?.emitted.removeValue(forKey: correlation) else { return }
        run.unsettled.remove(correlation)
        guard run.isFlushing, run.unsettled.isEmpty else { return }
        run.isFlushing = false
        goOn(run, in: session)
    }

    func answer(_ correlation: CorrelationID, in session: HostedSession) {
        if let run = process?.waiting.removeValue(forKey: correlation) { goOn(run, in: session) }
    }

    private func finish(_ run: AgentRun, in session: HostedSession) throws(Violation) {
        process?.agents[run.start.turn] = nil
        try handle(.finished(run.start.turn, .stopped(run.isCancelled ? .cancelled : .endTurn)), in: session)
        // The agent says how full it is when the turn is over.
        later(world.chance.duration(.zero...(.milliseconds(20)))) { [self] () throws(Violation) in
            try handle(.appended(nil, CorrelationID(rawValue: world.number()), [AgentRun.usage]), in: session)
        }
    }

    /// The agent's process dies.
    private func die(_ run: AgentRun, in session: HostedSession) throws(Violation) {
        process?.agents[run.start.turn] = nil
        try handle(.exited(AgentExit(code: 1), during: run.start.turn), in: session)
    }

    func stop(_ turn: TurnID, in session: HostedSession) throws(Violation) {
        // A session that leaves this server takes its turn along.
        guard process?.registry[session.id] === session else { return }
        try require(
            world.cancelsWanted.contains(turn), "turn \(turn) is stopped, and nobody wanted that")
        // An agent that waits for the disk or its user hears of it when that is over; one that does neither, now.
        process?.agents[turn]?.isCancelled = true
    }

    /// The turn was ended without its agent.
    func terminate(_ turn: TurnID) throws(Violation) {
        try require(world.cancelsWanted.contains(turn), "the agent of turn \(turn) is ended, and nobody wanted that")
        process?.agents[turn] = nil
    }
}
