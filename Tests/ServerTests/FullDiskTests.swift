import Agents
import Server
import ServerKit
import TestKit
import Testing
import Wire

/// A full disk refuses what is new, keeps what was said, and is got over without anybody's help.
@Suite struct FullDiskTests {
    /// Runs a server whose disk a test can fill.
    private func withFullDisk(
        _ agent: ScriptedAgent, _ body: (TestServer, FullDiskStore) async throws -> Void
    ) async throws {
        let folder = try TemporaryDirectory("full-disk")
        let store = try FullDiskStore(folder: folder.path)
        let server = try await TestServer.start([agent], in: folder, store: store)
        do { try await body(server, store) } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    @Test func aPromptIsRefusedWithTheReasonAndTakenLaterUnderTheSameKey() async throws {
        let agent = ScriptedAgent()
        try await withFullDisk(agent) { server, store in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            store.fill(true)
            do {
                try await client.answer(to: client.prompt("now?", in: session, key: "k"))
                Issue.record("a prompt was taken that could not be stored")
            } catch let error as RPCError {
                #expect(error.code == .internalError)
                #expect(error.data?["belay"]?["reason"] == "disk_full")
            }
            do {
                _ = try await client.newSession()
                Issue.record("a session was made that could not be stored")
            } catch let error as RPCError {
                #expect(error.data?["belay"]?["reason"] == "disk_full")
            }
            #expect(client.notices.isEmpty, "nothing is seen that is not stored")
            store.fill(false)
            let prompt = client.prompt("now?", in: session, key: "k")
            try await agent.end()
            let answer = try await client.answer(to: prompt)
            #expect(answer["stopReason"] == "end_turn")
            #expect(answer.belay?["joined"] == false)
            #expect(client.notices.map(\.entry) == (try server.journal(of: session)))
            #expect(client.notices.first?.entry.seq == 1, "a refused commit leaves no gap")
        }
    }

    @Test func whatAnAgentSaysWaitsWithTheAgentUntilThereIsRoom() async throws {
        let agent = ScriptedAgent()
        try await withFullDisk(agent) { server, store in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let prompt = client.prompt("talk", in: session)
            try await agent.say("stored ")
            #expect(await eventually { client.agentText == "stored " })
            store.fill(true)
            let step = agent.post(
                .append([.update(.agentMessage(ContentChunk(messageID: "answer", content: .text("late "))))]))
            #expect(await eventually { store.refused >= 2 }, "it is tried again by itself")
            #expect(!agent.isDone(step), "the agent does not run ahead of its disk")
            #expect(client.agentText == "stored ")
            store.fill(false)
            #expect(await eventually { agent.isDone(step) })
            try await agent.say("end")
            try await agent.end()
            try await client.answer(to: prompt)
            #expect(client.agentText == "stored late end")
            #expect(client.notices.map(\.entry) == (try server.journal(of: session)))
        }
    }

    /// Whoever waits for the disk or for a user is let go when the turn is stopped, and not when there is room again.
    @Test(arguments: [ScriptedAgent.Step.append([.event(.note("late"))]), .ask("write")])
    func anAgentThatWaitsIsLetGoWhenItsTurnIsStopped(step: ScriptedAgent.Step) async throws {
        let agent = ScriptedAgent()
        try await withFullDisk(agent) { server, store in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let prompt = client.prompt("talk", in: session)
            try await agent.say("stored ")
            store.fill(true)
            agent.post(step)
            #expect(await eventually { store.refused >= 1 })
            client.notify(Method.cancel, session.named)
            #expect(await eventually { agent.cancelled == 1 }, "the disk is still full")
            let daemon = server.daemon
            #expect(await eventually { await daemon.server.counters.agentsWaiting == 0 })
            store.fill(false)
            #expect(try await client.answer(to: prompt)["stopReason"] == "cancelled")
            let journal = try server.journal(of: session)
            #expect(journal.map(\.seq) == Array(1...Seq(journal.count)))
            #expect(client.notices.map(\.entry) == journal)
        }
    }
}
