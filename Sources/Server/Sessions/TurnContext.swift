import Agents
import Ledger
import Wire

/// What an agent is given from the journal: the newest messages before the turn, and the turn's own entries when it is
/// resumed.
struct TurnContext: Sendable {
    /// How many messages before the turn the agent is given.
    static let messages: Int64 = 40
    /// How many bytes of its own entries a turn may have to be resumed after a restart.
    private static let recordedBytes = 64 << 20

    let history: [HistoryMessage]
    let recorded: [Entry]

    init(of start: TurnStart, in record: SessionRecord, _ store: any JournalStore) throws {
        // The prompt of the turn is one of the messages before it.
        let before = HistoryRequest(session: record.id, before: start.startSeq, limit: TurnContext.messages + 1)
        let page = try HistoryPage(before, head: start.startSeq - 1) { page in
            try store.entries(of: record.id, page).map { try $0.decoded() }
        }
        let own = try store.entries(
            of: record.id,
            EntryPage(
                after: start.startSeq, through: record.headSeq, limit: .max, bytes: TurnContext.recordedBytes))
        guard own.last?.seq ?? start.startSeq == max(record.headSeq, start.startSeq) else {
            throw TurnFailure("the turn is too long to be resumed after a restart: send the prompt again")
        }
        let messages = page.messages.filter { $0.id != start.message }.suffix(Int(TurnContext.messages))
        history = Array(messages)
        recorded = try own.map { try $0.decoded() }
    }
}

extension TurnFailure {
    /// The longest error sentence of an agent that is stored, in characters.
    private static let sentenceMaximum = 500

    /// The sentence that ends a failed turn. A ``TurnError`` is written for the user; any other error can hold paths of
    /// the server or SQL statements, and goes into the log only.
    static func sentence(for error: any Error) -> String {
        if let refusal = error as? FolderRefusal { return refusal.description }
        guard let error = error as? any TurnError else {
            return "the agent failed: ask the server's operator to see the log"
        }
        return String(error.sentence.withoutControls.prefix(sentenceMaximum))
    }
}
