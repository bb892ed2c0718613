import Wire

/// The latencies of the last resumes. Becoming live for the first time is no resume, so there are none before.
enum ResumeLog: Hashable, Sendable {
    /// The client has not been live.
    case beforeFirst
    /// The client has been live; the resumes since then, oldest first, at most ``ConnectionStatus/Resume/kept``.
    case since([ConnectionStatus.Resume])

    /// How the connection was lost.
    struct Loss: Hashable, Sendable {
        /// When the loss was detected.
        var at: Instant
        /// How long a ping had no answer until then.
        var detection: Duration
        /// Why, in one sentence; `nil` when nothing was said.
        var cause: String?
    }

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
    ///   - loss: How the connection before was lost; `nil` when it was not.
    mutating func caughtUp(_ attempt: Link.Attempt, _ fence: CaughtUp, loss: Loss?, at now: Instant) {
        switch self {
        case .beforeFirst: self = .since([])
        case .since(let resumes):
            let resume = ConnectionStatus.Resume(
                number: (resumes.last?.number ?? 0) + 1, latency: now - attempt.begunAt,
                opening: (attempt.openedAt ?? now) - attempt.begunAt, upgrade: attempt.upgrade,
                detection: loss?.detection ?? .zero, offline: now - (loss?.at ?? now), events: fence.events,
                bytes: fence.bytes, cause: loss?.cause)
            self = .since(resumes.suffix(ConnectionStatus.Resume.kept - 1) + [resume])
        }
    }
}
