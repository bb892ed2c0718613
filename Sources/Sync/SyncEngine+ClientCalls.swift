import Wire

/// Methods of clients that agents call (``ClientCall``): the front end does them, and the engine answers once.
extension SyncEngine {
    /// The server asks for a call, for the first time or again after a reconnection.
    mutating func called(_ id: RequestID, _ method: String, _ params: JSON, on generation: Int) -> [SyncEffect] {
        guard let capability = ClientCapability(for: method), configuration.capabilities.contains(capability) else {
            return [.send(generation: generation, .failure(id, .methodNotFound(method)))]
        }
        let call: ClientCall
        do throws(RPCError) { call = try ClientCall(method: method, params: params) } catch {
            return [.send(generation: generation, .failure(id, error))]
        }
        switch calls.asked(call.key, by: id) {
        case .perform: return [.call(call)]
        case .wait: return []
        case .answer(let result): return [.send(generation: generation, answer(id, result))]
        case .refuse:
            let error = RPCError(.internalError, "\(ClientCalls.openMaximum) calls are open already")
            return [.send(generation: generation, .failure(id, error))]
        }
    }

    /// The front end has done what it was asked for. Offline, the answer waits for the server to ask again.
    mutating func answerCall(_ key: RequestKey, _ result: Result<JSON, RPCError>) -> [SyncEffect] {
        guard let id = calls.answered(key, with: result), let generation = link.currentGeneration else { return [] }
        return [.send(generation: generation, answer(id, result))]
    }

    /// An answer that the server would not take is replaced by the reason: it would end the connection.
    private func answer(_ id: RequestID, _ result: Result<JSON, RPCError>) -> Message {
        let message: Message =
            switch result {
            case .success(let result): .response(id, result: result)
            case .failure(let error): .failure(id, error.bounded)
            }
        guard let maximum = outbox.messageBytesMaximum, message.json.text.utf8.count > maximum else { return message }
        return .failure(
            id,
            RPCError(
                .internalError, "the answer is longer than the \(maximum) bytes that the server takes",
                reason: ClientCall.tooLong))
    }
}
