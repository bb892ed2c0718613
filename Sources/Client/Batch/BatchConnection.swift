import Sync
import Wire

/// The connection of a batch run as its user hears of it, as a state machine.
///
/// ```
///  first(since) ──live──► live ──not live──► lost(since)
///                           ▲                   │
///                           └───────live────────┘
/// ```
struct BatchConnection: Hashable, Sendable {
    /// The states of the connection.
    enum State: Hashable, Sendable {
        /// The client has not been live since the run began.
        case first(since: Instant)
        /// The client is live.
        case live
        /// The client was live and is not any more.
        case lost(since: Instant)
    }

    /// What the user hears of a change.
    enum News: Hashable, Sendable {
        /// Why there has been no connection so far.
        case unreachable(String)
        /// The connection was lost, and why.
        case lost(String)
        /// Something does not work although there is a connection, such as the server's disk.
        case trouble(String)
        /// The client is live for the first time.
        case opened
        /// The client is live again.
        case resumed(ConnectionStatus.Resume)
    }

    /// The present state; only the method below changes it.
    private(set) var state: State
    /// The reason of the last failure, in one sentence; `nil` when there is none.
    private(set) var lastFailure: String?

    /// A connection that is awaited from now on.
    init(at now: Instant) { state = .first(since: now) }

    /// Since when there has been no live connection; `nil` while there is one.
    var offlineSince: Instant? {
        switch state {
        case .first(let since), .lost(let since): since
        case .live: nil
        }
    }

    /// The status changed. A failure is news only once.
    mutating func changed(to status: ConnectionStatus, at now: Instant) -> [News] {
        let failure = status.lastFailure == lastFailure ? nil : status.lastFailure
        lastFailure = status.lastFailure
        guard case .live = status.state else {
            switch state {
            case .first: return failure.map { [.unreachable($0)] } ?? []
            case .live:
                state = .lost(since: now)
                return [.lost(status.lastFailure ?? "the connection ended")]
            case .lost: return []
            }
        }
        defer { state = .live }
        let trouble: [News] = failure.map { [.trouble($0)] } ?? []
        switch state {
        case .first: return trouble + [.opened]
        case .live: return trouble
        case .lost: return trouble + (status.resumes.last.map { [.resumed($0)] } ?? [])
        }
    }
}
