import Agents
import GRDB
import Journal
import Ledger
import NIOCore
import Server
import ServerKit
import TestKit
import Testing
import Wire

/// A session whose journal is damaged on the disk: it is said to be that, and nothing else is touched by it.
@Suite struct DamagedSessionTests {
    /// Overwrites what every entry of a session says, behind the database's own sums.
    private func damage(_ session: SessionID, in folder: TemporaryDirectory) throws {
        let queue = try DatabaseQueue(path: folder.path(SQLiteJournal.fileName))
        try queue.write { database in
            try database.execute(
                sql: """
                    UPDATE entries SET payload = x'00FF7B' WHERE session = (SELECT key FROM sessions WHERE id = ?)
                    """, arguments: [session.rawValue])
            try #require(database.changesCount > 0)
        }
        try queue.close()
    }

    private func expectDamaged(_ error: RPCError?, _ what: String) {
        #expect(
            error?.code == .internalError && error?.reason == "journal_damaged", "\(what): \(error?.message ?? "-")")
        let text = error.map { String(buffer: $0.json.encoded) } ?? ""
        for secret in ["/", "SELECT", ".db"] { #expect(!text.contains(secret), "\(what): \(text)") }
    }

    @Test func itIsRefusedByNameAndTheOthersAreServed() async throws {
        let server = try await TestServer.start([FixedAgent.brief])
        let client = try await WireClient.greeted(by: server.local, as: "c")
        let (bad, good) = (try await client.newSession(), try await client.newSession())
        for session in [bad, good] { try await client.converse("hello", in: session, key: "k") }
        let epoch = try #require(try server.epoch(of: bad))
        await server.stop()
        try damage(bad, in: server.folder)

        let restarted = try await TestServer.start([FixedAgent.brief], in: server.folder, clock: server.clock)
        let again = try await WireClient.greeted(by: restarted.local, as: "c")
        let params: JSON = [
            "sessionId": .string(bad.rawValue), "cwd": "/usr", "mcpServers": [], "epoch": .string(epoch.rawValue),
            "from": 1, "to": 1, "prompt": [["type": "text", "text": "hello"]],
        ]
        for method in [
            Method.state, Method.history, Method.fill, Method.prompt, Method.resumeSession, Method.loadSession,
        ] {
            expectDamaged(try await again.refusal(method, params), method)
        }
        let requests = [bad, good].map { AttachRequest(session: $0, position: nil) }
        let fast = try await WireClient.connect(to: restarted.local, initialize: .of("d", resume: requests))
        let resumed = try InitializeResult(json: try await fast.answer(to: .number(0))).layer?.resumed ?? []
        try #require(resumed.count == 2)
        guard case .refused(bad, let error) = resumed[0], case .attached(let attached) = resumed[1] else {
            Issue.record("resumed: \(resumed)")
            return await restarted.stop()
        }
        expectDamaged(error, "the fast path")
        #expect(attached.session == good)
        #expect(try await again.converse("hello", in: good, key: "k").belay?["joined"] == true)
        try await again.converse("more", in: good)
        let listed = try await again.request(Method.listSessions, [:])["sessions"]?.array?.count
        #expect(listed == 2, "it is listed: what is known of it beside its journal is sound")
        #expect(again.closure == nil && fast.closure == nil)
        await restarted.stop()
    }

    private func change(_ sql: String, in folder: TemporaryDirectory) throws {
        let queue = try DatabaseQueue(path: folder.path(SQLiteJournal.fileName))
        try queue.write { database in
            try database.execute(sql: "PRAGMA ignore_check_constraints = ON")
            try database.execute(sql: sql)
            try #require(database.changesCount > 0)
        }
        try queue.close()
    }

    /// Damage that a commit meets in the middle of a turn ends the turn: the prompt is answered, who watches is sent
    /// away and refused afterwards, and the others go on.
    @Test(arguments: [
        "UPDATE sessions SET head_seq = head_seq - 1 WHERE key = 1",
        "UPDATE sessions SET head_seq = head_seq + 1 WHERE key = 1", "UPDATE sessions SET head_seq = -1 WHERE key = 1",
    ])
    func damageInTheMiddleOfATurnEndsIt(_ sql: String) async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let (bad, good) = (try await client.newSession(), try await client.newSession())
            let prompt = client.prompt("hello", in: bad, key: "k")
            #expect(await eventually { agent.turns.last?.session == bad })
            try change(sql, in: server.folder)
            agent.post(.append([.update(.agentMessage(ContentChunk(messageID: "m", content: .text("hi"))))]))
            do {
                try await client.answer(to: prompt)
                Issue.record("the turn ended well")
            } catch let error as RPCError {
                expectDamaged(error, "the turn")
            }
            #expect(await eventually { client.closure?.code == .tryAgainLater })
            #expect(await eventually { agent.cancelled == 1 })
            let again = try await WireClient.greeted(by: server.local, as: "c")
            expectDamaged(try await again.refusal(Method.state, bad.named), "state")
            let other = again.prompt("more", in: good, key: "l")
            try await agent.end()
            #expect(try await again.answer(to: other)["stopReason"] == "end_turn")
        }
    }

    /// Numbers that the server computes with. Whatever they are, it starts, and no session is lost or refused.
    @Test(arguments: [
        "UPDATE served SET nanoseconds = 9223372036854775807", "UPDATE served SET nanoseconds = -9223372036854775808",
        "DELETE FROM served", "UPDATE sessions SET bytes = 9223372036854775807 WHERE key = 1",
        "UPDATE sessions SET bytes = 4611686018427387904", "UPDATE sessions SET bytes = -9223372036854775808",
        "UPDATE sessions SET seen_at = -9223372036854775808", "UPDATE sessions SET seen_at = 9223372036854775807",
        "UPDATE sessions SET updated_at = 9223372036854775807, created_at = -9223372036854775808",
    ])
    func damagedNumbersNeitherStopTheServerNorDeleteASession(_ sql: String) async throws {
        let server = try await TestServer.start([FixedAgent.brief])
        let client = try await WireClient.greeted(by: server.local, as: "c")
        let session = try await client.newSession()
        try await client.converse("hello", in: session, key: "k")
        await server.stop()
        try change(sql, in: server.folder)

        for _ in 1...2 {
            let restarted = try await TestServer.start([FixedAgent.brief], in: server.folder, clock: server.clock)
            let again = try await WireClient.greeted(by: restarted.local, as: "c")
            let new = try await again.newSession()
            for session in [session, new] { try await again.converse("more", in: session) }
            let listed = try await again.request(Method.listSessions, [:])["sessions"]?.array ?? []
            #expect(listed.contains { $0["sessionId"]?.string == session.rawValue })
            await restarted.stop()
        }
    }

    /// At the start every interrupted turn is resumed; a session that cannot be read does not stop the others.
    @Test func theStartGoesOnWithTheOthers() async throws {
        let agent = ScriptedAgent()
        let server = try await TestServer.start([agent])
        let client = try await WireClient.greeted(by: server.local, as: "c")
        let (bad, good) = (try await client.newSession(), try await client.newSession())
        for session in [bad, good] {
            client.prompt("hello", in: session, key: "k")
            #expect(await eventually { agent.turns.last?.session == session })
        }
        await server.stop()
        try damage(bad, in: server.folder)

        let resumed = ScriptedAgent()
        let restarted = try await TestServer.start([resumed], in: server.folder, clock: server.clock)
        #expect(await eventually { resumed.turns.map(\.session) == [good] })
        let again = try await WireClient.greeted(by: restarted.local, as: "c")
        let prompt = again.prompt("hello", in: good, key: "k")
        try await resumed.end()
        #expect(try await again.answer(to: prompt).belay?["joined"] == true)
        expectDamaged(try await again.refusal(Method.state, bad.named), "state")
        await restarted.stop()
    }
}
