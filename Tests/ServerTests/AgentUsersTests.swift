import Agents
import Ledger
import Server
import ServerKit
import Testing
import Wire

/// Who may have sessions with an agent: it has the rights of the server's user, whatever roots its user has.
@Suite struct AgentUsersTests {
    @Test(arguments: [
        (AgentUsers.local, false), (.named(["bob"]), false), (.named(["alice"]), true), (.all, true),
    ])
    func agentsOfUsers(_ users: AgentUsers, isOpen: Bool) async throws {
        var settings = ACPSettings(name: "scripted", words: ["none"])
        settings.users = users
        let agent = ScriptedAgent()
        try await withServer([FixedAgent.brief, agent], change: { $0.agents = [.acp(settings)] }) { server in
            let token = try server.token(for: "alice").text
            let client = try await WireClient.greeted(by: server.endpoint, token: token, as: "c")
            let new: JSON = ["cwd": "/usr", "mcpServers": [], "_meta": ["belay": ["agent": "scripted"]]]
            if isOpen {
                _ = try await client.request(Method.newSession, new)
            } else {
                let error = await #expect(throws: RPCError.self) { try await client.request(Method.newSession, new) }
                #expect(error?.code == .invalidParams)
                #expect(error?.message.contains("no agent 'scripted' for you: it has") == true)
            }
            let local = try await WireClient.greeted(by: server.local, as: "d")
            _ = try await local.request(Method.newSession, new)
        }
    }
}
