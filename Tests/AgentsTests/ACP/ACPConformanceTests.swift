import AgentKit
import Agents
import TestKit
import Testing
import Wire

/// An agent that is a program of its own keeps to what every back end keeps to.
@Suite struct ACPConformanceTests {
    @Test(arguments: AgentConformance.Requirement.allCases, ["What is there?", "ask 2"])
    func itKeepsTo(_ requirement: AgentConformance.Requirement, asked prompt: String) async throws {
        // A cancel behind an update has come before the agent goes on. Its sessions all have one name, since each of its
        // processes has one, and it says nothing of its own accord, which the suite would count.
        let peer = try PeerAgent(["AGENT_SYNC": "1", "AGENT_STATE": "", "AGENT_QUIET": "1"])
        let suite = AgentConformance(
            folder: peer.folder, prompt: prompt, make: { peer.agent() },
            exiting: { peer.agent(words: ["python3", "-B", "-c", Self.dying]) },
            speak: { agent in _ = try await (agent as? PeerAgent.Opened)?.session?.set(.mode("slow")) })
        try await suite.check(requirement)
        #expect(await eventually { peer.processes.isEmpty }, "no process is left")
    }

    /// An agent that dies in its first turn.
    private static let dying = """
        import json, sys, os
        for line in sys.stdin:
            message = json.loads(line)
            if message["method"] == "session/prompt":
                os._exit(4)
            result = {"protocolVersion": 1, "sessionId": "own"}
            print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
        """
}
