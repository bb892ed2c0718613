public import Agents
import Synchronization
import TestKit
public import Wire

/// An agent that does what a test says, step by step.
///
/// A step is handed to whichever turn runs and is over when the turn's journal has it, so a test that goes on after
/// ``say(_:)`` knows that the text is durable. Steps that were not taken within ten seconds throw ``NotTaken``.
public final class ScriptedAgent: Agent {
    /// What a turn does next.
    public enum Step: Sendable {
        /// Append these entries.
        case append([Entry.Body])
        /// Ask for a permission under this name, and keep what was answered.
        case ask(String)
        /// End.
        case end(StopReason)
        /// End with an error of that sentence.
        case fail(String)
    }

    /// No turn took a step.
    public struct NotTaken: Error {}

    private struct Failure: TurnError {
        let sentence: String
    }

    private struct State {
        var begun: [Turn] = []
        var steps: [(step: Step, number: Int)] = []
        var lastNumber = 0
        var done = 0
        var cancelled = 0
        var answers: [JSON] = []
    }

    /// The name that `session/new` may ask for.
    public let name: String
    /// Whether the agent can resume a turn that a restart interrupted.
    public let resumesTurns: Bool
    private let state = Mutex(State())

    /// An agent that waits for its first step.
    public init(name: String = "scripted", resumesTurns: Bool = true) {
        self.name = name
        self.resumesTurns = resumesTurns
    }

    /// The turns that began or were resumed, in order.
    public var turns: [Turn] { state.withLock { $0.begun } }

    /// How many turns were cancelled.
    public var cancelled: Int { state.withLock { $0.cancelled } }

    /// What its questions were answered, in order.
    public var answers: [JSON] { state.withLock { $0.answers } }

    /// Lets the turn that runs say this much more.
    public func say(_ text: String) async throws {
        try await perform(.append([.update(.agentMessage(ContentChunk(messageID: "answer", content: .text(text))))]))
    }

    /// Lets the turn that runs append entries.
    public func append(_ entries: [Entry.Body]) async throws { try await perform(.append(entries)) }

    /// Ends the turn that runs.
    public func end(_ reason: StopReason = .endTurn) async throws { try await perform(.end(reason)) }

    /// Lets the turn that runs fail.
    public func fail(_ description: String) async throws { try await perform(.fail(description)) }

    /// Lets the turn that runs do a step, without waiting for it.
    @discardableResult
    public func post(_ step: Step) -> Int {
        state.withLock { state in
            state.lastNumber += 1
            state.steps.append((step, state.lastNumber))
            return state.lastNumber
        }
    }

    /// Whether a step that was posted is over.
    public func isDone(_ number: Int) -> Bool { state.withLock { $0.done >= number } }

    private func perform(_ step: Step) async throws {
        let number = post(step)
        guard await eventually({ self.isDone(number) }) else { throw NotTaken() }
    }

    /// Does what the test says until the turn is to end.
    public func answer(_ turn: Turn, journal: some TurnJournal) async throws -> StopReason {
        state.withLock { $0.begun.append(turn) }
        do {
            while true {
                guard let (step, number) = state.withLock({ $0.steps.isEmpty ? nil : $0.steps.removeFirst() }) else {
                    try await Task.sleep(for: .milliseconds(1))
                    continue
                }
                // An end is over when the turn is left; nothing more can be waited for from inside.
                switch step {
                case .append(let entries): try await journal.append(entries)
                case .ask(let name):
                    let params: JSON = [
                        "toolCall": ["toolCallId": "call", "title": "write a file"],
                        "options": [
                            ["optionId": "yes", "name": "Allow", "kind": "allow_once"],
                            ["optionId": "no", "name": "Deny", "kind": "reject_once"],
                        ],
                    ]
                    let answer = try await journal.ask(name, method: Method.requestPermission, params: params)
                    state.withLock { $0.answers.append(answer) }
                case .end(let reason):
                    finished(number)
                    return reason
                case .fail(let description):
                    finished(number)
                    throw Failure(sentence: description)
                }
                finished(number)
            }
        } catch is CancellationError {
            state.withLock { $0.cancelled += 1 }
            throw CancellationError()
        }
    }

    private func finished(_ number: Int) { state.withLock { $0.done = number } }
}

/// An agent that answers every prompt by itself, in the same entries whenever it is asked the same.
public struct FixedAgent: Agent {
    /// The name that `session/new` may ask for.
    public let name: String
    /// An interrupted answer is not started again.
    public let resumesTurns = false
    private let script: @Sendable (Turn) throws -> [[Entry.Body]]

    /// An agent.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - script: What a turn appends, one commit after the other; what it throws fails the turn.
    public init(name: String = "fixed", script: @escaping @Sendable (Turn) throws -> [[Entry.Body]]) {
        self.name = name
        self.script = script
    }

    /// Appends what the script says.
    public func answer(_ turn: Turn, journal: some TurnJournal) async throws -> StopReason {
        for entries in try script(turn) { try await journal.append(entries) }
        return .endTurn
    }
}
