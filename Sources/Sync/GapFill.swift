import Wire

/// The request for entries of a gap (`_belay/fill`), as a state machine: whether one is in flight, and when the next may
/// go out.
///
/// ```
///  idle ──next──► asked ──answered──► idle
///   ▲               ├──want another gap──► cancelling ──answered or failed──► idle
///   │               ├──failed, not now──► paused(until) ──due──► idle
///   │               └──failed, no───────► refused
///   └── connection lost, from any state
/// ```
///
/// One request is in flight at a time, so that each depends only on what is on disk. It asks for many pages, and is
/// cancelled when the user reads elsewhere. What is lacking stays known: it is asked for again on the next connection,
/// whatever the server said on this one.
struct GapFill: Hashable, Sendable {
    /// The states of the request on the present connection.
    enum State: Hashable, Sendable {
        /// No request is in flight, and the next may go out.
        case idle
        /// A request for the end of this gap is in flight.
        case asked(ClosedRange<Seq>)
        /// The request in flight was cancelled; an answer to it may still arrive.
        case cancelling
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
    private(set) var wanted: Seq?

    /// When the pause ends; `nil` in all other states.
    var retryAt: Instant? {
        switch state {
        case .paused(let until): until
        case .idle, .asked, .cancelling, .refused: nil
        }
    }

    /// Asks for the end of a gap: of the one before the entry where the user reads, or else of the newest.
    ///
    /// - Parameter gaps: The gaps of the mirror, in order.
    /// - Returns: The gap to ask for; `nil` when there is none or no request may go out.
    mutating func next(of gaps: [ClosedRange<Seq>]) -> ClosedRange<Seq>? {
        guard case .idle = state, let gap = first(of: gaps) else { return nil }
        state = .asked(gap)
        return gap
    }

    private func first(of gaps: [ClosedRange<Seq>]) -> ClosedRange<Seq>? {
        wanted.flatMap { wanted in gaps.last { $0.lowerBound < wanted } } ?? gaps.last
    }

    /// The user wants to read on before an entry.
    ///
    /// - Parameter gaps: The gaps of the mirror, in order.
    /// - Returns: Whether the request in flight is about another gap and has to be cancelled.
    mutating func want(before seq: Seq, of gaps: [ClosedRange<Seq>]) -> Bool {
        wanted = seq
        guard case .asked(let gap) = state, let next = first(of: gaps), next.lowerBound != gap.lowerBound else {
            return false
        }
        state = .cancelling
        return true
    }

    /// The last of the entries that were asked for arrived.
    mutating func answered() {
        switch state {
        case .asked, .cancelling: state = .idle
        case .idle, .paused, .refused: preconditionFailure("entries of a gap came while \(state)")
        }
    }

    /// The server did not send the entries, or not all of them.
    mutating func failed(_ verdict: RPCError.Verdict, at now: Instant) {
        switch (state, verdict) {
        case (.cancelling, _): state = .idle
        case (.asked, .notNow(let delay)): state = .paused(until: now + (delay ?? GapFill.pause))
        case (.asked, .no), (.asked, .expired): state = .refused
        case (.idle, _), (.paused, _), (.refused, _):
            preconditionFailure("entries of a gap were refused while \(state)")
        }
    }

    /// Advances the clock: a pause ends when its time has come.
    mutating func advance(to now: Instant) {
        if case .paused(let until) = state, now >= until { state = .idle }
    }

    /// The connection ended, and with it what the server said there.
    mutating func connectionLost() { state = .idle }
}
