import Wire

/// The latencies of the last resumes. Becoming live for the first time is no resume, so there are none before.
enum ResumeLog: Hashable, Sendable {
    /// The client has not been live.
    case beforeFirst
    /// The client has been live; the resumes since then, oldest first, at most ``ConnectionStatus/Resume/kept``.
    case since([ConnectionStatus.Resume])

    /// Whether the client has been live, on whichever connection.
    var hasBeenLive: Bool {
        switch self {
        case .beforeFirst: false
        case .since: true
        }
    }

    /// The last resumes, oldest first.
    var kept: [ConnectionStatus.Resume] {
        switch self {
        case .beforeFirst: []
        case .since(let resumes): resumes
        }
    }

    /// The client is live.
    ///
    /// - Parameters:
    ///   - attempt: The attempt that succeeded.
    ///   - fence: The end of its replay.
    ///   - lostAt: When the connection before was lost; `nil` when it was not.
    mutating func caughtUp(_ attempt: Link.Attempt, _ fence: CaughtUp, lostAt: Instant?, at now: Instant) {
        switch self {
        case .beforeFirst: self = .since([])
        case .since(let resumes):
            let resume = ConnectionStatus.Resume(
                latency: now - attempt.begunAt, opening: (attempt.openedAt ?? now) - attempt.begunAt,
                offline: now - (lostAt ?? now), events: fence.events, bytes: fence.bytes)
            self = .since(resumes.suffix(ConnectionStatus.Resume.kept - 1) + [resume])
        }
    }
}
