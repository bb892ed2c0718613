import AgentKit
import Agents
import Foundation
import ProgramKit
import Synchronization
import TestKit
import Wire

/// The agent of `Tests/Peers` as a back end, with what a test looks at.
struct PeerAgent {
    /// The agent, and the last session of it that was opened.
    final class Opened: Agent {
        let agent: ACPAgent
        private let last = Mutex<(any AgentSession)?>(nil)

        init(_ agent: ACPAgent) { self.agent = agent }

        var name: String { agent.name }
        var session: (any AgentSession)? { last.withLock { $0 } }

        func open(_ context: SessionContext, host: any AgentHost) async throws -> any AgentSession {
            let session = try await agent.open(context, host: host)
            last.withLock { $0 = session }
            return session
        }
    }

    let directory: TemporaryDirectory
    let folder: SessionFolder
    private let environment: [String: String]

    /// - Parameter environment: What the agent is told (`agent.py`).
    init(_ environment: [String: String] = [:]) throws {
        directory = try TemporaryDirectory("peer")
        for name in ["shop", "state"] {
            try FileManager.default.createDirectory(
                atPath: directory.path(name), withIntermediateDirectories: true)
        }
        let location = URL(fileURLWithPath: directory.path("shop")).resolvingSymlinksInPath().path
        folder = SessionFolder(path: location, location: location, hidden: [], owner: "alice")
        self.environment = [
            "AGENT_STATE": directory.path("state"), "AGENT_LOG": directory.path("log"),
            // What other tests left behind is told apart by it.
            "AGENT_HOME": directory.path,
        ].merging(environment) { _, new in new }
    }

    var script: String { Repository.root.appendingPathComponent("Tests/Peers/agent.py").path }

    func agent(
        _ more: [String: String] = [:], words: [String]? = nil, isShared: Bool = false, signIn: String? = nil,
        startMaximum: Duration = .seconds(60), permissions: [PermissionRule] = []
    ) -> Opened {
        let settings = ACPSettings(
            name: "peer", words: words ?? ["python3", "-B", script],
            environment: environment.merging(more) { _, new in new }, isShared: isShared, signIn: signIn,
            startMaximum: startMaximum)
        return Opened(
            ACPAgent(
                settings, guardian: "\(Home.programs)/belayd", client: Implementation(name: "belayd", version: "1"),
                permissions: PermissionBook(permissions), logger: .quiet))
    }

    func context(_ known: AgentSessionID? = nil) -> SessionContext {
        SessionContext(session: "session", folder: folder, agentSessionID: known)
    }

    func turn(_ text: String, id: TurnID = "turn", history: [HistoryMessage] = []) -> Turn {
        Turn(id: id, session: "session", folder: folder, prompt: [.text(text)], history: history)
    }

    /// What the agent received, in order.
    var received: [JSON] {
        let text = (try? String(contentsOfFile: directory.path("log"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { try? JSON(parsing: String($0)) }
    }

    /// The processes that were started for this test and run: their environment names its folder.
    var processes: [pid_t] { ProcessTable.processes(with: "AGENT_HOME=\(directory.path)") }
}

extension PeerAgent {
    /// Runs a turn on a host.
    func run(_ text: String, on session: any AgentSession, _ host: TestHost, id: TurnID = "turn") async throws
        -> StopReason
    {
        host.begin(id)
        defer { host.begin(nil) }
        return try await session.prompt(turn(text, id: id)).reason
    }
}

extension TestHost {
    /// The text of the agent's messages.
    var said: String {
        bodies.compactMap { body in
            if case .update(.agentMessage(let chunk)) = body { chunk.content.text } else { nil }
        }.joined()
    }

    /// What it was told besides: notes.
    var notes: [String] {
        bodies.compactMap { body in
            if case .event(.note(let text)) = body { text } else { nil }
        }
    }
}
