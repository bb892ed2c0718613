import Agents
import Journal
import Server
import ServerKit
import Synchronization
import TestKit
import Testing
import Wire

/// Temporary refusals (`protocol.md` §1): clients get a retry delay when the server is up but cannot admit them.
@Suite struct PassingRefusalTests {
    private func bearer(_ token: String) -> [(String, String)] {
        HTTPAnswer.upgrade + [("Authorization", "Bearer \(token)")]
    }

    /// A server that ends listens no more, but who was connected has still to ask.
    @Test func whoeverAsksWhileTheServerEndsIsToldWhenToComeBack() async throws {
        let agent = StubbornAgent()
        let server = try await TestServer.start([agent], change: { $0.requestTimeout = .seconds(120) })
        let daemon = server.daemon
        let client = try await WireClient.greeted(by: server.local, as: "c")
        client.prompt("work", in: try await client.newSession())
        #expect(await eventually { agent.isWorking })
        let token = try server.token(for: "alice").text
        let (upgrade, readiness) = (
            try await HTTPAnswer.connect(to: server.endpoint), try await HTTPAnswer.connect(to: server.endpoint)
        )
        // They are accepted in order: what is answered here came behind them.
        #expect(try await HTTPAnswer.get("/readyz", of: server.endpoint).status == 200)

        // Its turn keeps the server from its end, whatever happens here.
        async let stopped: Void = server.stop()
        #expect(await eventually { !daemon.server.isReady })
        let refused = try? await upgrade.get("/acp", bearer(token))
        let unready = try? await readiness.get("/readyz")
        agent.release()
        await stopped

        let answer = try #require(refused)
        #expect(answer.status == 503)
        #expect(answer.body["reason"] == "restarting")
        #expect(answer.body["error"]?.string?.isEmpty == false)
        let delay = try #require(answer.body["retryAfterMs"]?.integer(in: .delay))
        #expect((100...1_001).contains(delay), "a second, and a millisecond for each connection")
        #expect(answer.headers["retry-after"] == String((delay + 999) / 1_000))
        #expect(unready?.status == 503)
        #expect(client.closure?.code == .serviceRestart)
    }

    @Test(arguments: [
        (StoreError.failed("SELECT * FROM tokens in /var/lib/belayd/journal.db"), "storage_failed"),
        (StoreError.full("/var/lib/belayd/journal.db"), "disk_full"),
        (StoreError.corrupt("/var/lib/belayd/journal.db"), "journal_damaged"),
    ])
    func aTokenThatCannotBeLookedUpIsNoBadOne(failure: StoreError, reason: String) async throws {
        let folder = try TemporaryDirectory("belayd")
        let isBroken = Mutex(true)
        let store = HookedStore(
            try SQLiteJournal(folder: folder.path),
            tokenLookedUp: { () throws(StoreError) in
                if isBroken.withLock({ $0 }) { throw failure }
            })
        let server = try await TestServer.start([ScriptedAgent()], in: folder, store: store)
        let token = try server.token(for: "alice").text
        let answer = try await HTTPAnswer.get("/acp", bearer(token), of: server.endpoint)
        #expect(answer.status == 503)
        #expect(answer.body["reason"]?.string == reason)
        #expect(answer.body["retryAfterMs"] == 2_000)
        #expect(answer.headers["retry-after"] == "2")
        let sentence = try #require(answer.body["error"]?.string)
        #expect(!sentence.isEmpty && !sentence.contains("/") && !sentence.contains("SELECT"), "\(sentence)")
        let counters = await server.daemon.server.counters
        #expect(counters.connections == 0 && counters.attaching == 0, "nothing is left of it")

        isBroken.withLock { $0 = false }
        #expect(try await HTTPAnswer.get("/acp", bearer(token), of: server.endpoint).status == 101)
        await server.stop()
    }
}

/// An agent that ignores cancellation until a test lets it stop.
private final class StubbornAgent: Agent, AgentSession {
    let name = "stubborn"
    private let waiting = Mutex<CheckedContinuation<Void, Never>?>(nil)

    /// Whether its turn runs.
    var isWorking: Bool { waiting.withLock { $0 != nil } }

    func open(_ context: SessionContext, host: any AgentHost) -> any AgentSession { self }

    func resume(_ turn: Turn) -> Resumption { .goesOn }

    /// Waits for the test.
    func prompt(_ turn: Turn) async throws -> TurnEnd {
        await withCheckedContinuation { continuation in waiting.withLock { $0 = continuation } }
        throw CancellationError()
    }

    func cancel(_ turn: TurnID) {}

    func close() {}

    /// Lets it stop.
    func release() { waiting.withLock { $0.take() }?.resume() }
}
