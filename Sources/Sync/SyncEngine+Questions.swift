import Wire

/// Questions of agents (`protocol.md` §9): an answer is stored first, and sent on whichever connection asks.
extension SyncEngine {
    /// The server asks a question, for the first time or again after a reconnection.
    mutating func asked(_ id: RequestID, _ params: JSON, on generation: Int) -> [SyncEffect] {
        guard let key = params.belay?["requestKey"]?.string.flatMap(RequestKey.init(checking:)) else {
            let error = RPCError.invalidParams("'requestKey' is missing or not a valid identifier")
            return [.send(generation: generation, .failure(id, error))]
        }
        switch questions.asked(key, by: id) {
        case .wait: return []
        case .answer(let answer): return [.send(generation: generation, .response(id, result: answer))]
        case .refuse:
            let error = RPCError(.internalError, "\(Questions.openMaximum) questions are open already")
            return [.send(generation: generation, .failure(id, error))]
        }
    }

    /// The user answers. Offline, or before the server has asked on this connection, the answer waits.
    mutating func answer(_ key: RequestKey, _ answer: JSON) -> [SyncEffect] {
        guard let id = questions.answered(key, with: answer), let generation = link.currentGeneration else { return [] }
        return [.send(generation: generation, .response(id, result: answer))]
    }
}
