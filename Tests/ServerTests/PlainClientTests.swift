import NIOCore
import Server
import ServerKit
import TestKit
import Testing
import Wire

/// What an ACP client gets that has never heard of the layer (`protocol.md` §12).
@Suite struct PlainClientTests {
    /// Everything that came to a client, as text.
    private func heard(by client: WireClient) -> String { client.messages.map(\.json.text).joined(separator: "\n") }

    @Test func itIsServedOrdinaryACPWithoutOneFieldOfTheLayer() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.connect(to: server.local)
            let hello = try await client.request(Method.initialize, InitializeRequest.of(nil).json)
            #expect(hello["protocolVersion"] == 1)
            #expect(hello["agentCapabilities"]?["loadSession"] == true)
            let session = try await client.newSession()
            let prompt = client.prompt("hello", in: session)
            try await agent.append([
                .update(.plan([PlanEntry(content: "Greet", priority: .medium, status: .inProgress)])),
                .event(.memory(key: "name", value: "Ada")),
            ])
            try await agent.say("Hello")
            try await agent.say(" to you")
            try await agent.end()
            let answer = try await client.answer(to: prompt)
            #expect(answer == ["stopReason": "end_turn"])
            #expect(client.agentText == "Hello to you")
            let list = try await client.request(Method.listSessions, [:])
            #expect(list["sessions"]?.array?.first?["sessionId"]?.string == session.rawValue)
            #expect(try await client.request(Method.closeSession, named(session)) == [:])

            let text = heard(by: client)
            #expect(!text.contains("belay\":"), "no field of the layer")
            #expect(!text.contains("_belay/"), "no method of the layer")
            #expect(!text.contains("user_message_chunk"), "not its own words")
        }
    }

    @Test func loadReplaysThenAnswersThenGoesOnLive() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let first = try await WireClient.greeted(by: server.local)
            let session = try await first.newSession()
            first.prompt("count", in: session)
            try await agent.say("one ")
            try await agent.say("two ")
            first.abort()

            let second = try await WireClient.greeted(by: server.local)
            let load = second.post(
                Method.loadSession, ["cwd": "/usr", "mcpServers": [], "sessionId": .string(session.rawValue)])
            #expect(try await second.answer(to: load) == [:])
            let place = try #require(second.messages.firstIndex { $0 == .response(load, result: [:]) })
            #expect(place == second.messages.count - 1, "nothing behind the answer while nothing happens")
            let replayed = second.messages[..<place].filter {
                if case .notification(Method.update, _) = $0 { true } else { false }
            }
            #expect(replayed.count == 2, "the prompt, and the answer so far in one piece")
            #expect(second.agentText == "one two ")
            #expect(heard(by: second).contains("user_message_chunk"), "a history has both sides")

            try await agent.say("three")
            try await agent.end()
            #expect(await eventually { second.agentText == "one two three" })
            #expect(!heard(by: second).contains("belay\":"))
            #expect(!heard(by: second).contains("_belay/"))
        }
    }

    @Test func droppingInTheMiddleOfATurnIsNotCancelling() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local)
            let session = try await client.newSession()
            client.prompt("work", in: session)
            try await agent.say("begun")
            client.abort()
            #expect(await eventually { await server.daemon.server.counters.connections == 0 })
            try await agent.say(", ended")
            try await agent.end()
            #expect(await eventually { await server.daemon.server.counters.turns == 0 })
            let messages = HistoryMessage.messages(in: try server.journal(of: session))
            #expect(messages.last?.content == [.text("begun, ended")])
            #expect(agent.cancelled == 0)
        }
    }

    private func named(_ session: SessionID) -> JSON { ["sessionId": .string(session.rawValue)] }
}
