import FailPoints
public import Logging
import Wire

/// The built-in agent: answers questions about the files of the session's folder, without a model and without a
/// network.
///
/// It works in recorded steps: it parses the question, lists the files, updates and searches their index, reads the
/// best passages, and writes an answer that names its sources. A turn that a crash interrupted is resumed where its
/// record ends: no recorded step or tool call is repeated, and the answer is built from recorded results only, so that
/// its text continues in the middle of a sentence.
public struct Librarian: Agent {
    private let logger: Logger
    private let limits: LibrarianLimits
    private let shelf: IndexShelf

    /// Creates a librarian.
    ///
    /// - Parameters:
    ///   - dataDirectory: Where the indexes of folders are kept, an absolute path; they can be deleted at any time.
    ///   - logger: The log for problems with an index.
    ///   - limits: The bounds on files, passages and memory.
    public init(dataDirectory: String, logger: Logger, limits: LibrarianLimits = LibrarianLimits()) {
        self.logger = logger
        self.limits = limits
        shelf = IndexShelf(dataDirectory: dataDirectory, logger: logger, limits: limits)
    }

    /// The name by which `session/new` selects it.
    public var name: String { "librarian" }

    /// Opens the librarian's side of a session, which keeps nothing of it.
    public func open(_ context: SessionContext, host: any AgentHost) -> any AgentSession {
        LibrarianSession(self, host: host)
    }

    /// The plan of a turn, as it is recorded.
    func plan(of turn: Turn) -> [String] {
        Workflow(Understanding(turn.prompt, history: turn.history).intent).steps.map(\.rawValue)
    }

    /// Answers a turn, or goes on with one.
    func answer(_ turn: Turn, host: any AgentHost) async throws -> TurnEnd {
        let intent = Understanding(turn.prompt, history: turn.history).intent
        let steps = Workflow(intent).steps
        var record = TurnRecord(turn, host: host)
        try await record.begin(steps.map(\.rawValue))
        for (index, step) in steps.enumerated() where !record.isCompleted(index) {
            try await FailPoint.reached("librarian.step\(index + 1)", scope: turn.session.rawValue)
            try Task.checkCancellation()
            try await perform(step, of: intent, &record)
            try await record.complete(index)
        }
        return TurnEnd(.endTurn)
    }

    private func perform(
        _ step: Workflow.Step, of intent: Understanding.Intent, _ record: inout TurnRecord
    ) async throws {
        switch step {
        case .understand:
            if case .question = intent { try await RecallStep(about: nil).bringToMind(&record) }
        case .list: try await ListStep(shelf: shelf, limits: limits, intent: intent).run(&record)
        case .index:
            guard case .question(let question) = intent else { return }
            try await IndexStep(shelf: shelf, limits: limits, question: question).run(&record)
        case .read: try await ReadStep(limits: limits).run(&record)
        case .remember: try await RememberStep(limits: limits, intent: intent).run(&record)
        case .recall:
            guard case .recall(let about) = intent else { return }
            try await RecallStep(about: about).run(&record)
        case .answer: try await AnswerStep(intent: intent).run(&record)
        }
    }
}
