import Agents
import NIOCore
import Server
import ServerKit
import TestKit
import Testing
import Wire

/// Every frame that a real server sends, held against the schema of ACP: to a plain client and to one of the layer.
@Suite struct SchemaOnTheWireTests {
    @Test(.enabled(if: ACPSchema.isAvailable), arguments: [false, true])
    func everyFrameIsACP(hasLayer: Bool) async throws {
        let schema = try ACPSchema.load()
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.connect(to: server.local)
            let layer = hasLayer ? InitializeRequest.Layer(clientID: "a") : nil
            let hello = try await client.request(Method.initialize, InitializeRequest(client: nil, layer: layer).json)
            try expectACP(hello, "InitializeResponse", schema)
            let new = try await client.request(Method.newSession, ["cwd": "/usr", "mcpServers": []])
            try expectACP(new, "NewSessionResponse", schema)
            let session = SessionID(try #require(new["sessionId"]?.string))
            let prompt = client.prompt("hello", in: session)
            try await agent.append([
                .update(.plan([PlanEntry(content: "Greet", status: .inProgress)])),
                .update(.toolCall(ToolCall(id: "t", title: "Look", kind: .read, status: .pending))),
                .update(
                    .toolCallUpdate(
                        ToolCall(
                            id: "t", status: .completed, content: [ToolCall.textContent("seen")],
                            locations: [.init(path: "/tmp/a", line: 3)], rawOutput: ["lines": 1]))),
                .event(.memory(key: "name", value: "Ada")),
            ])
            try await agent.say("Hello")
            try await agent.end()
            try expectACP(try await client.answer(to: prompt), "PromptResponse", schema)
            let folder: JSON = ["cwd": "/usr", "mcpServers": [], "sessionId": .string(session.rawValue)]
            try expectACP(try await client.request(Method.listSessions, [:]), "ListSessionsResponse", schema)
            try expectACP(try await client.request(Method.resumeSession, folder), "ResumeSessionResponse", schema)
            try expectACP(try await client.request(Method.loadSession, folder), "LoadSessionResponse", schema)
            let named: JSON = ["sessionId": .string(session.rawValue)]
            try expectACP(try await client.request(Method.closeSession, named), "CloseSessionResponse", schema)
            let refusal = try #require(try await client.refusal(Method.loadSession, ["sessionId": "none"]))
            try expectACP(refusal.json, "Error", schema)

            var updates = 0
            for case .notification(Method.update, let params) in client.messages {
                updates += 1
                try expectACP(params, "SessionNotification", schema)
            }
            #expect(updates >= 8, "live and replayed")
        }
    }

    private func expectACP(_ value: JSON, _ definition: String, _ schema: SchemaValidator) throws {
        let violations = try schema.violations(of: value, as: definition)
        #expect(violations.isEmpty, "\(definition): \(value.text)")
    }
}
