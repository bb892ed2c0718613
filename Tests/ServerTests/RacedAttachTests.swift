import Agents
import Journal
import Ledger
import Server
import ServerKit
import TestKit
import Testing
import Wire

/// What a client attaches in its upgrade request is read-only until its first frame: it may be repeated or raced
/// without harm (`protocol.md` §1).
@Suite struct RacedAttachTests {
    /// A restarted server with the session of an earlier one, which no client has attached to yet; its readers wait at
    /// a gate. The session's client was gone for as long.
    private func left(
        _ gate: Gate, for away: Duration
    ) async throws -> (server: TestServer, session: SessionID, hello: InitializeRequest) {
        let first = try await TestServer.start([FixedAgent.brief])
        let client = try await WireClient.greeted(by: first.local, as: "c")
        let session = try await client.newSession()
        try await client.converse(in: session)
        first.clock.advance(by: away)
        await first.stop()
        let store = HookedStore(
            try SQLiteJournal(folder: first.folder.path),
            sessionLoaded: { _, _ throws(StoreError) in gate.pass() })
        let server = try await TestServer.start([FixedAgent.brief], in: first.folder, clock: first.clock, store: store)
        let position = Position(epoch: try #require(try server.epoch(of: session)), seq: 1)
        let hello = InitializeRequest.of("c", resume: [AttachRequest(session: session, position: position)])
        return (server, session, hello)
    }

    /// Two connections of one client that say the same in their upgrade requests, and nothing else: neither is
    /// answered before both are being prepared.
    private func race(_ server: TestServer, _ gate: Gate, _ hello: InitializeRequest) async throws -> [WireClient] {
        let daemon = server.daemon
        async let one = WireClient.connect(to: server.local, initialize: hello)
        async let two = WireClient.connect(to: server.local, initialize: hello)
        #expect(await eventually(within: .seconds(4)) { await daemon.server.counters.attaching == 2 })
        gate.open()
        return [try await one, try await two]
    }

    /// What both were answered, which has to be the same.
    private func outcome(_ clients: [WireClient]) async throws -> AttachOutcome {
        var answers: [JSON] = []
        for client in clients { answers.append(try await client.answer(to: .number(0))) }
        #expect(answers[0] == answers[1])
        return try #require(try InitializeResult(json: answers[0]).layer?.resumed.first)
    }

    @Test func twoThatSayNothingGetTheSameAndChangeNothing() async throws {
        let gate = Gate()
        let (server, session, hello) = try await left(gate, for: .seconds(200))
        let journal = try server.journal(of: session)
        let old = try await WireClient.greeted(by: server.local, as: "c")
        let clients = try await race(server, gate, hello)
        guard case .attached(let attached) = try await outcome(clients) else {
            Issue.record("not attached")
            return
        }
        #expect(attached.mode == .delta)
        #expect(attached.headSeq == journal.last?.seq)
        #expect(attached.epoch == hello.layer?.resume.first?.position?.epoch)
        for client in clients {
            #expect(await eventually { !client.fences.isEmpty })
            #expect(client.notices.map(\.entry) == Entry.coalesced(journal.filter { $0.seq > 1 }))
        }
        try await old.request(Method.ping, [:])
        #expect((clients + [old]).allSatisfy { $0.closure == nil }, "nobody has taken over")
        #expect(try server.journal(of: session) == journal)

        // Nor was it a sign of life: the session expires as if no client had attached.
        for client in clients { client.abort() }
        #expect(await eventually { await server.daemon.server.counters.connections == 1 })
        server.clock.advance(by: .seconds(101))
        do {
            _ = try await old.resume(session, from: nil)
            Issue.record("an attach that was not followed by a word has prolonged the session")
        } catch let error as RPCError {
            #expect(Expiry(error)?.at == server.clock.timestamp - 1_000)
        }
        await server.stop()
    }

    @Test func twoThatComeTooLateGetTheSameCleanSession() async throws {
        let gate = Gate()
        let (server, session, hello) = try await left(gate, for: .seconds(301))
        let journal = try server.journal(of: session)
        let clients = try await race(server, gate, hello)
        guard case .refused(session, let error) = try await outcome(clients) else {
            Issue.record("not refused")
            return
        }
        let expiry = try #require(Expiry(error))
        #expect(expiry.at == server.clock.timestamp - 1_000)
        for client in clients {
            #expect(await eventually { client.fences.map(\.session) == [expiry.successorID] })
            #expect(client.notices.isEmpty)
            #expect(client.closure == nil)
        }
        let plain = try await WireClient.greeted(by: server.local)
        let list = try await plain.request(Method.listSessions, [:])
        #expect(list["sessions"]?.array?.count == 2, "the old one, and one clean one")
        #expect(try server.journal(of: session) == journal)
        #expect(try server.journal(of: expiry.successorID).isEmpty)
        await server.stop()
    }
}
