import Agents
import Ledger
import ServerKit
import TestKit
import Testing
import Wire

@testable import Server

/// What is left when a server ends and another begins on the same data.
@Suite struct RestartTests {
    @Test func aServerThatEndsSaysWhenToComeBack() async throws {
        let server = try await TestServer.start([ScriptedAgent()])
        let clients = [
            try await WireClient.greeted(by: server.local, as: "c"), try await WireClient.greeted(by: server.local),
        ]
        await server.stop()
        for client in clients {
            #expect(await eventually { client.closure != nil })
            #expect(client.closure?.code == .serviceRestart)
            #expect(client.closure?.isRetryable == true)
            let delay = try #require(client.closure?.retryAfter)
            #expect((100...1_002).contains(delay), "a second, and a millisecond for each")
        }
        await #expect(throws: (any Error).self) { try await WireClient.connect(to: server.local) }
    }

    @Test func clientsOfAServerThatEndsDoNotComeBackTogether() async throws {
        let server = try await TestServer.start([ScriptedAgent()], change: { $0.connectionsPerPrincipal = 100 })
        let clients = try await withThrowingTaskGroup(of: WireClient.self) { group in
            for _ in 0..<60 { group.addTask { try await WireClient.connect(to: server.local) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        await server.stop()
        #expect(await eventually { clients.allSatisfy { $0.closure != nil } })
        let delays = clients.compactMap { $0.closure?.retryAfter }
        #expect(delays.count == clients.count)
        #expect(delays.allSatisfy { (100...1_060).contains($0) })
        #expect(Set(delays.map { $0 / 100 }).count >= 5)
    }

    @Test func aTurnGoesOnWhereItWasAndItsClientSeesOne() async throws {
        let before = ScriptedAgent()
        let server = try await TestServer.start([before])
        let first = try await WireClient.greeted(by: server.local, as: "c")
        let session = try await first.newSession()
        first.prompt("a long job", in: session, key: "k")
        try await before.say("half ")
        #expect(await eventually { first.agentText == "half " })
        let epoch = try #require(first.fences.first?.position.epoch)
        let seen = try #require(first.notices.last?.entry.seq)
        await server.stop()

        let after = ScriptedAgent()
        let restarted = try await TestServer.start([after], in: server.folder, clock: server.clock)
        #expect(await eventually { after.turns.count == 1 })
        let turn = try #require(after.turns.first)
        #expect(turn.id == before.turns.first?.id)
        #expect(turn.text == "a long job")
        #expect(turn.recorded.count == 1, "what was said before is known to it")
        let second = try await WireClient.greeted(by: restarted.local, as: "c")
        let attached = try await second.resume(session, from: Position(epoch: epoch, seq: seen))
        #expect(attached.mode == .delta, "the journal is the same one")
        #expect(attached.turn == turn.id)
        // The client does what it does after a drop: it sends the prompt again.
        let again = second.prompt("a long job", in: session, key: "k")
        try await after.say("and half")
        try await after.end()
        #expect(try await second.answer(to: again).belay?["joined"] == true)
        let journal = try restarted.journal(of: session)
        #expect(journal.map(\.seq) == Array(1...Seq(journal.count)))
        #expect(
            HistoryMessage.messages(in: journal).map(\.content) == [[.text("a long job")], [.text("half and half")]])
        #expect(journal.filter(\.body.isEnd).count == 1)
        await restarted.stop()
    }

    @Test func aTurnThatCannotGoOnEndsAsInterruptedWithItsTextAndIsNotRunAgain() async throws {
        let before = ScriptedAgent(resumesTurns: false)
        let server = try await TestServer.start([before])
        let first = try await WireClient.greeted(by: server.local, as: "c")
        let session = try await first.newSession()
        first.prompt("1", in: session, key: "k1")
        first.prompt("2", in: session, key: "k2")
        try await before.say("partial")
        await server.stop()

        let after = ScriptedAgent(resumesTurns: false)
        let restarted = try await TestServer.start([after], in: server.folder, clock: server.clock)
        #expect(await eventually { after.turns.count == 1 })
        #expect(after.turns.first?.text == "2", "what waited is begun, what was running is not begun again")
        let journal = try restarted.journal(of: session)
        let ends = journal.compactMap { entry -> TurnOutcome? in
            if case .event(.turnEnd(_, let outcome)) = entry.body { outcome } else { nil }
        }
        #expect(ends == [.failed("interrupted")])
        #expect(HistoryMessage.messages(in: journal).contains { $0.content == [.text("partial")] })
        try await after.end()
        let second = try await WireClient.greeted(by: restarted.local, as: "c")
        do {
            _ = try await second.answer(to: second.prompt("1", in: session, key: "k1"))
            Issue.record("an interrupted turn was answered as if it had ended well")
        } catch let error as RPCError {
            #expect(error.message.contains("interrupted"))
        }
        #expect(after.turns.count == 1)
        await restarted.stop()
    }

    /// The absence of a client continues at the next start from where it was when the server ended; the downtime does
    /// not count as absence, however long it was and however the wall clock was set.
    @Test(arguments: [Int64(20), 120, 290])
    func downtimeIsNoAbsence(away: Int64) async throws {
        let server = try await TestServer.start([ScriptedAgent()])
        let first = try await WireClient.greeted(by: server.local, as: "c")
        let session = try await first.newSession()
        server.clock.advance(by: .seconds(240))
        try await first.request(Method.ping, [:])
        first.abort()
        #expect(await eventually { await server.daemon.server.counters.connections == 0 })
        server.clock.advance(by: .seconds(away))
        await server.stop()
        server.clock.advance(by: .seconds(86_400))
        let restarted = try await TestServer.start([ScriptedAgent()], in: server.folder, clock: server.clock)
        restarted.clock.advance(by: .seconds(9))
        let second = try await WireClient.greeted(by: restarted.local, as: "c")
        #expect(try await second.resume(session, from: nil).tier == (away < 30 ? .brief : .medium))
        await restarted.stop()
    }

    @Test func absenceAddsUpOverRestarts() async throws {
        var server = try await TestServer.start([ScriptedAgent()])
        let client = try await WireClient.greeted(by: server.local, as: "c")
        let session = try await client.newSession()
        client.abort()
        let daemon = server.daemon
        #expect(await eventually { await daemon.server.counters.connections == 0 })
        for _ in 0..<3 {
            server.clock.advance(by: .seconds(101))
            await server.stop()
            server.clock.advance(by: .seconds(1_000))
            server = try await TestServer.start([ScriptedAgent()], in: server.folder, clock: server.clock)
        }
        let second = try await WireClient.greeted(by: server.local, as: "c")
        let refusal = try await second.refusal(
            Method.resumeSession, ["sessionId": .string(session.rawValue), "cwd": "/usr"])
        #expect(refusal?.reason == "expired", "303 seconds of service")
        await server.stop()
    }

    @Test func theTimeOfATurnThatRanWithoutItsClientIsNotCountedAfterARestartEither() async throws {
        let agent = ScriptedAgent()
        let server = try await TestServer.start([agent])
        let first = try await WireClient.greeted(by: server.local, as: "c")
        let session = try await first.newSession()
        first.prompt("takes ten minutes", in: session)
        try await agent.say("…")
        first.abort()
        #expect(await eventually { await server.daemon.server.counters.connections == 0 })
        server.clock.advance(by: .seconds(600))
        try await agent.end()
        // The ledger, and not only the disk: its clock must not be moved before it has seen the end.
        #expect(await eventually { server.daemon.server.services.sessionsWorking(of: SessionRoots.local) == 0 })
        #expect(try server.journal(of: session).last?.body.isEnd == true)
        server.clock.advance(by: .seconds(60))
        await server.stop()
        let restarted = try await TestServer.start([agent], in: server.folder, clock: server.clock)
        let second = try await WireClient.greeted(by: restarted.local, as: "c")
        #expect(try await second.resume(session, from: nil).tier == .medium)
        await restarted.stop()
    }
}
