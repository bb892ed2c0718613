import Ledger
import Server
import ServerKit
import TestKit
import Testing
import Wire

/// Idle sessions that no connection watches are evicted from memory, and loaded again unchanged (`belayd(8)`,
/// BOUNDS).
@Suite struct IdleTests {
    /// A minute of rest, and a minute until it is noticed: two, as the manual says.
    @Test func theyAreLookedForEachMinute() {
        #expect(ServerConfiguration(addresses: [], dataDirectory: "/data").idleInterval == .seconds(60))
    }

    @Test func afterAMinuteOfRestASessionLeavesMemoryAndComesBackWhole() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent], change: { $0.idleInterval = .milliseconds(10) }) { server in
            let daemon = server.daemon
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let idle = try await client.newSession()
            let prompt = client.prompt("remember", in: idle)
            try await agent.append([.said("remembered"), .event(.memory(key: "k", value: 7))])
            try await agent.end()
            try await client.answer(to: prompt)
            let journal = try server.journal(of: idle)

            // Those that stay: one that is watched, one whose turn runs, and one that was left half a minute later.
            let watched = try await WireClient.greeted(by: server.local, as: "d").newSession()
            let busy = try await client.newSession()
            client.prompt("a long job", in: busy)
            try await agent.say("begun")
            for session in [idle, busy] { client.notify(Method.detach, session.named) }
            try await client.request(Method.ping, [:])
            server.clock.advance(by: .seconds(30))
            let recent = try await client.newSession()
            client.notify(Method.detach, recent.named)
            try await client.request(Method.ping, [:])
            #expect(await daemon.server.counters.sessions == 4)
            server.clock.advance(by: .seconds(31))
            #expect(await eventually { await daemon.server.counters.sessions == 3 })
            for session in [watched, busy, recent] { try await client.request(Method.state, session.named) }
            #expect(
                await daemon.server.counters.sessions == 3,
                "they are in memory, so the one that rested is the one that left")

            let position = Position(epoch: try #require(try server.epoch(of: idle)), seq: 1)
            let attached = try await client.resume(idle, from: position)
            #expect(await daemon.server.counters.sessions == 4)
            #expect(attached.mode == .delta)
            #expect(attached.headSeq == journal.last?.seq)
            #expect(attached.tier == .medium, "how long its client was away is not forgotten")
            #expect(await eventually { client.fences.last?.session == idle })
            let replayed = client.notices.filter { $0.session == idle && $0.isReplay }.map(\.entry)
            #expect(replayed == Entry.coalesced(journal.filter { $0.seq > 1 }))
            #expect(try await client.request(Method.state, idle.named)["memory"] == ["k": 7])

            // It goes on where it was.
            try await agent.end()
            #expect(await eventually { await daemon.server.counters.turns == 0 })
            let again = client.prompt("and more", in: idle)
            try await agent.end()
            try await client.answer(to: again)
            let longer = try server.journal(of: idle)
            #expect(longer.starts(with: journal) && longer.count > journal.count)
        }
    }

    /// The session is watched all the while: only its agent is ended, and the next prompt opens it again.
    @Test func anAgentThatHasNothingToDoIsEnded() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent], change: { $0.idleInterval = .milliseconds(10) }) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            for (turn, text) in ["first", "second"].enumerated() {
                let prompt = client.prompt(text, in: session)
                #expect(await eventually { agent.contexts.count == turn + 1 })
                server.clock.advance(by: .seconds(1_799))
                try await client.request(Method.ping, [:])
                #expect(agent.closed == turn, "a turn runs")
                try await agent.end()
                try await client.answer(to: prompt)
                server.clock.advance(by: .seconds(1_801))
                #expect(await eventually { agent.closed == turn + 1 })
            }
            #expect(await server.daemon.server.counters.sessions == 1)
        }
    }
}
