import Journal
import JournalKit
import Ledger
import Server
import ServerKit
import TestKit
import Testing
import Wire

/// A session that another server takes while this one has it in memory: nothing of it is written here any more, its
/// clients are told to come back, and whoever comes back gets what is stored.
@Suite struct FencedSessionTests {
    private func withJournal(
        _ agent: ScriptedAgent, _ body: (TestServer, SQLiteJournal) async throws -> Void
    ) async throws {
        let folder = try TemporaryDirectory("belayd")
        let journal = try SQLiteJournal(folder: folder.path)
        let server = try await TestServer.start([agent], in: folder, store: journal)
        do { try await body(server, journal) } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    private func expectSentAway(_ client: WireClient, _ prompt: RequestID) async throws {
        do {
            try await client.answer(to: prompt)
            Issue.record("the prompt was answered well")
        } catch let error as RPCError {
            guard case .notNow(after: _?) = error.verdict else {
                Issue.record("\(error)")
                return
            }
            #expect(error.reason == "unavailable")
        }
        #expect(await eventually { client.closure != nil })
        #expect(client.closure?.code == .serviceRestart)
        let delay = try #require(client.closure?.retryAfter)
        #expect((100...1_001).contains(delay), "they come back within a second")
    }

    @Test func aPromptIsNotWrittenBesideAnotherServer() async throws {
        let agent = ScriptedAgent()
        try await withJournal(agent) { server, journal in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            #expect(try journal.owner(of: session, by: .never) != nil, "it has the lease of what is in memory")
            _ = try journal.lease(of: session, for: "other")
            try await expectSentAway(client, client.prompt("now?", in: session, key: "k"))
            #expect(try server.journal(of: session) == [])
            #expect(await server.daemon.server.counters.sessions == 0)
            #expect(try journal.owner(of: session, by: .never) == "other", "what was taken is not given back by it")

            let again = try await WireClient.greeted(by: server.local, as: "c")
            let prompt = again.prompt("now?", in: session, key: "k")
            try await agent.end()
            let answer = try await again.answer(to: prompt)
            #expect(answer["stopReason"] == "end_turn" && answer.belay?["joined"] == false)
            #expect(try server.journal(of: session).count { $0.clientMessageID == "k" } == 1)
        }
    }

    /// The store tells of what the other server writes: a turn here is stopped before it writes anything.
    @Test func aTurnIsStoppedWhenTheOtherServerWrites() async throws {
        let agent = ScriptedAgent()
        try await withJournal(agent) { server, journal in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let prompt = client.prompt("talk", in: session, key: "k")
            try await agent.say("mine")
            let taken = try #require(try journal.take(session, for: "other"))
            let head = taken.session.record.headSeq
            let theirs = EncodedEntry(Entry(seq: head + 1, timestamp: 1, body: .event(.note("theirs"))))
            let outcome = journal.commit(Commit(session: session, entries: [theirs], prompts: []), under: taken.lease)
            #expect(outcome == .stored)
            try await expectSentAway(client, prompt)
            #expect(await eventually { agent.cancelled == 1 })
            #expect(try server.journal(of: session).count == Int(head) + 1)

            let again = try await WireClient.greeted(by: server.local, as: "c")
            let result = try await again.resume(session, from: nil)
            #expect(result.headSeq >= head + 1, "what the other has written is there")
        }
    }

    /// A session that leaves memory, and a server that ends, give their leases back.
    @Test func leasesAreGivenBack() async throws {
        let folder = try TemporaryDirectory("belayd")
        let journal = try SQLiteJournal(folder: folder.path)
        let server = try await TestServer.start([ScriptedAgent()], in: folder, store: journal)
        let client = try await WireClient.greeted(by: server.local, as: "c")
        let (one, two) = (try await client.newSession(), try await client.newSession())
        try await client.request(Method.deleteSession, one.named)
        #expect(try journal.owner(of: one, by: .never) == nil)
        #expect(try journal.owner(of: two, by: .never) != nil)
        await server.stop()
        #expect(try journal.owner(of: two, by: .never) == nil)
    }
}
