import Wire

/// The cancel that the user wants, as a state machine: which turn it is for, and whether the server was told.
///
/// ```
///  none ──want──► wanted(target) ──next──► sent(target)
///   ▲                 ▲                      │  │
///   │                 └───connection lost────┘  │
///   └── the target has ended, or is not to come ┘
/// ```
///
/// A cancel can be lost with its connection, so it is sent again on the next one until its turn has ended. It is for one
/// turn: a delayed one must not stop the turn of a later prompt, or of another client.
struct Cancellation: Hashable, Sendable {
    /// What is to be stopped.
    enum Target: Hashable, Sendable {
        case turn(TurnID)
        /// The turn of a prompt that has gone out, which has not begun; it is sent without a turn's ID.
        case nextTurn
    }

    /// The states of the cancel.
    enum State: Hashable, Sendable {
        /// Nothing is to be stopped.
        case none
        /// The user wants this stopped, and the present connection has not been used to say so.
        case wanted(Target)
        /// The server was told on the present connection.
        case sent(Target)
    }

    /// The present state; only the methods below change it.
    private(set) var state = State.none

    /// The user wants the turn stopped; asking twice is allowed.
    ///
    /// - Parameters:
    ///   - running: The running turn; `nil` when none runs.
    ///   - isAwaited: Whether a prompt has gone out whose turn has not begun.
    mutating func want(running: TurnID?, isAwaited: Bool) {
        if let running {
            state = .wanted(.turn(running))
        } else {
            state = isAwaited ? .wanted(.nextTurn) : .none
        }
    }

    /// What is to be sent now on a live connection; `nil` when nothing is.
    ///
    /// - Parameter running: The running turn; `nil` when none runs.
    mutating func next(running: TurnID?) -> Target? {
        switch state {
        case .none: return nil
        case .wanted(.nextTurn), .sent(.nextTurn):
            // A cancel that was sent before the turn began may have arrived before its prompt, or have been lost: the
            // turn that has begun is named.
            if let running { return send(.turn(running)) }
            return state == .sent(.nextTurn) ? nil : send(.nextTurn)
        case .wanted(.turn(let turn)):
            guard turn == running else { break }
            return send(.turn(turn))
        case .sent(.turn(let turn)):
            guard turn == running else { break }
            return nil
        }
        state = .none
        return nil
    }

    private mutating func send(_ target: Target) -> Target {
        state = .sent(target)
        return target
    }

    /// The turn that has not begun is not the one to stop: the user has sent a prompt after the cancel, or the prompts
    /// that were in flight will have no turn.
    mutating func endNextTurn() {
        switch state {
        case .wanted(.nextTurn), .sent(.nextTurn): state = .none
        case .none, .wanted(.turn), .sent(.turn): break
        }
    }

    /// The connection ended, and what was sent on it may be lost.
    mutating func connectionLost() {
        switch state {
        case .sent(let target): state = .wanted(target)
        case .none, .wanted: break
        }
    }
}
