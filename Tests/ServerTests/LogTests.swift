import Journal
import JournalKit
import Ledger
import Server
import ServerKit
import TestKit
import Testing
import Transport
import Wire

/// What the operator reads: who came from where, and never what they came in with (`protocol.md` §1).
@Suite struct LogTests {
    @Test func whoComesIsToldAndNoTokenIs() async throws {
        let folder = try TemporaryDirectory("belayd")
        let kept = LogKeeper()
        var configuration = ServerConfiguration(
            addresses: [.host("127.0.0.1", port: 0)], dataDirectory: folder.path)
        configuration.folders.shared = ["/usr"]
        let daemon = try await Daemon.start(
            configuration, agents: [ScriptedAgent()], logger: kept.logger)
        let endpoint = Endpoint(address: .host("127.0.0.1", port: daemon.port ?? 0))
        let (token, record) = Tokens.make(for: Principal("alice"), lifetime: nil, now: Clock.system.now.timestamp)
        try SQLiteJournal(folder: folder.path).add(record)
        let client = try await WireClient.connect(to: endpoint, token: token, initialize: .of("c"))
        _ = try await client.newSession()
        // Whatever goes wrong says nothing more.
        await #expect(throws: DialError.self) { try await WireClient.connect(to: endpoint, token: token + "x") }
        await #expect(throws: DialError.self) {
            try await WireClient.connect(to: endpoint, token: token, headers: [("Origin", "https://evil.example")])
        }
        client.notify(Method.cancel, ["token": .string(token)])
        #expect(try await client.refusal(Method.newSession, ["cwd": .string(token)])?.code == .invalidParams)
        client.abort()
        #expect(await eventually { kept.lines.contains { $0.message == "connection ended" } })
        await daemon.stop()

        let lines = kept.lines.map(\.text)
        let admitted = lines.filter { $0.hasPrefix("connection admitted") }
        #expect(admitted.count == 1)
        for field in ["user=alice", "address=127.0.0.1", "agent=wire-client/1"] {
            #expect(admitted.first?.contains(field) == true, "\(admitted)")
        }
        #expect(lines.allSatisfy { !$0.contains(token) && !$0.contains(Tokens.prefix) }, "\(lines)")
    }
}
