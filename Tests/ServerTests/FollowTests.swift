import Ledger
import Server
import ServerKit
import TestKit
import Testing
import Wire

/// What a client hears of the sessions that it does not watch.
@Suite struct FollowTests {
    private func connect(
        _ server: TestServer, _ client: ClientID, follows: Bool = true, token: String? = nil
    ) async throws -> WireClient {
        let connected = try await WireClient.connect(to: token == nil ? server.local : server.endpoint, token: token)
        var hello = InitializeRequest.of(client)
        hello.layer?.followsSessions = follows
        try await connected.request(Method.initialize, hello.json)
        return connected
    }

    private func told(_ client: WireClient) -> [JSON] {
        client.messages.compactMap { message in
            if case .notification(Method.session, let params) = message { params } else { nil }
        }
    }

    @Test func itHearsOfTurnsAndQuestionsAndNotOfWhatStreams() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let follower = try await connect(server, "follower")
            let silent = try await connect(server, "silent", follows: false)
            let client = try await connect(server, "c")
            let session = try await client.newSession()
            let prompt = client.prompt("work", in: session)
            try await agent.say("one")
            #expect(await eventually { told(follower).count == 1 })
            let begun = try #require(told(follower).first)
            #expect(begun["sessionId"]?.string == session.rawValue && begun["title"] == "work")
            #expect(begun.belay?["turn"]?.string != nil && begun.belay?["turnStartedAt"]?.integer(in: .time) != nil)
            try await agent.say("two")
            try await agent.perform(.askAside("q"))
            #expect(await eventually { told(follower).last?.belay?["pendingRequests"] == 1 })
            try await agent.end()
            _ = try await client.answer(to: prompt)
            #expect(await eventually { told(follower).last?.belay?["turn"] == nil })
            #expect(told(follower).last?.belay?["pendingRequests"] == 0)
            #expect(told(follower).count <= 4, "nothing for what streamed")
            #expect(told(silent).isEmpty && told(client).isEmpty, "who did not ask, and who watches, hears nothing")
        }
    }

    @Test func anotherUserHearsNothing() async throws {
        try await withServer([FixedAgent.brief]) { server in
            let eve = try await connect(server, "e", token: try server.token(for: "eve").text)
            let alice = try await server.client(of: "alice", as: "a")
            let session = try await alice.newSession()
            _ = try await alice.answer(to: alice.prompt("secret", in: session))
            // In order behind whatever would have been told.
            _ = try await eve.request(Method.ping, ["t": 1])
            #expect(told(eve).isEmpty)
        }
    }
}
