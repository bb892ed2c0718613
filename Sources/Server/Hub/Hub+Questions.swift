import Ledger
import Wire

/// Questions on their way to clients, and answers on their way back (`protocol.md` §9).
extension Hub {
    /// Asks on one connection. The request's own id is good for that connection alone.
    func ask(_ question: Question, seq: Seq, isReissue: Bool, of session: SessionID, on connection: ConnectionID) {
        guard let peer = peers[connection] else { return }
        let id = RequestID.string("ask-\(number())")
        if let earlier = peer.asked.updateValue(id, forKey: question.key) { peer.questions[earlier] = nil }
        peer.questions[id] = (session, question.key)
        peer.queue(
            question.request(id, session: session, seq: peer.layer == nil ? nil : seq, isReissue: isReissue))
    }

    /// Takes a question back that was answered elsewhere, or is none any more.
    func withdraw(_ key: RequestKey, on connection: ConnectionID) {
        guard let peer = peers[connection], let id = peer.asked.removeValue(forKey: key) else { return }
        peer.questions[id] = nil
        peer.queue(.notification(method: Method.cancelRequest, params: ["requestId": id.json]))
    }

    /// A client answers. Whoever answered first is not told to forget it.
    func answered(_ id: RequestID, _ answer: JSON, by peer: Peer) {
        guard let (session, key) = peer.questions.removeValue(forKey: id) else { return }
        peer.asked[key] = nil
        handle(.answered(key, answer, by: peer.layer?.clientID), in: session)
    }

    /// A client cannot answer. The question stays open: another client, or this one later, may.
    func declined(_ id: RequestID, by peer: Peer) {
        guard let (_, key) = peer.questions.removeValue(forKey: id) else { return }
        peer.asked[key] = nil
    }
}
