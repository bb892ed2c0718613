import AgentKit
import Agents
import Foundation
import ProgramKit
import TestKit
import Wire

/// The model of `Tests/Peers/model.py` as a back end, with what a test looks at.
final class ModelPeer: Sendable {
    let directory: TemporaryDirectory
    let folder: SessionFolder
    private let server: ModelServer

    init() async throws {
        directory = try TemporaryDirectory("model")
        try FileManager.default.createDirectory(atPath: directory.path("shop"), withIntermediateDirectories: true)
        let location = URL(fileURLWithPath: directory.path("shop")).resolvingSymlinksInPath().path
        folder = SessionFolder(path: location, location: location, hidden: [], owner: "alice")
        server = try await ModelServer(in: directory.path)
    }

    deinit { server.child.killAndWait() }

    var port: Int { server.port }

    var settings: ModelSettings { ModelSettings(name: "model", baseURL: "http://127.0.0.1:\(port)/v1", model: "m") }

    func agent(
        _ permissions: PermissionBook? = nil, _ change: (inout ModelSettings) -> Void = { _ in }
    ) -> ModelAgent {
        var settings = settings
        settings.silenceMaximum = .seconds(20)
        change(&settings)
        return ModelAgent(
            settings, permissions: permissions ?? PermissionBook(), guardian: "\(Home.programs)/belayd",
            client: Implementation(name: "belayd", version: "1"))
    }

    /// Runs a turn.
    @discardableResult
    func run(
        _ prompt: String, _ host: TestHost, agent: ModelAgent? = nil, id: TurnID = "turn", earlier: [Entry] = [],
        recorded: [Entry] = []
    ) async throws -> StopReason {
        let agent = agent ?? self.agent()
        let session = try await agent.open(SessionContext(session: "session", folder: folder), host: host)
        host.begin(id)
        defer { host.begin(nil) }
        let turn = Turn(
            id: id, session: "session", folder: folder, prompt: [.text(prompt)],
            state: SessionState(folding: recorded), earlier: earlier, recorded: recorded)
        do {
            let reason = try await session.prompt(turn).reason
            await session.close()
            return reason
        } catch {
            await session.close()
            throw error
        }
    }

    func write(_ text: String, to path: String) throws {
        let url = URL(fileURLWithPath: folder.path + "/" + path)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: url, atomically: true, encoding: .utf8)
    }

    func read(_ path: String) -> String? { try? String(contentsOfFile: folder.path + "/" + path, encoding: .utf8) }

    /// The requests that it received, in order.
    var requests: [JSON] {
        let text = (try? String(contentsOfFile: directory.path("log"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { try? JSON(parsing: String($0)) }
    }

    /// A prompt that has the model answer so.
    static func script(_ rounds: JSON...) -> String { JSON.object([JSON.Member("rounds", .array(rounds))]).text }
}

extension TestHost {
    /// The agent's reasoning.
    var thought: String {
        bodies.reduce(into: "") { text, body in
            if case .update(.agentThought(let chunk)) = body { text += chunk.content.text ?? "" }
        }
    }

    /// The tool calls as they are at the end.
    var toolCalls: [ToolCall] { SessionState(folding: entries).toolCalls }
}
