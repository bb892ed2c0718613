import Ledger
import Wire

/// Permission requests and elicitations: agent to clients, and answers back (`protocol.md` §9).
extension Hub {
    /// Sends a question on one connection. The JSON-RPC id is valid on that connection alone.
    func ask(_ question: Question, seq: Seq, isReissue: Bool, of session: SessionID, on connection: ConnectionID) {
        guard let peer = peers[connection] else { return }
        let id = RequestID.string("ask-\(number())")
        if let earlier = peer.asked.updateValue(id, forKey: question.key) { peer.questions[earlier] = nil }
        peer.questions[id] = (session, question.key)
        peer.queue(
            question.request(id, session: session, seq: peer.layer == nil ? nil : seq, isReissue: isReissue))
    }

    /// Cancels a question that was answered on another connection, or whose turn has ended.
    func withdraw(_ key: RequestKey, on connection: ConnectionID) {
        guard let peer = peers[connection], let id = peer.asked.removeValue(forKey: key) else { return }
        peer.questions[id] = nil
        peer.queue(.notification(method: Method.cancelRequest, params: ["requestId": id.json]))
    }

    /// A client answers. Its own request is answered, so it is not sent a `$/cancel_request`.
    func answered(_ id: RequestID, _ answer: JSON, by peer: Peer) {
        guard let (session, key) = peer.questions.removeValue(forKey: id) else { return }
        peer.asked[key] = nil
        handle(.answered(key, answer, by: peer.layer?.clientID), in: session)
    }

    /// A client answers with an error. The question stays open for another client, or for this one later.
    func declined(_ id: RequestID, by peer: Peer) {
        guard let (_, key) = peer.questions.removeValue(forKey: id) else { return }
        peer.asked[key] = nil
    }
}
