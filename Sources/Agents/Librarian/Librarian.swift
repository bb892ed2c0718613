import FailPoints
public import Logging
public import Wire

/// The agent that is built in: it answers questions about the files of the session's folder and needs neither a model
/// nor a network.
///
/// It really does the work, in recorded steps: it understands the question, lists the files, brings their index up to
/// date and searches it, reads the best passages and writes an answer that names its sources. What a step found out is
/// in the journal before the next one begins, so a turn that the server's death interrupted goes on where it was: no
/// completed step or tool call is repeated, and the answer is built from recorded results only, so that its text goes
/// on in the middle of a sentence.
public struct Librarian: Agent {
    private let logger: Logger
    private let limits: LibrarianLimits
    private let shelf: IndexShelf

    /// A librarian.
    ///
    /// - Parameters:
    ///   - dataDirectory: Where the indexes of folders are kept, an absolute path; they can be deleted at any time.
    ///   - logger: What went wrong with an index is told to it.
    ///   - limits: Its bounds.
    public init(dataDirectory: String, logger: Logger, limits: LibrarianLimits = LibrarianLimits()) {
        self.logger = logger
        self.limits = limits
        shelf = IndexShelf(dataDirectory: dataDirectory, logger: logger, limits: limits)
    }

    /// The name that `session/new` may ask for.
    public var name: String { "librarian" }

    /// A turn is gone on with at the step where it was.
    public var resumesTurns: Bool { true }

    /// Answers a turn, or goes on with one.
    public func answer(_ turn: Turn, journal: some TurnJournal) async throws -> StopReason {
        let intent = Understanding(turn.prompt, history: turn.history).intent
        let steps = Workflow(intent).steps
        var record = TurnRecord(turn, journal: journal)
        try await record.begin(steps.map(\.rawValue))
        for (index, step) in steps.enumerated() where !record.isCompleted(index) {
            try await FailPoint.reached("librarian.step\(index + 1)", scope: turn.session.rawValue)
            try Task.checkCancellation()
            try await perform(step, of: intent, &record)
            try await record.complete(index)
        }
        return .endTurn
    }

    private func perform(
        _ step: Workflow.Step, of intent: Understanding.Intent, _ record: inout TurnRecord<some TurnJournal>
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
