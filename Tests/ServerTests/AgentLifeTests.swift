import Agents
import Journal
import Ledger
import Server
import ServerKit
import Synchronization
import TestKit
import Testing
import Wire

/// Agents of a real server: what they stream, how they are stopped, how they die, and what they say outside of turns.
@Suite struct AgentLifeTests {
    private static let usage = Entry.Body.update(.other(["sessionUpdate": "usage_update", "used": 1, "size": 2]))

    private func kinds(_ server: TestServer, _ session: SessionID) throws -> [String] {
        try server.journal(of: session).map { EncodedEntry($0).kind }
    }

    // MARK: Streams

    /// The timer of the server is real, and its clock stands still: text is not kept waiting for either.
    @Test func textIsSeenWhileTheTurnRuns() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let prompt = client.prompt("talk", in: session)
            for count in 1...4 {
                agent.post(.emit([ScriptedAgent.said("word ")]))
                #expect(await eventually { client.agentText == String(repeating: "word ", count: count) })
            }
            try await agent.end()
            try await client.answer(to: prompt)
            #expect(client.notices.map(\.entry) == (try server.journal(of: session)))
        }
    }

    @Test func aThousandTokensAreFewEntriesAndOneText() async throws {
        let words = (0..<1_000).map { "token-\($0) " }
        let commits = Mutex(0)
        let agent = ClosureAgent(name: "streams") { turn, host in
            for word in words { try await host.emit([ScriptedAgent.said(word)], in: turn.id) }
            return TurnEnd(.endTurn, usage: AgentUsage(used: 10, size: 20))
        }
        let folder = try TemporaryDirectory("streams")
        let store = HookedStore(
            try SQLiteJournal(folder: folder.path), committed: { commits.withLock { $0 += 1 } })
        let server = try await TestServer.start([agent], in: folder, store: store)
        let client = try await WireClient.greeted(by: server.local, as: "c")
        let session = try await client.newSession()
        try await client.converse(in: session)
        #expect(client.agentText == words.joined())
        let journal = try server.journal(of: session)
        #expect(client.notices.map(\.entry) == journal)
        #expect(journal.suffix(2).map(\.body).first == .update(AgentUsage(used: 10, size: 20).update))
        // Tens where there were a thousand; how many, is a matter of the disk and the machine.
        #expect(journal.count < 100 && commits.withLock { $0 } < 100, "\(journal.count) entries")
        await server.stop()
    }

    /// The figure that the server is measured by: what is emitted while a commit is written goes into the next one.
    @Test func aTrivialPromptCostsThreeCommits() async throws {
        let commits = Mutex(0)
        let gate = Gate()
        let folder = try TemporaryDirectory("three-commits")
        let store = HookedStore(
            try SQLiteJournal(folder: folder.path),
            committed: {
                let count = commits.withLock { count in
                    count += 1
                    return count
                }
                // The disk is slower than the agent.
                if count == 2 { gate.pass() }
            })
        let logger = LogKeeper().logger
        let server = try await TestServer.start(
            [Librarian(dataDirectory: folder.path("index"), logger: logger)], in: folder, store: store)
        let client = try await WireClient.greeted(by: server.local, as: "c")
        let session = try await client.newSession()
        let prompt = client.prompt("hello", in: session)
        let daemon = server.daemon
        #expect(await eventually { commits.withLock { $0 } == 2 })
        #expect(await eventually { await daemon.server.counters.turns == 0 }, "the agent waits for no commit")
        gate.open()
        #expect(try await client.answer(to: prompt)["stopReason"] == "end_turn")
        #expect(commits.withLock { $0 } <= 3)
        #expect(client.notices.map(\.entry) == (try server.journal(of: session)))
        await server.stop()
    }

    // MARK: Stopping

    @Test func whatAnAgentSaysBehindACancelIsKept() async throws {
        let agent = ScriptedAgent(lingers: true)
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let prompt = client.prompt("talk", in: session)
            try await agent.say("before ")
            client.notify(Method.cancel, session.named)
            try await client.request(Method.ping, [:])
            try await agent.say("and after")
            try await agent.end(.cancelled)
            #expect(try await client.answer(to: prompt)["stopReason"] == "cancelled")
            #expect(client.agentText == "before and after")
            #expect(agent.closed == 0, "it ended the turn, and lives on")
        }
    }

    @Test func anAgentThatDoesNotStopIsEndedAndOpenedAgain() async throws {
        let agent = ScriptedAgent(lingers: true)
        try await withServer([agent], change: { $0.limits.cancelGrace = .milliseconds(20) }) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let prompt = client.prompt("talk", in: session)
            try await agent.say("before")
            let old = try #require(agent.host)
            client.notify(Method.cancel, session.named)
            #expect(try await client.answer(to: prompt)["stopReason"] == "cancelled", "nobody ended the turn")
            #expect(await eventually { agent.closed == 1 })
            let turn = try #require(agent.turns.first?.id)
            await #expect(throws: CancellationError.self) { try await old.emit([.event(.note("late"))], in: turn) }
            #expect(await eventually { await server.daemon.server.counters.turns == 0 })

            let next = client.prompt("again", in: session)
            try await agent.end()
            #expect(try await client.answer(to: next)["stopReason"] == "end_turn")
            #expect(agent.contexts.count == 2)
            #expect(client.agentText == "before")
        }
    }

    // MARK: Death

    @Test func aDeathIsSaidAndTheNextTurnStartsTheAgentAgain() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let prompt = client.prompt("talk", in: session)
            try await agent.perform(.remember("own-1"))
            try await agent.perform(.emit([ScriptedAgent.said("partial")]))
            try await agent.perform(.exit(AgentExit(code: 3, lines: ["out of memory"])))
            let refusal = try await client.refusal(of: prompt)
            #expect(refusal?.reason == "turn_failed")
            #expect(refusal?.message.contains("the agent ended with exit code 3") == true)
            #expect(client.agentText == "partial")
            #expect(
                try kinds(server, session).suffix(4) == [
                    "agent_session", "acp.agent_message_chunk", "agent_exit", "turn_end",
                ])
            let state = try await client.request(Method.state, session.named)
            #expect(state["agent"]?["exit"]?["code"] == 3)
            #expect(await eventually { agent.closed == 1 })

            let next = client.prompt("again", in: session)
            try await agent.end()
            #expect(try await client.answer(to: next)["stopReason"] == "end_turn")
            #expect(try kinds(server, session).contains("agent_restarted"))
            #expect(try await client.request(Method.state, session.named)["agent"]?["exit"] == nil)
            #expect(agent.contexts.map(\.agentSessionID) == [nil, "own-1"])
        }
    }

    @Test func anAgentsNameForASessionOutlivesTheServer() async throws {
        let before = ScriptedAgent()
        let server = try await TestServer.start([before])
        let client = try await WireClient.greeted(by: server.local, as: "c")
        let session = try await client.newSession()
        let prompt = client.prompt("talk", in: session)
        try await before.perform(.remember("own-1"))
        try await before.perform(.remember("own-2"))
        try await before.end()
        try await client.answer(to: prompt)
        await server.stop()
        #expect(before.closed == 1)

        let after = ScriptedAgent()
        let restarted = try await TestServer.start([after], in: server.folder, clock: server.clock)
        let again = try await WireClient.greeted(by: restarted.local, as: "c")
        again.prompt("go on", in: session)
        try await after.end()
        #expect(after.contexts.map(\.agentSessionID) == ["own-2"])
        await restarted.stop()
    }

    // MARK: Outside of turns

    @Test func whatComesOutsideOfTurnsIsJournaledAndSeen() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let prompt = client.prompt("talk", in: session)
            try await agent.end()
            try await client.answer(to: prompt)
            try await agent.host?.emit([Self.usage], in: nil)
            #expect(await eventually { client.notices.last?.entry.body == Self.usage })
            #expect(try kinds(server, session).suffix(2) == ["turn_end", "acp.usage_update"])
            #expect(client.notices.map(\.entry) == (try server.journal(of: session)))
            #expect(try await client.request(Method.state, session.named)["turn"]?["running"] == false)
        }
    }

    // MARK: Questions

    @Test func aQuestionThatIsTakenBackIsTakenBackFromTheUser() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let prompt = client.prompt("may I?", in: session)
            agent.post(.askAside("may"))
            @Sendable func asked() -> JSON? {
                for case .request(let id, Method.requestPermission, _) in client.messages { return id.json }
                return nil
            }
            #expect(await eventually { asked() != nil })
            try await agent.perform(.withdraw("may"))
            #expect(await eventually { agent.answers == [["outcome": ["outcome": "cancelled"]]] })
            #expect(
                await eventually {
                    client.messages.contains { message in
                        if case .notification(Method.cancelRequest, let params) = message {
                            params["requestId"] == asked()
                        } else {
                            false
                        }
                    }
                })
            try await agent.end()
            #expect(try await client.answer(to: prompt)["stopReason"] == "end_turn")
        }
    }
}
