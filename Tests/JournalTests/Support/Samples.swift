import Ledger
import Wire

/// A session that a test adds to a store.
func session(
    _ id: SessionID, of principal: String = "user", key: String? = nil, directory: String = "/folder",
    createdAt: Timestamp = 1
) -> SessionRecord {
    SessionRecord(
        id: id, epoch: "epoch", principal: Principal(principal), directory: directory, agent: "agent",
        clientSessionKey: key, createdAt: createdAt)
}

func commit(
    _ session: SessionID, _ entries: [Entry], _ prompts: [PromptRecord] = [], title: String? = nil
) -> Commit {
    Commit(session: session, entries: entries.map { EncodedEntry($0) }, prompts: prompts, title: title)
}

func prompt(_ id: ClientMessageID, seq: Seq, end: PromptRecord.End? = nil) -> PromptRecord {
    PromptRecord(
        id: id, content: JSON.string("\(id)?").encoded, turn: TurnID("turn-\(id)"), message: "message", seq: seq,
        end: end)
}
