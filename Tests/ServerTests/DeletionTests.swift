import Agents
import GRDB
import Journal
import Ledger
import Server
import ServerKit
import TestKit
import Testing
import Wire

/// Sessions that are deleted, closed or left while something goes on in them, and what stays of them on the disk.
@Suite struct DeletionTests {
    /// How many rows a table has.
    private func rows(_ table: String, in folder: TemporaryDirectory) throws -> Int {
        let queue = try DatabaseQueue(path: folder.path(SQLiteJournal.fileName))
        return try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? -1 }
    }

    @Test func whoWaitsInADeletedSessionIsTold() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let owner = try await server.client(of: "alice", as: "owner")
            let session = try await owner.newSession()
            let prompt = owner.prompt("go on", in: session, key: "k")
            try await agent.say("x")
            let watcher = try await server.client(of: "alice", as: "watcher")
            _ = try await watcher.resume(session, from: nil)
            let joined = owner.prompt("go on", in: session, key: "k")
            let queued = owner.prompt("and then", in: session, key: "l")
            #expect(
                await eventually { (try? server.journal(of: session).contains { $0.clientMessageID == "l" }) == true })

            #expect(try await owner.request(Method.deleteSession, session.named) == [:])
            for request in [prompt, joined, queued] {
                let refusal = try await owner.refusal(of: request)
                #expect(refusal?.code == .resourceNotFound && refusal?.reason == "unknown_session")
            }
            #expect(await eventually { watcher.closure?.code == .goingAway })
            #expect(watcher.closure?.isRetryable == true, "it comes back to find out")
            #expect(owner.closure == nil, "whoever deletes knows")
            #expect(await eventually { agent.cancelled == 1 })
            #expect(
                await eventually {
                    let counters = await server.daemon.server.counters
                    return counters.turns == 0 && counters.turnsWaiting == 0 && counters.agentsWaiting == 0
                        && counters.sessions == 0 && counters.subscribers == 0 && counters.connections == 1
                })
            #expect(agent.turns.count == 1, "what waited does not begin")
            for table in ["entries", "prompts", "sessions"] {
                #expect(await eventually { (try? rows(table, in: server.folder)) == 0 }, "\(table)")
            }
        }
    }

    /// A deleted session's open question, and a turn of it that has not begun.
    @Test func whatWaitsForAUserOrForAShareEndsToo() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent], change: { $0.turnsPerPrincipal = 1 }) { server in
            let daemon = server.daemon
            let client = try await server.client(of: "alice")
            let (first, second) = (try await client.newSession(), try await client.newSession())
            let asking = client.prompt("may I?", in: first)
            agent.post(.ask("may"))
            #expect(await eventually { await daemon.server.counters.agentsWaiting == 1 })
            let waiting = client.prompt("me too", in: second)
            #expect(await eventually { await daemon.server.counters.turnsWaiting == 1 })
            for (session, request) in [(second, waiting), (first, asking)] {
                try await client.request(Method.deleteSession, session.named)
                #expect(try await client.refusal(of: request)?.code == .resourceNotFound)
            }
            #expect(
                await eventually {
                    let counters = await daemon.server.counters
                    return counters.turns == 0 && counters.turnsWaiting == 0 && counters.agentsWaiting == 0
                })
            #expect(agent.turns.map(\.session) == [first])
            let next = client.prompt("hello", in: try await client.newSession())
            try await agent.end()
            #expect(try await client.answer(to: next)["stopReason"] == "end_turn", "the share is free again")
        }
    }

    @Test func closingCancelsAndAnswers() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let prompt = client.prompt("go on", in: session)
            try await agent.say("x")
            #expect(try await client.request(Method.closeSession, session.named) == [:])
            #expect(try await client.answer(to: prompt)["stopReason"] == "cancelled")
            #expect(agent.cancelled == 1)
            #expect(await server.daemon.server.counters.subscribers == 0)
            #expect(try await client.request(Method.state, session.named)["turn"]?["running"] == false)
        }
    }

    @Test func whoLeavesIsStillAnswered() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let prompt = client.prompt("go on", in: session)
            try await agent.say("heard")
            client.notify(Method.detach, session.named)
            try await client.request(Method.ping, [:])
            try await agent.say(", not heard")
            try await agent.end()
            #expect(try await client.answer(to: prompt)["stopReason"] == "end_turn")
            #expect(client.agentText == "heard")
        }
    }

    @Test func aLongJournalLeavesTheDiskInPartsWhileOthersGoOn() async throws {
        let agent = FixedAgent { turn in
            guard turn.prompt == [.text("fill")] else { return [[.said("done", in: MessageID("to-\(turn.id)"))]] }
            return (0..<5).map { _ in Array(repeating: Entry.Body.event(.note("sand")), count: 500) }
        }
        try await withServer([agent]) { server in
            let (alice, bob) = (try await server.client(of: "alice"), try await server.client(of: "bob"))
            let (long, others) = (try await alice.newSession(), try await bob.newSession())
            try await alice.converse("fill", in: long, key: "k")
            #expect(try rows("entries", in: server.folder) > 2_500)
            let deleted = alice.post(Method.deleteSession, long.named)
            for number in 0..<20 { try await bob.converse("\(number)", in: others) }
            #expect(try await alice.answer(to: deleted) == [:])
            #expect(try await alice.refusal(Method.history, long.named)?.code == .resourceNotFound)
            #expect(await eventually { (try? rows("sessions", in: server.folder)) == 1 })
            #expect(try rows("entries", in: server.folder) == server.journal(of: others).count)
            #expect(try rows("prompts", in: server.folder) == 20)
            #expect(try await bob.request(Method.history, others.named)["messages"]?.array?.count == 40)
        }
    }

    /// The identifier of a deleted session is not reused while its entries are purged; its key creates a new one at
    /// once.
    @Test func aKeyIsFreeAgain() async throws {
        try await withServer([FixedAgent.brief]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let first = try await client.newSession(key: "key")
            try await client.converse("hello", in: first, key: "k")
            try await client.request(Method.deleteSession, first.named)
            let second = try await client.newSession(key: "key")
            #expect(second != first)
            #expect(try await client.converse("hello", in: second, key: "k").belay?["joined"] == false)
        }
    }
}
