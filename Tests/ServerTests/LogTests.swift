import Ledger
import Logging
import Server
import ServerKit
import Storage
import Synchronization
import TestKit
import Testing
import Transport
import Wire

/// What the operator reads: who came from where, and never what they came in with (`protocol.md` §1).
@Suite struct LogTests {
    /// Keeps what is logged, a line each.
    private final class Lines: Sendable {
        let lines = Mutex<[String]>([])

        var all: [String] { lines.withLock { $0 } }
    }

    private struct Keeper: LogHandler {
        let kept: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let fields = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            kept.lines.withLock { $0.append((["\(event.message)"] + fields).joined(separator: " ")) }
        }
    }

    @Test func whoComesIsToldAndNoTokenIs() async throws {
        let folder = try TemporaryDirectory("belayd")
        let kept = Lines()
        var configuration = ServerConfiguration(
            addresses: [.host("127.0.0.1", port: 0)], dataDirectory: folder.path)
        configuration.folders.shared = ["/usr"]
        let daemon = try await Daemon.start(
            configuration, agents: [ScriptedAgent()], logger: Logger(label: "test") { _ in Keeper(kept: kept) })
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
        #expect(await eventually { kept.all.contains { $0.hasPrefix("connection ended") } })
        await daemon.stop()

        let admitted = kept.all.filter { $0.hasPrefix("connection admitted") }
        #expect(admitted.count == 1)
        for field in ["user=alice", "address=127.0.0.1", "agent=wire-client/1"] {
            #expect(admitted.first?.contains(field) == true, "\(admitted)")
        }
        #expect(kept.all.allSatisfy { !$0.contains(token) && !$0.contains(Tokens.prefix) }, "\(kept.all)")
    }
}
