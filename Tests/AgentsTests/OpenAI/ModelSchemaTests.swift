import AgentKit
import TestKit
import Testing
import Wire

@testable import Agents

/// What a model's turn sends to clients is of the published schema.
@Suite struct ModelSchemaTests {
    @Test(.enabled(if: ACPSchema.isAvailable))
    func everyUpdateFits() async throws {
        let (peer, host) = (try await ModelPeer(), TestHost())
        try peer.write("a\n", to: "a")
        _ = try await peer.run(
            ModelPeer.script(
                [
                    "think": ["Hm."], "say": ["Let me see."],
                    "calls": [
                        ["list_files", [:]], ["read_file", ["path": "a", "line": 1]], ["read_file", ["path": "b"]],
                        ["write_file", ["path": "b", "content": "B"]], ["run_command", ["command": "echo x; exit 1"]],
                        ["update_plan", ["steps": [["content": "one", "status": "pending"]]]], ["none", [:]],
                        ["remember", "{broken"],
                    ],
                ], ["say": ["Done."]]), host)
        let validator = try ACPSchema.load()
        var kinds: Set<String> = []
        for case .update(let update) in host.bodies {
            kinds.insert(update.json["sessionUpdate"]?.string ?? "")
            let notification: JSON = ["sessionId": "s", "update": update.json]
            #expect(try validator.violations(of: notification, as: "SessionNotification") == [], "\(update.json.text)")
        }
        #expect(
            kinds == [
                "agent_thought_chunk", "agent_message_chunk", "tool_call", "tool_call_update", "plan", "usage_update",
            ])
        for call in host.toolCalls {
            for always in [nil, PermissionRule(.allow, kinds: [.edit])] {
                let params = PermissionQuestion(call, always: always).params
                let request = JSON.object([JSON.Member("sessionId", "s")] + (params.members ?? []))
                #expect(try validator.violations(of: request, as: "RequestPermissionRequest") == [])
            }
        }
    }
}
