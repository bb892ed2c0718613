public import Wire

/// What the user is told about the connection. It is the truth: it is computed from the link's state, never guessed.
public struct ConnectionStatus: Hashable, Sendable {
    /// The state in one word.
    public enum State: Hashable, Sendable {
        /// A first connection is being made.
        case connecting
        /// Connected again, and what was missed is being fetched.
        case resuming
        /// Current.
        case live
        /// Not connected since `since`; attempt number `attempt` begins at `retryAt`.
        case offline(since: Instant, attempt: Int, retryAt: Instant)
        /// Stopped, and why: only the user can change that.
        case stopped(String)
    }

    /// The state.
    public var state: State
    /// The smoothed round-trip time.
    public var roundTrip: Duration?
    /// How long the last resumes took, oldest first; eight at most.
    public var resumes: [Resume]
    /// What the last failed attempt said, in one sentence.
    public var lastFailure: String?
    /// How many older entries are yet to be fetched.
    public var entriesLacking: Int64

    /// How long a resume took.
    public struct Resume: Hashable, Sendable {
        /// How many resumes are kept.
        public static let kept = 8

        /// From the start of the attempt that succeeded to being current again.
        public var latency: Duration
        /// From the start of that attempt to the answer to its upgrade request: connecting, TLS, and the upgrade.
        public var opening: Duration
        /// From the moment loss was noticed to being current again.
        public var offline: Duration
        /// How many frames were replayed.
        public var events: Int64
        /// How many bytes they had.
        public var bytes: Int64

        /// A resume.
        public init(latency: Duration, opening: Duration = .zero, offline: Duration, events: Int64, bytes: Int64) {
            self.latency = latency
            self.opening = opening
            self.offline = offline
            self.events = events
            self.bytes = bytes
        }
    }

    /// A status.
    public init(
        state: State, roundTrip: Duration? = nil, resumes: [Resume] = [], lastFailure: String? = nil,
        entriesLacking: Int64 = 0
    ) {
        self.state = state
        self.roundTrip = roundTrip
        self.resumes = resumes
        self.lastFailure = lastFailure
        self.entriesLacking = entriesLacking
    }
}
