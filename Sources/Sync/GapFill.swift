import Wire

/// The request for entries of a gap (`_belay/fill`), as a state machine: whether one is in flight, and when the next may
/// go out.
///
/// ```
///  idle ──next──► asked ──answered──► idle
///   ▲               ├──failed, not now──► paused(until) ──due──► idle
///   │               └──failed, no───────► refused
///   └── connection lost, from any state
/// ```
///
/// One request is in flight at a time, so that each depends only on what is on disk. What is lacking stays known: it is
/// asked for again on the next connection, whatever the server said on this one.
struct GapFill: Hashable, Sendable {
    /// The states of the request on the present connection.
    enum State: Hashable, Sendable {
        /// No request is in flight, and the next may go out.
        case idle
        /// A request is in flight.
        case asked
        /// The server could not read the entries just now; it is asked again at `until`.
        case paused(until: Instant)
        /// The server does not fill gaps.
        case refused
    }

    /// The delay after "not now" without a delay of the server's.
    static let pause = Duration.seconds(5)

    /// The present state; only the methods below change it.
    private(set) var state = State.idle
    /// The entry before which the user wants to read on, on whichever connection; `nil` when the newest gap is next.
    var wanted: Seq?

    /// When the pause ends; `nil` in all other states.
    var retryAt: Instant? {
        switch state {
        case .paused(let until): until
        case .idle, .asked, .refused: nil
        }
    }

    /// Asks for the end of a gap: of the one before the entry where the user reads, or else of the newest.
    ///
    /// - Parameter gaps: The gaps of the mirror, in order.
    /// - Returns: The gap to ask for; `nil` when there is none or no request may go out.
    mutating func next(of gaps: [ClosedRange<Seq>]) -> ClosedRange<Seq>? {
        guard case .idle = state else { return nil }
        let near = wanted.flatMap { wanted in gaps.last { $0.lowerBound < wanted } }
        guard let gap = near ?? gaps.last else { return nil }
        state = .asked
        return gap
    }

    /// The entries arrived.
    mutating func answered() {
        guard case .asked = state else { preconditionFailure("entries of a gap came while \(state)") }
        state = .idle
    }

    /// The server did not send the entries.
    mutating func failed(_ verdict: RPCError.Verdict, at now: Instant) {
        guard case .asked = state else { preconditionFailure("entries of a gap were refused while \(state)") }
        switch verdict {
        case .notNow(let delay): state = .paused(until: now + (delay ?? GapFill.pause))
        case .no, .expired: state = .refused
        }
    }

    /// Advances the clock: a pause ends when its time has come.
    mutating func advance(to now: Instant) {
        if case .paused(let until) = state, now >= until { state = .idle }
    }

    /// The connection ended, and with it what the server said there.
    mutating func connectionLost() { state = .idle }
}
