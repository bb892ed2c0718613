import Agents
import Wire

/// The journal of a session as its agent sees it.
struct SessionJournal: TurnJournal {
    let session: SessionActor
    let turn: TurnID

    func ask(_ name: String, method: String, params: JSON) async throws -> JSON {
        try Task.checkCancellation()
        let key = RequestKey("\(turn):\(name)")
        let answer = try await session.ask(Question(key: key, turn: turn, method: method, params: params))
        try Task.checkCancellation()
        return answer
    }

    func append(_ entries: [Entry.Body]) async throws {
        try Task.checkCancellation()
        try SessionJournal.check(entries)
        try await session.append(entries, turn)
        try Task.checkCancellation()
    }

    /// Refuses entries that could not be decoded again, which would count as damage to the journal. Checked here, in
    /// the agent's task, so that it does not take the event loop's time.
    private static func check(_ entries: [Entry.Body]) throws(TurnFailure) {
        for body in entries {
            do throws(RPCError) { _ = try EncodedEntry(Entry(seq: 1, timestamp: 0, body: body)).decoded() } catch {
                throw TurnFailure("the agent sent an entry that cannot be stored: \(error.message)")
            }
        }
    }
}
