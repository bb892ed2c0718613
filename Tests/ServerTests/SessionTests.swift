import Ledger
import Server
import ServerKit
import TestKit
import Testing
import Wire

/// Sessions as clients ask for them: made once, found, listed, left, forgotten.
@Suite struct SessionTests {
    @Test func initializeComesFirstAndOnce() async throws {
        try await withServer([ScriptedAgent()]) { server in
            let client = try await WireClient.connect(to: server.local)
            let early = try await client.refusal(Method.newSession, ["cwd": "/usr", "mcpServers": []])
            #expect(early?.code == .invalidRequest)
            try await client.request(Method.initialize, InitializeRequest.of("c").json)
            let again = try await client.refusal(Method.initialize, InitializeRequest.of("c").json)
            #expect(again?.code == .invalidRequest)
            #expect(client.closure == nil, "one wrong word does not end a connection")
        }
    }

    @Test func whatIsNotKnownIsRefusedAndWhatHasNoAnswerIsIgnored() async throws {
        try await withServer([ScriptedAgent()]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            #expect(try await client.refusal("session/dance", [:])?.code == .methodNotFound)
            #expect(try await client.refusal(Method.newSession, ["cwd": "relative"])?.code == .invalidParams)
            #expect(try await client.refusal(Method.loadSession, [:])?.code == .invalidParams)
            let agent = try await client.refusal(
                Method.newSession, ["cwd": "/usr", "_meta": ["belay": ["agent": "nobody"]]])
            #expect(agent?.code == .invalidParams)
            client.send(.notification(method: "session/dance", params: [:]))
            client.send(.notification(method: Method.cancel, params: [:]))
            client.send(.response(.number(99), result: [:]))
            let pong = try await client.request(Method.ping, ["t": 5])
            #expect(pong["t"] == 5)
            #expect(pong["serverTime"]?.integer(in: .time) == server.clock.timestamp)
        }
    }

    @Test func theSameKeyMakesTheSameSessionForOneUser() async throws {
        try await withServer([ScriptedAgent()]) { server in
            let alice = try await WireClient.greeted(
                by: server.endpoint, token: try server.token(for: "alice").text, as: "a")
            let bob = try await WireClient.greeted(
                by: server.endpoint, token: try server.token(for: "bob").text, as: "b")
            let first = try await alice.newSession(key: "chat")
            #expect(try await alice.newSession(key: "chat") == first)
            #expect(try await alice.newSession(key: "other") != first)
            #expect(try await bob.newSession(key: "chat") != first, "a key is its user's own")
            let racing = try await withThrowingTaskGroup(of: SessionID.self) { group in
                for _ in 0..<8 { group.addTask { try await alice.newSession(key: "race") } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(racing.count == 1)
        }
    }

    @Test func listsComeInPagesOfOneFolderOrOfAll() async throws {
        try await withServer([ScriptedAgent()]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            var made: Set<SessionID> = []
            for number in 0..<53 {
                made.insert(try await client.newSession(number.isMultiple(of: 10) ? "/usr/share" : "/usr"))
            }
            let first = try await client.request(Method.listSessions, [:])
            #expect(first["sessions"]?.array?.count == 50)
            let cursor = try #require(first["nextCursor"])
            let second = try await client.request(Method.listSessions, ["cursor": cursor])
            #expect(second["nextCursor"] == nil)
            let listed = ((first["sessions"]?.array ?? []) + (second["sessions"]?.array ?? []))
                .compactMap { $0["sessionId"]?.string.map { SessionID($0) } }
            #expect(listed.count == 53)
            #expect(Set(listed) == made)
            let folder = try await client.request(Method.listSessions, ["cwd": "/usr/share"])
            #expect(folder["sessions"]?.array?.count == 6)
            #expect(folder["sessions"]?.array?.allSatisfy { $0["cwd"] == "/usr/share" } == true)
            #expect(try await client.refusal(Method.listSessions, ["cursor": "page two"])?.code == .invalidParams)
        }
    }

    @Test func closingCancelsWhatRunsAndKeepsTheSession() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            client.prompt("long work", in: session)
            try await agent.say("so far")
            #expect(try await client.request(Method.closeSession, named(session)) == [:])
            #expect(await eventually { agent.cancelled == 1 })
            let other = try await WireClient.greeted(by: server.local, as: "d")
            #expect(await eventually { (try? server.journal(of: session).last?.body.isEnd) ?? false })
            let state = try await other.request(Method.state, named(session))
            #expect(state["turn"]?["running"] == false)
        }
    }

    @Test func closingCancelsWhatWaitsBehindTheRunningTurnAsWell() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let running = client.prompt("long work", in: session, key: "a")
            try await agent.say("so far")
            let waiting = ["b", "c"].map { client.prompt($0, in: session, key: ClientMessageID($0)) }
            #expect(
                await eventually { (try? server.journal(of: session).contains { $0.clientMessageID == "c" }) ?? false })
            #expect(try await client.request(Method.closeSession, named(session)) == [:])
            for prompt in [running] + waiting {
                #expect(try await client.answer(to: prompt)["stopReason"] == "cancelled")
            }
        }
    }

    @Test func aSessionThatIsNotInMemoryCanBeClosed() async throws {
        let server = try await TestServer.start([ScriptedAgent()])
        let session = try await WireClient.greeted(by: server.local, as: "c").newSession()
        await server.stop()
        let restarted = try await TestServer.start([ScriptedAgent()], in: server.folder)
        let client = try await WireClient.greeted(by: restarted.local, as: "c")
        #expect(await restarted.daemon.server.counters.sessions == 0)
        #expect(try await client.request(Method.closeSession, named(session)) == [:])
        await restarted.stop()
    }

    @Test func deletingForgetsTheSessionItsJournalAndItsTurn() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            client.prompt("forget me", in: session)
            try await agent.say("x")
            #expect(try await client.request(Method.deleteSession, named(session)) == [:])
            #expect(await eventually { agent.cancelled == 1 })
            #expect(try server.journal(of: session).isEmpty)
            #expect(try await client.refusal(Method.state, named(session))?.code == .resourceNotFound)
            #expect(try await client.refusal(Method.deleteSession, named(session))?.code == .resourceNotFound)
            #expect(await eventually { await server.daemon.server.counters.sessions == 0 })
        }
    }

    @Test func detachingLeavesWithoutCancelling() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            client.prompt("go on without me", in: session)
            try await agent.say("heard")
            #expect(await eventually { client.agentText == "heard" })
            client.send(.notification(method: Method.detach, params: named(session)))
            try await client.request(Method.ping, [:])
            try await agent.say(", not heard")
            try await agent.end()
            #expect(await eventually { (try? server.journal(of: session).last?.body.isEnd) ?? false })
            try await client.request(Method.ping, [:])
            #expect(client.agentText == "heard")
            #expect(await server.daemon.server.counters.subscribers == 0)
        }
    }

    @Test func stateIsTheFoldOfTheJournalAndHistoryItsMessages() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            for number in 1...3 {
                let prompt = client.prompt("question \(number)", in: session)
                try await agent.append([
                    .event(.memory(key: "count", value: .integer(Int64(number)))),
                    .update(.agentMessage(ContentChunk(messageID: MessageID("m\(number)"), content: .text("answer")))),
                ])
                try await agent.end()
                try await client.answer(to: prompt)
            }
            let state = try await client.request(Method.state, named(session))
            let fold = SessionState(folding: try server.journal(of: session))
            #expect(state["seq"]?.integer(in: .entry) == fold.seq)
            #expect(state["memory"] == ["count": 3])
            let part = try await client.request(
                Method.state, ["sessionId": .string(session.rawValue), "parts": ["memory"]])
            #expect(part["memory"] == ["count": 3])
            #expect(part["plan"] == nil)

            let newest = try await client.request(
                Method.history, ["sessionId": .string(session.rawValue), "limit": 2])
            #expect(newest["more"] == true)
            let before = try #require(newest["messages"]?.array?.first?["seq"]?.integer(in: .entry))
            let older = try await client.request(
                Method.history, ["sessionId": .string(session.rawValue), "limit": 10, "before": .integer(before)])
            #expect(older["more"] == false)
            #expect(older["messages"]?.array?.count == 4)
        }
    }

    private func named(_ session: SessionID) -> JSON { ["sessionId": .string(session.rawValue)] }
}

extension Entry.Body {
    /// Whether a turn ended with it.
    var isEnd: Bool {
        if case .event(.turnEnd) = self { true } else { false }
    }
}
