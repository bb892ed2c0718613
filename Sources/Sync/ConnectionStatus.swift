public import Wire

/// The connection's status for the user. It is computed from the link's state, so it is never optimistic.
public struct ConnectionStatus: Hashable, Sendable {
    /// The state of the connection.
    public enum State: Hashable, Sendable {
        /// The first attempt to connect is in progress.
        case connecting
        /// Connected again; the replay of missed entries is in progress.
        case resuming
        /// The fence of the replay was received and the mirror holds everything before it.
        case live
        /// Not connected since `since`; attempt number `attempt` begins at `retryAt`.
        case offline(since: Instant, attempt: Int, retryAt: Instant)
        /// Stopped, with the reason; only the user can start another attempt.
        case stopped(String)
    }

    /// The present state, from the link.
    public var state: State
    /// The smoothed round-trip time; `nil` until one was measured.
    public var roundTrip: Duration?
    /// The latencies of the last resumes, oldest first; at most ``Resume/kept``.
    public var resumes: [Resume]
    /// The reason of the last failure, in one sentence; `nil` when there is none.
    public var lastFailure: String?
    /// How many older entries are in gaps of the mirror and still to be fetched.
    public var entriesLacking: Int64
    /// The agents that the server has for this user, by name; empty until it was reached, and for servers that do not
    /// say.
    public var agents: [String]
    /// Whether the server does not accept the token, or wants one: ``State/stopped(_:)`` says why.
    public var needsLogin = false
    /// Whether the chat can only be read, so that no attempt follows whatever the user does.
    public var isOver = false
    /// Whether the server has owed the answer to a ping for longer than ``Heartbeat/late``.
    public var isAnswerLate = false
    /// Whether the server is there, and takes longer than ``Heartbeat/late`` to answer.
    public var isSlow: Bool { isAnswerLate || (roundTrip ?? .zero) > Heartbeat.late }

    /// The latency of one resume, and what it replayed.
    public struct Resume: Hashable, Sendable {
        /// How many resumes a status has at most.
        public static let kept = 32

        /// The number of the resume, from 1.
        public var number: Int
        /// From the start of the successful attempt until live.
        public var latency: Duration
        /// From the start of that attempt to the answer to its upgrade request: TCP, TLS and the WebSocket handshake.
        public var opening: Duration
        /// The part of ``opening`` from the upgrade request to its answer.
        public var upgrade: Duration
        /// How long a ping had no answer when the loss was detected; zero when the connection was closed.
        public var detection: Duration
        /// From the detection of the loss until live.
        public var offline: Duration
        /// How many frames the replay had.
        public var events: Int64
        /// How many bytes those frames had.
        public var bytes: Int64
        /// Why the connection before was lost, in one sentence; `nil` when nothing was said.
        public var cause: String?

        /// Creates a measurement of a completed resume.
        public init(
            number: Int = 0, latency: Duration, opening: Duration = .zero, upgrade: Duration = .zero,
            detection: Duration = .zero, offline: Duration, events: Int64, bytes: Int64, cause: String? = nil
        ) {
            self.number = number
            self.latency = latency
            self.opening = opening
            self.upgrade = upgrade
            self.detection = detection
            self.cause = cause
            self.offline = offline
            self.events = events
            self.bytes = bytes
        }
    }

    /// Creates a status; by default without measurements and failures.
    public init(
        state: State, roundTrip: Duration? = nil, resumes: [Resume] = [], lastFailure: String? = nil,
        entriesLacking: Int64 = 0, agents: [String] = []
    ) {
        self.state = state
        self.roundTrip = roundTrip
        self.resumes = resumes
        self.lastFailure = lastFailure
        self.entriesLacking = entriesLacking
        self.agents = agents
    }
}
