import Wire

/// Questions of agents (`protocol.md` §9): an answer is stored first, and sent on whichever connection asks.
extension SyncEngine {
    /// The most questions that one connection may have open.
    static let askedMaximum = 256

    /// The server asks a question, for the first time or again after a reconnection.
    mutating func asked(_ id: RequestID, _ params: JSON, on generation: Int) -> [SyncEffect] {
        guard let key = params.belay?["requestKey"]?.string.flatMap(RequestKey.init(checking:)) else {
            let error = RPCError.invalidParams("'requestKey' is missing or not a valid identifier")
            return [.send(generation: generation, .failure(id, error))]
        }
        guard asked[key] != nil || asked.count < SyncEngine.askedMaximum else {
            let error = RPCError(.internalError, "\(SyncEngine.askedMaximum) questions are open already")
            return [.send(generation: generation, .failure(id, error))]
        }
        asked[key] = id
        return send(answers[key], to: key)
    }

    /// The user answers. Offline, or before the server has asked on this connection, the answer waits.
    mutating func answer(_ key: RequestKey, _ answer: JSON) -> [SyncEffect] {
        answers[key] = answer
        return send(answer, to: key)
    }

    /// Drops answers to questions that are not open any more: another client answered them, or they were lost with a
    /// journal that was restored from a backup.
    mutating func dropAnswers(except open: [RequestKey]) -> [SyncEffect] {
        let late = answers.keys.filter { !open.contains($0) }.sorted()
        guard !late.isEmpty else { return [] }
        for key in late { answers[key] = nil }
        return [.dropAnswers(late)]
    }

    /// Answers the request of this connection once; the answer is kept until its entry is in the mirror.
    private mutating func send(_ answer: JSON?, to key: RequestKey) -> [SyncEffect] {
        guard let answer, let generation = link.currentGeneration, let id = asked.removeValue(forKey: key) else {
            return []
        }
        return [.send(generation: generation, .response(id, result: answer))]
    }
}
