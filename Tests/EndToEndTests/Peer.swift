import Foundation
import ProgramKit
import TestKit
import Wire

/// The agent of `Tests/Peers`, a program of its own, as the agent `peer` of a home's private server.
extension Home {
    /// Configures it.
    ///
    /// - Parameter variables: What it is to be like, as the script explains.
    func configurePeer(_ variables: [String: String] = [:]) throws {
        let program = Repository.root.appendingPathComponent("Tests/Peers/agent.py").path
        let environment = ["AGENT_HOME": directory.path, "AGENT_LOG": peerLog].merging(variables) { _, new in new }
        try configureServer(
            """
            [agents.peer]
            kind = "acp"
            command = "python3"
            args = ["-B", "\(program)"]
            [agents.peer.env]
            \(environment.map { "\($0.key) = \"\($0.value)\"" }.sorted().joined(separator: "\n"))
            """)
    }

    private var peerLog: String { directory.path("peer.log") }

    /// What the agent has received, in order.
    var peerMessages: [JSON] {
        let log = (try? String(contentsOfFile: peerLog, encoding: .utf8)) ?? ""
        return log.split(separator: "\n").compactMap { try? JSON(parsing: String($0)) }
    }

    /// How many times the agent was given a prompt.
    func peerPrompts(_ text: String) -> Int {
        peerMessages.count { message in
            message["method"] == "session/prompt"
                && message["params"]?["prompt"]?.array?.last?["text"] == .string(text)
        }
    }

    /// The options that were chosen when the agent asked for permission, in order.
    var peerAnswers: [String] {
        peerMessages.compactMap { $0["result"]?["outcome"]?["optionId"]?.string }
    }

    /// The processes of the agent, of its guard, and of what it began.
    var peerProcesses: [pid_t] { ProcessTable.processes(with: "AGENT_HOME=\(directory.path)") }
}
