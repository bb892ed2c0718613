import Wire

/// What agents have this client do, each as a state machine: it is being done, or the answer is kept for a server that asks
/// again because it did not get it.
///
/// ```
///  (unknown) ──asked──► doing ──answered──► answered ──(newer ones)──► (unknown)
///      ▲                  │
///      └──── withdrawn ───┘
/// ```
struct ClientCalls: Hashable, Sendable {
    /// The most calls that one server may have open; one more is refused.
    static let openMaximum = 256
    /// How many answers are kept. Only short ones are: a long one is of a method that changes nothing, and is done again.
    static let answersMaximum = 256
    static let answerBytesMaximum = 1_024

    /// What to do about a call that a server asks for.
    enum Reply: Hashable, Sendable {
        /// Do it.
        case perform
        /// It is being done.
        case wait
        /// Send this answer.
        case answer(Result<JSON, RPCError>)
        /// Refuse it: ``openMaximum`` are open.
        case refuse
    }

    /// The calls that are being done, with the request on the present connection; `nil` while there is none.
    private var doing: [RequestKey: RequestID?] = [:]
    private var answered: [Answer] = []

    private struct Answer: Hashable {
        var key: RequestKey
        var result: Result<JSON, RPCError>
    }

    init() {}

    /// The server asks for a call, for the first time or again.
    mutating func asked(_ key: RequestKey, by request: RequestID) -> Reply {
        if let answer = answered.first(where: { $0.key == key }) { return .answer(answer.result) }
        if doing[key] != nil {
            doing[key] = .some(request)
            return .wait
        }
        guard doing.count < ClientCalls.openMaximum else { return .refuse }
        doing[key] = .some(request)
        return .perform
    }

    /// The front end has done it.
    ///
    /// - Returns: The request that is answered with it now; `nil` when none waits.
    mutating func answered(_ key: RequestKey, with result: Result<JSON, RPCError>) -> RequestID? {
        guard let request = doing.removeValue(forKey: key) else { return nil }
        if result.bytes <= ClientCalls.answerBytesMaximum {
            answered = (answered + [Answer(key: key, result: result)]).suffix(ClientCalls.answersMaximum)
        }
        return request
    }

    /// The server takes a request back.
    ///
    /// - Returns: The call that the front end need not do any more; `nil` when the request was none.
    mutating func withdrawn(_ request: RequestID) -> RequestKey? {
        guard let key = doing.first(where: { $0.value == request })?.key else { return nil }
        doing[key] = nil
        return key
    }

    /// The connection ended: the server asks again on the next one, if the agent still waits.
    mutating func connectionLost() { doing = doing.mapValues { _ in nil } }
}

extension Result<JSON, RPCError> {
    /// How long it is as JSON, in bytes.
    fileprivate var bytes: Int {
        switch self {
        case .success(let result): result.text.utf8.count
        case .failure(let error): error.json.text.utf8.count
        }
    }
}
