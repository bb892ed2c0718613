import Agents
import GRDB
import Journal
import Ledger
import Server
import ServerKit
import TestKit
import Testing
import Wire

/// A copy of the journal that was made with the backup of SQLite while the server ran (`belayd(8)`, FILES).
@Suite struct BackupTests {
    /// What `.backup` of sqlite3(1) does.
    ///
    /// - Returns: What SQLite finds wrong with the copy; `ok` when it is whole.
    private func backUp(_ folder: TemporaryDirectory, to other: TemporaryDirectory) throws -> String? {
        let journal = try DatabaseQueue(path: folder.path(SQLiteJournal.fileName))
        let copy = try DatabaseQueue(path: other.path(SQLiteJournal.fileName))
        try journal.backup(to: copy)
        return try copy.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") }
    }

    private func speak(_ agent: ScriptedAgent) async throws {
        for number in 1...50 { try await agent.say("piece \(number), ") }
    }

    @Test func itIsWholeAndAServerOnItServesTheSameConversation() async throws {
        let (agent, folder) = (ScriptedAgent(), try TemporaryDirectory("backup"))
        let server = try await TestServer.start([agent])
        let token = try server.token(for: "alice").text
        let client = try await WireClient.greeted(by: server.endpoint, token: token, as: "c")
        let session = try await client.newSession()
        let first = client.prompt("the first question", in: session, key: "first")
        try await agent.append([.said("the first answer", in: "m"), .event(.memory(key: "k", value: 7))])
        try await agent.end()
        try await client.answer(to: first)
        client.prompt("the second question", in: session, key: "second")
        try await agent.say("begun, ")
        let durable = try server.journal(of: session)

        // It is made while the journal is being written.
        async let spoken: Void = speak(agent)
        let problem = try backUp(server.folder, to: folder)
        try await spoken
        #expect(problem == "ok")
        let journal = try server.journal(of: session)
        await server.stop()

        let next = ScriptedAgent()
        let restored = try await TestServer.start([next], in: folder, clock: server.clock)
        let copied = try restored.journal(of: session)
        #expect(copied.starts(with: durable), "all that was durable before it is in it")
        #expect(journal.starts(with: copied), "and nothing that was not")
        let again = try await WireClient.greeted(by: restored.endpoint, token: token, as: "d")
        _ = try await again.resume(session, from: nil)
        #expect(await eventually { !again.fences.isEmpty })
        #expect(again.notices.map(\.entry) == Entry.coalesced(copied))
        #expect(try await again.request(Method.state, session.named)["memory"] == ["k": 7])
        let answered = again.prompt("the first question", in: session, key: "first")
        #expect(try await again.answer(to: answered).belay?["joined"] == true, "it was answered before")

        // The turn that ran goes on.
        #expect(await eventually { next.turns.map(\.id) == agent.turns.suffix(1).map(\.id) })
        let joined = again.prompt("the second question", in: session, key: "second")
        try await next.end()
        #expect(try await again.answer(to: joined)["stopReason"] == "end_turn")
        await restored.stop()
    }
}
