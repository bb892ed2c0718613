import Agents
import Logging
import Platform
import Wire

/// Starts an agent as the server does, asks it for one word, and prints how long each step took.
struct AgentCheck {
    private static let prompt = "Answer with this one word and nothing else, and use no tools: ready"
    /// How long the answer may take.
    private static let answerMaximum = Duration.seconds(120)

    private let settings: AgentSettings
    private let all: [AgentSettings]
    private let folder: SessionFolder

    init(_ settings: AgentSettings, among all: [AgentSettings], in directory: String) {
        self.settings = settings
        self.all = all
        folder = SessionFolder(directory)
    }

    func run() async throws {
        var logger = Logger(label: "belayd")
        logger.logLevel = .critical
        let agent = Serve.agent(settings, among: all, PermissionBook(), logger)
        let host = CheckHost()
        let clock = ContinuousClock()
        let begun = clock.now
        let session = try await agent.open(SessionContext(session: "check", folder: folder), host: host)
        if let note = host.told.first {
            await session.close()
            throw TurnFailure(note)
        }
        do {
            let started = clock.now
            try Failure.output("started\t\(text(started - begun))\n")
            let end = try await answer(of: session)
            let answer = Failure.line(host.said)
            guard end.reason == .endTurn, !answer.isEmpty else {
                throw TurnFailure("the agent ended the turn (\(end.reason.rawValue)) without an answer")
            }
            try Failure.output("answered\t\(text(clock.now - started))\t\(answer.prefix(200))\n")
        } catch {
            await session.close()
            throw error
        }
        await session.close()
    }

    private func answer(of session: any AgentSession) async throws -> TurnEnd {
        let turn = Turn(id: "check", session: "check", folder: folder, prompt: [.text(Self.prompt)])
        let limit = Self.answerMaximum
        return try await withTimeLimit(limit) {
            TurnFailure("the agent did not answer within \(limit.components.seconds) seconds")
        } _: {
            try await session.prompt(turn)
        }
    }

    private func text(_ duration: Duration) -> String {
        let tenths = duration.milliseconds / 100
        return "\(tenths / 10).\(tenths % 10) s"
    }
}

/// A host that keeps what the agent says, and answers no question.
private final class CheckHost: AgentHost {
    private let text = Locked("")
    private let notes = Locked<[String]>([])

    /// What the agent says that does not work, such as a server of tools.
    var told: [String] { notes.withLock { $0 } }

    /// The agent's messages.
    var said: String { text.withLock { $0 } }

    func emit(_ updates: [Entry.Body], in turn: TurnID?) {
        for case .update(.agentMessage(let chunk)) in updates {
            text.withLock { $0 += chunk.content.text ?? "" }
        }
        for case .event(.note(let note)) in updates { notes.withLock { $0.append(note) } }
    }

    func flush() {}
    var isAttended: Bool { false }

    func ask(_ name: String, in turn: TurnID, method: String, params: JSON) -> JSON {
        Question(key: "check", turn: turn, method: method, params: params).answer(isAllowed: false)
    }

    func withdraw(_ name: String, in turn: TurnID) {}
    func remember(_ session: AgentSessionID) {}
    func exited(_ exit: AgentExit) {}
}
