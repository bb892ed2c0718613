import Agents
import Ledger
import Wire

/// What an agent is given for a turn from the disk: its folder, the newest messages before the turn, and the turn's own
/// entries when it is resumed.
struct TurnContext {
    var folder: SessionFolder
    var history: [HistoryMessage]
    var earlier: [Entry]
    var recorded: [Entry]

    /// How many messages before the turn the agent is given.
    static let historyMessages: Int64 = 40
    /// How many bytes of its own entries a turn may have to be resumed after a restart.
    private static let recordedBytes = 64 << 20

    /// The most entries before a turn.
    private static let earlierEntries = 50_000

    /// Reads it; blocks.
    ///
    /// - Parameter historyBytes: How many bytes of the journal before the turn the agent wants.
    /// - Throws: ``FolderRefusal`` when the user may not use the session's folder any more, ``StoreError``, or a
    ///   ``TurnFailure`` when the turn has recorded too much.
    init(
        of start: TurnStart, in record: SessionRecord, _ store: any JournalStore, _ roots: SessionRoots,
        historyBytes: Int, by deadline: Deadline
    ) throws {
        folder = try roots.folder(record.directory, for: record.principal)
        // The prompt of the turn is one of the messages before it.
        let before = HistoryRequest(session: record.id, before: start.startSeq, limit: Self.historyMessages + 1)
        let page = try HistoryPage(before, head: start.startSeq - 1) { page in
            try store.entries(of: record.id, page, by: deadline).map { try $0.decoded() }
        }
        let own = try store.entries(
            of: record.id,
            EntryPage(after: start.startSeq, through: record.headSeq, limit: .max, bytes: Self.recordedBytes),
            by: deadline)
        guard own.last?.seq ?? start.startSeq == max(record.headSeq, start.startSeq) else {
            throw TurnFailure("the turn is too long to be resumed after a restart: send the prompt again")
        }
        history = Array(page.messages.filter { $0.id != start.message }.suffix(Int(Self.historyMessages)))
        earlier =
            historyBytes == 0
            ? []
            : try store.entries(
                of: record.id,
                EntryPage(
                    after: 0, through: start.startSeq - 1, limit: Self.earlierEntries, bytes: historyBytes, end: .last),
                by: deadline
            ).map { try $0.decoded() }
        recorded = try own.map { try $0.decoded() }
    }
}
