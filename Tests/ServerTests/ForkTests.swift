import Agents
import Ledger
import Server
import ServerKit
import TestKit
import Testing
import Wire

/// `_belay/fork` as clients ask for it.
@Suite struct ForkTests {
    private func fork(
        _ session: SessionID, by client: WireClient, key: String? = "fork", title: String? = nil, window: Int64? = nil
    ) async throws -> AttachResult {
        let request = ForkRequest(session: session, clientSessionKey: key, title: title, window: window)
        return try AttachResult(json: try await client.request(Method.fork, request.json).belay ?? .null)
    }

    private func listed(_ client: WireClient) async throws -> [JSON] {
        try await client.request(Method.listSessions, [:])["sessions"]?.array ?? []
    }

    @Test func aForkHasWhatWasSaidAndGoesOnByItself() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let first = client.prompt("what?", in: session)
            try await agent.perform(.remember("agent-1"))
            try await agent.say("that")
            try await agent.end()
            _ = try await client.answer(to: first)
            let forked = try await fork(session, by: client, title: "another \u{1B}[31mway")
            #expect(forked.session != session && forked.mode == .delta && forked.turn == nil)
            let titles = try await listed(client).compactMap { $0["title"]?.string }
            #expect(titles.count == 2 && titles.contains { $0.hasSuffix("way") && !$0.contains("\u{1B}") })
            let history = try await client.request(
                Method.history, ["sessionId": .string(forked.session.rawValue), "limit": 9])
            #expect(history["messages"]?.array?.count == 2)
            let second = client.prompt("and now?", in: forked.session)
            try await agent.end()
            _ = try await client.answer(to: second)
            // The agent has a session of its own for it, and is given what was said.
            #expect(agent.contexts.map(\.session) == [session, forked.session])
            #expect(agent.contexts.last?.agentSessionID == nil)
            #expect(agent.turns.last?.history.count == 2)
            let old = try await client.request(
                Method.history, ["sessionId": .string(session.rawValue), "limit": 9])
            #expect(old["messages"]?.array?.count == 2, "nothing of it is in the other one")
        }
    }

    @Test func theSameKeyForksOnceHoweverOftenItIsSent() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let first = try await fork(session, by: client)
            let again = try await WireClient.greeted(by: server.local, as: "c")
            #expect(try await fork(session, by: again).session == first.session)
            #expect(try await listed(again).count == 2)
            #expect(try await fork(session, by: again, key: "other").session != first.session)
        }
    }

    @Test func aTurnThatRunsIsLeftOutAndGoesOn() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let running = client.prompt("long work", in: session)
            try await agent.say("so far")
            let forked = try await fork(session, by: client)
            #expect(forked.headSeq == 1 && forked.turn == nil, "its origin alone")
            try await agent.end()
            _ = try await client.answer(to: running)
        }
    }

    @Test func othersSessionsAreNotThereAndQuotasHold() async throws {
        let change: (inout ServerConfiguration) -> Void = {
            $0.sessionsPerPrincipal = 2
            $0.bytesPerPrincipal = 40_000
        }
        try await withServer([FixedAgent.brief], change: change) { server in
            let alice = try await server.client(of: "alice", as: "a")
            let session = try await alice.newSession()
            let request = ForkRequest(session: session, clientSessionKey: "f").json
            let bob = try await server.client(of: "bob", as: "b")
            let unknown = try await bob.refusal(Method.fork, request)
            #expect(unknown?.code == .resourceNotFound && unknown?.reason == "unknown_session")
            #expect(try await bob.refusal(Method.fork, [:])?.code == .invalidParams)
            let long = String(repeating: "x", count: 12_000)
            _ = try await alice.answer(to: alice.prompt(long, in: session))
            #expect(try await alice.refusal(Method.fork, request)?.reason == "quota")
            let small = try await alice.newSession()
            let more = ForkRequest(session: small, clientSessionKey: "g").json
            #expect(try await alice.refusal(Method.fork, more)?.reason == "too_many_sessions")
        }
    }

    @Test func aLongForkBringsItsNewestEntriesFirst() async throws {
        try await withServer([FixedAgent.brief]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            for number in 0..<40 { _ = try await client.answer(to: client.prompt("question \(number)", in: session)) }
            let forked = try await fork(session, by: client, window: 512)
            let missing = try #require(forked.missing)
            #expect(missing.range.lowerBound == 1 && missing.range.upperBound == forked.afterSeq)
            #expect(missing.state.seq == forked.headSeq)
        }
    }
}
