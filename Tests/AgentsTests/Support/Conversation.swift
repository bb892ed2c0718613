import Agents
import Logging
import Wire

/// A session with the librarian: it keeps memory and history from turn to turn as the server does.
struct Conversation {
    let librarian: Librarian
    let directory: String
    let session: SessionID
    private(set) var memory: [Entry] = []
    private(set) var history: [HistoryMessage] = []
    private var turns = 0

    /// The folder of the indexes lives as long as the conversation.
    private let data: TestFolder?

    init(_ directory: String, data: TestFolder, limits: LibrarianLimits = LibrarianLimits()) {
        self.init(directory, dataPath: data.path, data: data, limits: limits)
    }

    init(_ directory: String, dataPath: String, data: TestFolder? = nil, limits: LibrarianLimits = LibrarianLimits()) {
        librarian = Librarian(dataDirectory: dataPath, logger: .quiet, limits: limits)
        self.directory = directory
        self.data = data
        session = SessionID(dataPath)
    }

    /// The next turn, as the server would hand it over: new when `recorded` is empty, else resumed.
    func turn(_ prompt: String, recorded: [Entry] = []) -> Turn {
        let own = recorded.map { entry in
            var entry = entry
            entry.seq += Seq(memory.count)
            return entry
        }
        return Turn(
            id: TurnID("turn-\(turns + 1)"), session: session, folder: SessionFolder(directory),
            prompt: [.text(prompt)],
            state: SessionState(folding: memory + own), history: history, recorded: recorded)
    }

    /// Lets the librarian answer a turn, or go on with it.
    func answer(_ turn: Turn, journal: some AgentHost) async throws -> StopReason {
        let context = SessionContext(session: turn.session, folder: turn.folder)
        return try await librarian.open(context, host: journal).prompt(turn).reason
    }

    /// Asks, and takes the answer into the conversation.
    @discardableResult
    mutating func ask(_ prompt: String) async throws -> CheckedJournal {
        let journal = try CheckedJournal()
        let reason = try await answer(turn(prompt), journal: journal)
        guard reason == .endTurn, journal.plan.allSatisfy({ $0.status == .completed }) else {
            throw CheckedJournal.Violation(description: "the turn did not end: \(reason), \(journal.plan)")
        }
        turns += 1
        for (role, text) in [(HistoryMessage.Role.user, prompt), (.assistant, journal.text)] {
            history.append(
                HistoryMessage(
                    id: MessageID("\(turns)-\(role.rawValue)"), role: role, content: [.text(text)], timestamp: 0, seq: 1
                ))
        }
        for entry in journal.entries {
            if case .event(.memory) = entry.body {
                memory.append(Entry(seq: Seq(memory.count + 1), timestamp: 0, body: entry.body))
            }
        }
        return journal
    }
}
