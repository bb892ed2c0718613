import Ledger
import Wire

/// What the client does for agents: files and terminals of an editor.
extension ConnectionActor {
    /// Sends a call to the client; behind the answer to `initialize`.
    func carry(_ call: ClientCall, _ number: ClientCalls.Number, of session: SessionID) {
        guard heldBack == nil else {
            heldBack?.append(call, number, of: session)
            return
        }
        // It may have left the session meanwhile, which the session knows.
        guard watches[session] != nil else { return }
        let id = RequestID.string("call-\(number)")
        calls[id] = (session, number)
        queue(call.request(id, session: session, isPlain: layer == nil))
        pump()
    }

    /// The agent does not wait for it any more.
    func withdraw(_ number: ClientCalls.Number) {
        let id = RequestID.string("call-\(number)")
        guard calls.removeValue(forKey: id) != nil else { return }
        queue(.notification(method: Method.cancelRequest, params: ["requestId": id.json]))
        pump()
    }

    /// The client has answered a call.
    ///
    /// - Returns: Whether the request was one.
    func answeredCall(_ id: RequestID, _ result: Result<JSON, RPCError>) -> Bool {
        guard let (session, number) = calls.removeValue(forKey: id) else { return false }
        services.sessions[session]?.post { [connection = self.id] in
            $0.answered(number, on: connection, result)
        }
        return true
    }
}
