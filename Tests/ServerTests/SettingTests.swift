import Agents
import Ledger
import Server
import ServerKit
import TestKit
import Testing
import Wire

/// Modes and options: from the agent to its clients, and back.
@Suite struct SettingTests {
    private static let modes: JSON = [
        "currentModeId": "ask", "availableModes": [["id": "ask", "name": "Ask"], ["id": "code", "name": "Code"]],
    ]
    private static func mode(_ current: String) -> JSON {
        ConfigOption.option(ofModes: [
            "currentModeId": .string(current), "availableModes": modes["availableModes"] ?? [],
        ]) ?? .null
    }

    @Test func aModeIsSetBeforeTheFirstTurnAndAllAreTold() async throws {
        let agent = ScriptedAgent(offers: AgentOffers(modes: Self.modes))
        try await withServer([agent]) { server in
            let plain = try await WireClient.greeted(by: server.local)
            let session = try await plain.newSession()
            let client = try await WireClient.greeted(by: server.local, as: "c")
            _ = try await client.resume(session, from: nil)
            #expect(agent.contexts.isEmpty)
            let set: JSON = ["sessionId": .string(session.rawValue), "modeId": "code"]
            #expect(try await plain.request(Method.setMode, set) == [:])
            #expect(agent.settings == [.mode("code")] && agent.contexts.count == 1)
            let option = Self.mode("code")
            let update: JSON = ["sessionUpdate": "config_option_update", "configOptions": [option]]
            for told in [plain, client] {
                #expect(
                    await eventually {
                        told.messages.contains { message in
                            if case .notification(Method.update, let params) = message {
                                params["update"] == update
                            } else {
                                false
                            }
                        }
                    })
            }
            // As the option that the mode is, the answer has all options.
            let change: JSON = ["sessionId": .string(session.rawValue), "configId": "mode", "value": "ask"]
            #expect(try await client.request(Method.setConfigOption, change) == ["configOptions": [Self.mode("ask")]])
            // A plain client that comes later finds both in the answer.
            let late = try await WireClient.greeted(by: server.local)
            let load: JSON = ["cwd": "/usr", "mcpServers": [], "sessionId": .string(session.rawValue)]
            #expect(
                try await late.request(Method.loadSession, load)
                    == ["modes": Self.modes, "configOptions": [Self.mode("ask")]])
        }
    }

    @Test func theAgentIsToldWhatWasSetWhenItIsOpenedAgain() async throws {
        let agent = ScriptedAgent(offers: AgentOffers(modes: Self.modes))
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let set: JSON = ["sessionId": .string(session.rawValue), "modeId": "code"]
            _ = try await client.request(Method.setMode, set)
            let prompt = client.prompt("hello", in: session)
            try await agent.perform(.exit(AgentExit(code: 1)))
            await #expect(throws: RPCError.self) { try await client.answer(to: prompt) }
            let again = client.prompt("again", in: session)
            try await agent.end()
            _ = try await client.answer(to: again)
            #expect(agent.contexts.map(\.options) == [[], [Self.mode("code")]])
        }
    }

    @Test func whatIsNotOfferedIsRefusedAndOthersSessionsAreUnknown() async throws {
        let agent = ScriptedAgent(offers: AgentOffers(modes: Self.modes))
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local)
            let session = try await client.newSession()
            let set: JSON = ["sessionId": .string(session.rawValue), "configId": "model", "value": "x"]
            await #expect(throws: RPCError.invalidParams("the agent does not offer the option 'model'")) {
                try await client.request(Method.setConfigOption, set)
            }
            let unknown: JSON = ["sessionId": "nobodys", "modeId": "code"]
            let error = await #expect(throws: RPCError.self) { try await client.request(Method.setMode, unknown) }
            #expect(error?.code == .resourceNotFound)
        }
    }

    @Test func contentThatTheAgentDoesNotTakeIsSaidAndLeftOut() async throws {
        let agent = ScriptedAgent(offers: AgentOffers(promptKinds: [.audio]))
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let picture: JSON = ["type": "image", "mimeType": "image/png", "data": "aGk="]
            let sound: JSON = ["type": "audio", "mimeType": "audio/wav", "data": "aGk="]
            let file: JSON = ["type": "resource", "resource": ["uri": "file:///a", "text": "the text"]]
            let prompt = ClientRequest.Prompt(
                session: session, content: [.text("see"), .other(picture), .other(sound), .other(file)],
                clientMessageID: "k", trace: TraceContext(meta: ["traceparent": "00-a"]))
            let request = client.post(Method.prompt, prompt.json)
            #expect(await eventually { agent.turns.count == 1 })
            try await agent.end()
            _ = try await client.answer(to: request)
            let turn = try #require(agent.turns.first)
            #expect(
                turn.prompt == [
                    .text("see"), .text("[an image that you cannot be given]"), .other(sound),
                    .text("<resource uri=\"file:///a\">\nthe text\n</resource>"),
                ])
            #expect(turn.trace.members == [JSON.Member("traceparent", "00-a")])
            let notes = try server.journal(of: session).compactMap { entry in
                if case .event(.note(let text)) = entry.body { text } else { nil }
            }
            #expect(notes == ["The agent takes no such content, and was not given it: an image."])
        }
    }

    @Test(arguments: [MCPServersFromClients.local, .all, .none])
    func serversOfToolsReachTheAgentOfThoseWhoMay(_ whose: MCPServersFromClients) async throws {
        let agent = ScriptedAgent()
        let servers: [JSON] = [["name": "files", "command": "/bin/files", "args": [], "env": []]]
        try await withServer([agent], change: { $0.mcpServersFromClients = whose }) { server in
            let token = try server.token(for: "alice").text
            for (client, mayName) in [
                (try await WireClient.greeted(by: server.local), whose != .none),
                (try await WireClient.greeted(by: server.endpoint, token: token), whose == .all),
            ] {
                let new = ClientRequest.NewSession(directory: "/usr", mcpServers: servers)
                let result = try await client.request(Method.newSession, new.json)
                let session = SessionID(try result.requiredString("sessionId"))
                let prompt = client.prompt("hello", in: session)
                try await agent.end()
                _ = try await client.answer(to: prompt)
                #expect(agent.contexts.last?.mcpServers == (mayName ? servers : []))
                let isSaid = try server.journal(of: session).contains { entry in
                    if case .event(.note(let text)) = entry.body { text.contains("mcpServers") } else { false }
                }
                #expect(isSaid == !mayName)
            }
        }
    }
}
