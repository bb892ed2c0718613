import Wire

/// What is said of the connection.
extension SyncEngine {
    /// Reports the status if it has changed.
    mutating func reportStatus(at now: Instant) -> [SyncEffect] {
        var status = ConnectionStatus(
            state: state(at: now), roundTrip: link.smoothedRoundTrip, resumes: resumes.kept, lastFailure: lastFailure,
            entriesLacking: replica?.entriesLacking ?? 0, agents: agents)
        if case .stopped = link.state { status.needsLogin = needsLogin }
        status.isAnswerLate = link.isAnswerLate
        guard status != lastStatus else { return [] }
        lastStatus = status
        return [.status(status)]
    }

    private func state(at now: Instant) -> ConnectionStatus.State {
        switch link.state {
        case .stopped(let reason): .stopped(reason)
        case .waiting(let until): .offline(since: link.lostAt ?? now, attempt: link.attempt, retryAt: until)
        case .dialing(let attempt) where resumes.hasBeenLive || link.attempt > 1:
            // The state is `resuming` only when a connection is open; an attempt to open one is still `offline`.
            .offline(since: link.lostAt ?? now, attempt: link.attempt, retryAt: attempt.begunAt)
        case .dialing, .greeting, .replaying, .settling: resumes.hasBeenLive ? .resuming : .connecting
        case .live, .contested: .live
        }
    }

    /// What was waited for when the peer's time ran out.
    var silence: String {
        let timeout = Link.attemptTimeout.components.seconds
        switch link.state {
        case .dialing: return "no connection within \(timeout) s"
        case .greeting: return "the server accepted the connection and did not answer 'initialize' within \(timeout) s"
        case .replaying where requests.isCreatingSession:
            return "the server did not answer 'session/new' within \(timeout) s"
        case .replaying, .settling: return "the replay stopped: nothing from the server within \(timeout) s"
        case .stopped, .waiting, .live, .contested: return "heartbeat time-out: no answer from the server"
        }
    }
}
