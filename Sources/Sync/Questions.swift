import Wire

/// The open questions of agents, each as a state machine: whether the server waits for the answer on the present
/// connection, or the user has given it.
///
/// ```
///  (unknown) ──asked──► asked ──answered──► answered ──resolved──► (unknown)
///      ▲  └───────────answered──────────────────▲
///      └── connection lost, or withdrawn, from asked
/// ```
///
/// An answer is kept until the entry that resolves the question is in the mirror, so it is sent again to whichever
/// connection asks again. A question is never both asked and answered: one that is asked again is answered at once.
struct Questions: Hashable, Sendable {
    /// The states of one question.
    enum State: Hashable, Sendable {
        /// The request with this ID waits for the answer on the present connection.
        case asked(RequestID)
        /// The user has answered; the answer is on the disk.
        case answered(JSON)
    }

    /// What to do about a question that is asked.
    enum Reply: Hashable, Sendable {
        /// Wait for the user.
        case wait
        /// Send this answer, which was given before.
        case answer(JSON)
        /// Refuse the request: ``openMaximum`` questions are open.
        case refuse
    }

    /// The most questions that one connection may have open.
    static let openMaximum = 256

    private var states: [RequestKey: State]

    /// Begins with the answers that are on the disk.
    init(answers: [RequestKey: JSON]) { states = answers.mapValues(State.answered) }

    /// The state of a question; `nil` when nothing is known of it.
    subscript(key: RequestKey) -> State? { states[key] }

    /// The server asks a question, for the first time or again.
    mutating func asked(_ key: RequestKey, by request: RequestID) -> Reply {
        switch states[key] {
        case .answered(let answer): return .answer(answer)
        case nil where openCount >= Questions.openMaximum: return .refuse
        case .asked, nil:
            states[key] = .asked(request)
            return .wait
        }
    }

    /// The user has answered, perhaps for the second time or before the server has asked.
    ///
    /// - Returns: The request that is answered with it now; `nil` when none waits.
    mutating func answered(_ key: RequestKey, with answer: JSON) -> RequestID? {
        let request: RequestID? = if case .asked(let id) = states[key] { id } else { nil }
        states[key] = .answered(answer)
        return request
    }

    /// The server takes a request back.
    mutating func withdrawn(_ request: RequestID) {
        for (key, state) in states where state == .asked(request) { states[key] = nil }
    }

    /// The entry that resolves the question is in the mirror.
    mutating func resolved(_ key: RequestKey) { states[key] = nil }

    /// Drops answers to questions that are not open any more: another client answered them, or they were lost with a
    /// journal that was restored from a backup.
    ///
    /// - Returns: The keys of what was dropped, in order.
    mutating func dropAnswers(except open: [RequestKey]) -> [RequestKey] {
        let late = states.keys.filter { key in
            if case .answered = states[key] { !open.contains(key) } else { false }
        }
        for key in late { states[key] = nil }
        return late.sorted()
    }

    /// The connection ended: what it asked is asked again on the next one.
    mutating func connectionLost() {
        states = states.filter { if case .answered = $0.value { true } else { false } }
    }

    /// Whether an answer of the user is not confirmed.
    var hasAnswers: Bool { states.values.contains { if case .answered = $0 { true } else { false } } }

    /// How many questions wait for the user on the present connection.
    private var openCount: Int { states.values.count { if case .asked = $0 { true } else { false } } }
}
