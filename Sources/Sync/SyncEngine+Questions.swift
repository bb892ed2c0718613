import Wire

/// Questions of agents (`protocol.md` §9): an answer is on disk first, and goes out on whichever connection asks.
extension SyncEngine {
    /// The most questions that one connection may have asked and not had answered.
    static let askedMaximum = 256

    /// The server asks, for the first time or again.
    mutating func asked(_ id: RequestID, _ params: JSON, on generation: Int) -> [SyncEffect] {
        guard let key = params.belay?["requestKey"]?.string.flatMap(RequestKey.init(checking:)) else {
            let error = RPCError.invalidParams("'requestKey' is missing or no identifier")
            return [.send(generation: generation, .failure(id, error))]
        }
        guard asked[key] != nil || asked.count < SyncEngine.askedMaximum else {
            let error = RPCError(.internalError, "\(SyncEngine.askedMaximum) questions are open already")
            return [.send(generation: generation, .failure(id, error))]
        }
        asked[key] = id
        return send(answers[key], to: key)
    }

    /// The user answers. Without a connection, or before the server has asked on it, the answer waits.
    mutating func answer(_ key: RequestKey, _ answer: JSON) -> [SyncEffect] {
        answers[key] = answer
        return send(answer, to: key)
    }

    /// A question that is not open any more was answered by somebody else, or went with a journal that was restored from
    /// an older copy.
    mutating func dropAnswers(except open: [RequestKey]) -> [SyncEffect] {
        let late = answers.keys.filter { !open.contains($0) }.sorted()
        guard !late.isEmpty else { return [] }
        for key in late { answers[key] = nil }
        return [.dropAnswers(late)]
    }

    /// The request of this connection is answered once; the answer stays until its entry is in the mirror.
    private mutating func send(_ answer: JSON?, to key: RequestKey) -> [SyncEffect] {
        guard let answer, let generation = link.currentGeneration, let id = asked.removeValue(forKey: key) else {
            return []
        }
        return [.send(generation: generation, .response(id, result: answer))]
    }
}
