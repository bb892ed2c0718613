import Ledger
import ServerKit
import TestKit
import Testing
import Wire

@testable import Server

/// Brief, medium, expired: labels over one journal, by a clock that the test moves (`protocol.md` §7, Tiers).
@Suite struct ExpiryTests {
    /// A session with one answered prompt, whose client has gone.
    private func left(_ server: TestServer, _ agent: ScriptedAgent) async throws -> (SessionID, Position) {
        let client = try await WireClient.greeted(by: server.local, as: "c")
        let session = try await client.newSession("/usr/share")
        let prompt = client.prompt("remember", in: session)
        try await agent.say("remembered")
        try await agent.end()
        try await client.answer(to: prompt)
        let (epoch, seq) = (try #require(client.fences.first?.position.epoch), client.notices.last?.entry.seq ?? 0)
        client.abort()
        let daemon = server.daemon
        #expect(await eventually { await daemon.server.counters.connections == 0 })
        return (session, Position(epoch: epoch, seq: seq))
    }

    @Test(arguments: [(Int64(0), Tier.brief), (29_900, .brief), (30_100, .medium), (299_900, .medium)])
    func beforeItExpiresASessionGoesOn(away: Int64, tier: Tier) async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let (session, position) = try await left(server, agent)
            server.clock.advance(by: .milliseconds(away))
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let attached = try await client.resume(session, from: position)
            #expect(attached.tier == tier)
            #expect(attached.mode == .delta)
            #expect(attached.expiresAt == server.clock.timestamp + 300_000)
        }
    }

    @Test func pastItACleanOneTakesItsPlaceTheSameForWhoeverAsks() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let (session, position) = try await left(server, agent)
            let leftAt = server.clock.timestamp
            server.clock.advance(by: .milliseconds(300_100))
            let first = try await WireClient.greeted(by: server.local, as: "c")
            let expiry = try await expiry(of: session, position, for: first)
            #expect(expiry.at == leftAt + 300_000)
            #expect(expiry.lastSeq == position.seq)
            #expect(expiry.successorID != session)
            #expect(await eventually { first.fences.last?.session == expiry.successorID }, "attached already")
            #expect(first.notices.isEmpty, "and clean")

            let second = try await WireClient.greeted(by: server.local, as: "d")
            #expect(try await self.expiry(of: session, position, for: second) == expiry)
            let fast = try await WireClient.connect(
                to: server.local, initialize: .of("e", resume: [AttachRequest(session: session, position: position)]))
            let result = try InitializeResult(json: try await fast.answer(to: .number(0)))
            guard case .refused(session, let error)? = result.layer?.resumed.first else {
                Issue.record("not refused: \(result)")
                return
            }
            #expect(Expiry(error) == expiry)

            // The clean one is in the same folder, and works.
            let prompt = first.prompt("anew", in: expiry.successorID)
            try await agent.say("new answer")
            try await agent.end()
            #expect(try await first.answer(to: prompt)["stopReason"] == "end_turn")
            let list = try await first.request(Method.listSessions, ["cwd": "/usr/share"])
            #expect(list["sessions"]?.array?.count == 2)
        }
    }

    @Test func theOldTranscriptCanBeReadAndNotWritten() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let (session, position) = try await left(server, agent)
            server.clock.advance(by: .seconds(301))
            let client = try await WireClient.greeted(by: server.local, as: "c")
            _ = try await expiry(of: session, position, for: client)
            try await client.request(
                Method.loadSession, ["cwd": "/usr/share", "mcpServers": [], "sessionId": .string(session.rawValue)])
            #expect(
                client.notices.filter { $0.session == session }.map(\.entry)
                    == Entry.coalesced(try server.journal(of: session)))
            do {
                try await client.answer(to: client.prompt("more", in: session))
                Issue.record("an expired session took a prompt")
            } catch let error as RPCError {
                #expect(error.data?["belay"]?["reason"] == "expired")
            }
            #expect(agent.turns.count == 1)
        }
    }

    @Test func theOneInItsPlaceMayExpireAsWell() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let (session, position) = try await left(server, agent)
            server.clock.advance(by: .seconds(301))
            let first = try await WireClient.greeted(by: server.local, as: "c")
            let one = try await expiry(of: session, position, for: first).successorID
            let prompt = first.prompt("used", in: one)
            try await agent.end()
            try await first.answer(to: prompt)
            first.abort()
            #expect(await eventually { await server.daemon.server.counters.connections == 0 })
            server.clock.advance(by: .seconds(301))
            // A client that still holds the oldest name must not be led to a session that takes no prompts.
            let second = try await WireClient.greeted(by: server.local, as: "d")
            let two = try await expiry(of: session, position, for: second).successorID
            #expect(two != one)
            let answer = second.prompt("works", in: two)
            try await agent.end()
            #expect(try await second.answer(to: answer)["stopReason"] == "end_turn")
        }
    }

    @Test func aClientThatNamesASessionTwiceIsRefused() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let (session, position) = try await left(server, agent)
            server.clock.advance(by: .seconds(301))
            let twice = AttachRequest(session: session, position: position)
            // In the upgrade request it is not honoured, and in a frame it is an error.
            let hello = InitializeRequest.of("c", resume: [twice, twice])
            let client = try await WireClient.connect(to: server.local, initialize: hello)
            #expect(!client.isGreeted)
            #expect(try await client.refusal(Method.initialize, hello.json)?.code == .invalidParams)
        }
    }

    @Test func whileATurnRunsTheClockStandsStill() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            client.prompt("takes an hour", in: session)
            try await agent.say("begun")
            client.abort()
            #expect(await eventually { await server.daemon.server.counters.connections == 0 })
            server.clock.advance(by: .seconds(3_600))
            try await agent.end()
            #expect(await eventually { server.daemon.server.services.sessionsWorking(of: SessionRoots.local) == 0 })
            #expect(try server.journal(of: session).last?.body.isEnd == true)
            server.clock.advance(by: .seconds(299))
            let second = try await WireClient.greeted(by: server.local, as: "c")
            #expect(try await second.resume(session, from: nil).tier == .medium)
        }
    }

    /// As one does whose disk is full: it attaches with the upgrade, can keep nothing of what it gets, and closes.
    @Test(arguments: [true, false])
    func aClientThatOnlyClosesWasThere(says: Bool) async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let (session, position) = try await left(server, agent)
            server.clock.advance(by: .seconds(299))
            let request = AttachRequest(session: session, position: position)
            let client = try await WireClient.connect(to: server.local, initialize: .of("c", resume: [request]))
            if says { client.close() } else { client.abort() }
            #expect(await eventually { await server.daemon.server.counters.connections == 0 })
            server.clock.advance(by: .seconds(299))
            let second = try await WireClient.greeted(by: server.local, as: "c")
            if says {
                #expect(try await second.resume(session, from: position).tier == .medium)
            } else {
                _ = try await expiry(of: session, position, for: second)
            }
        }
    }

    @Test func aSessionThatNeverExpiresDoesNot() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent], change: { $0.limits.expire = nil }) { server in
            let (session, position) = try await left(server, agent)
            server.clock.advance(by: .seconds(400 * 86_400))
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let attached = try await client.resume(session, from: position)
            #expect(attached.expiresAt == nil)
            #expect(attached.mode == .delta)
        }
    }

    @Test func anArchiveIsDeletedWhenItsTimeIsOver() async throws {
        let agent = ScriptedAgent()
        let server = try await TestServer.start([agent])
        let (session, position) = try await left(server, agent)
        server.clock.advance(by: .seconds(301))
        let client = try await WireClient.greeted(by: server.local, as: "c")
        let archived = try await expiry(of: session, position, for: client)
        #expect(archived.archiveUntil == archived.at + 30 * 86_400_000)
        await server.stop()
        for (days, isThere) in [(29, true), (2, false)] {
            // The time between two servers is not counted.
            server.clock.advance(by: .seconds(90 * 86_400))
            let restarted = try await TestServer.start([agent], in: server.folder, clock: server.clock)
            server.clock.advance(by: .seconds(days * 86_400))
            restarted.daemon.server.upkeep.begin()
            #expect(await eventually { (try? restarted.journal(of: session).isEmpty) == !isThere })
            await restarted.stop()
        }
    }

    /// How the server refuses to go on with an expired session.
    private func expiry(of session: SessionID, _ position: Position, for client: WireClient) async throws -> Expiry {
        do {
            let attached = try await client.resume(session, from: position)
            throw StillThere(attached: attached)
        } catch let error as RPCError {
            return try #require(Expiry(error))
        }
    }

    private struct StillThere: Error {
        let attached: AttachResult
    }
}
