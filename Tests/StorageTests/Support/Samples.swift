import Ledger
import Sync
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

func note(_ seq: Seq, _ text: String = "note", at timestamp: Timestamp? = nil) -> Entry {
    Entry(seq: seq, timestamp: timestamp ?? 100 + seq, body: .event(.note(text)))
}

func chunk(_ seq: Seq, from: Seq? = nil, _ text: String = "text") -> Entry {
    Entry(
        from: from, seq: seq, timestamp: seq, body: .update(.agentMessage(.init(messageID: "m", content: .text(text)))))
}

func echo(_ seq: Seq, of id: ClientMessageID) -> Entry {
    Entry(
        seq: seq, timestamp: seq, clientMessageID: id,
        body: .update(.userMessage(.init(messageID: "u", content: .text("\(id)?")))))
}

func notes(_ range: ClosedRange<Seq>, _ text: String = "note") -> [Entry] { range.map { note($0, text) } }

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

func item(_ id: ClientMessageID, wasSent: Bool = false) -> OutboxItem {
    OutboxItem(
        id: id, content: [.text("\(id)?"), .resourceLink(name: "n", uri: "file:///n")], createdAt: 7, wasSent: wasSent)
}

/// The error of a store that the work throws; `nil` when it throws none.
func storeError(_ work: () throws -> Void) -> StoreError? {
    do {
        try work()
        return nil
    } catch {
        return error as? StoreError
    }
}

extension StoreError {
    var isFull: Bool { if case .full = self { true } else { false } }
    var isCorrupt: Bool { if case .corrupt = self { true } else { false } }
    var isFailed: Bool { if case .failed = self { true } else { false } }
}
