import Journal
import Ledger
import NIOCore
import Server
import ServerKit
import Synchronization
import TestKit
import Testing
import Transport
import Wire

/// Who may is asked before anything is read, and a store that cannot answer is no answer about a session.
@Suite struct OwnerTests {
    private static let methods = [
        Method.state, Method.history, Method.fill, Method.loadSession, Method.resumeSession, Method.prompt,
        Method.closeSession, Method.deleteSession,
    ]

    private func params(_ session: SessionID, _ epoch: Epoch) -> JSON {
        [
            "sessionId": .string(session.rawValue), "cwd": "/usr", "mcpServers": [], "epoch": .string(epoch.rawValue),
            "from": 1, "to": 1, "prompt": [["type": "text", "text": "mine"]],
        ]
    }

    /// What a client attaches with.
    private func hello(_ session: SessionID, as client: ClientID) -> InitializeRequest {
        .of(client, resume: [AttachRequest(session: session, position: nil)])
    }

    @Test func somebodyElsesSessionIsNotEvenLoaded() async throws {
        let server = try await TestServer.start([FixedAgent.brief])
        let alice = try await server.client(of: "alice")
        let session = try await alice.newSession()
        try await alice.converse(in: session)
        let epoch = try #require(try server.epoch(of: session))
        let journal = try server.journal(of: session)
        await server.stop()

        let restarted = try await TestServer.start([FixedAgent.brief], in: server.folder, clock: server.clock)
        let daemon = restarted.daemon
        let token = try restarted.token(for: "mallory").text
        let mallory = try await WireClient.greeted(by: restarted.endpoint, token: token, as: "m")
        for method in Self.methods {
            let refusal = try await mallory.refusal(method, params(session, epoch))
            #expect(refusal?.code == .resourceNotFound, "\(method)")
            // The message is the one for a session that does not exist.
            let unknown = try await mallory.refusal(method, params("nobodys", epoch))
            #expect(refusal?.data == unknown?.data)
            #expect(refusal?.message.replacing(session.rawValue, with: "nobodys") == unknown?.message, "\(method)")
        }
        let early = try await WireClient.connect(
            to: restarted.endpoint, token: token, initialize: hello(session, as: "m2"))
        let late = try await WireClient.connect(to: restarted.endpoint, token: token)
        for answer in [
            try await early.answer(to: .number(0)),
            try await late.request(Method.initialize, hello(session, as: "m3").json),
        ] {
            guard case .refused(session, let error)? = try InitializeResult(json: answer).layer?.resumed.first else {
                Issue.record("resumed: \(answer)")
                continue
            }
            #expect(error.code == .resourceNotFound)
        }
        #expect(await daemon.server.counters.sessions == 0)
        #expect(await daemon.server.counters.subscribers == 0)
        #expect(try restarted.journal(of: session) == journal)
        let owner = try await restarted.client(of: "alice")
        #expect(try await owner.request(Method.state, session.named)["sessionId"]?.string == session.rawValue)
        #expect(await daemon.server.counters.sessions == 1)
        await restarted.stop()
    }

    /// Words that no remote error may have.
    private func expectNoSecrets(_ text: String?, _ what: String) {
        for secret in ["/", "SELECT", ".db"] { #expect(text?.contains(secret) != true, "\(what): \(text ?? "")") }
    }

    @Test func aStoreThatFailsIsNoAnswerAboutASession() async throws {
        let first = try await TestServer.start([FixedAgent.brief])
        let session = try await first.client(of: "alice").newSession()
        let epoch = try #require(try first.epoch(of: session))
        await first.stop()

        let isBroken = Mutex(true)
        let store = HookedStore(
            try SQLiteJournal(folder: first.folder.path),
            sessionLoaded: { _, _ throws(StoreError) in
                if isBroken.withLock({ $0 }) { throw .failed("SELECT * FROM sessions in /var/lib/belay/journal.db") }
            })
        let server = try await TestServer.start([FixedAgent.brief], in: first.folder, clock: first.clock, store: store)
        let token = try server.token(for: "alice").text
        var refused: Refusal?
        do {
            _ = try await WireClient.connect(to: server.endpoint, token: token, initialize: hello(session, as: "a"))
        } catch DialError.refused(let refusal) {
            refused = refusal
        }
        #expect(refused?.status == 503 && refused?.reason == "storage_failed" && refused?.isRetryable == true)
        expectNoSecrets(refused?.message, "before the 101")

        let late = try await WireClient.connect(to: server.endpoint, token: token)
        late.post(Method.initialize, hello(session, as: "b").json)
        #expect(await eventually { late.closure != nil })
        #expect(late.closure?.code == .tryAgainLater)
        expectNoSecrets(late.closure?.reason, "initialize in a frame")

        let client = try await WireClient.greeted(by: server.endpoint, token: token, as: "c")
        for method in Self.methods {
            let refusal = try await client.refusal(method, params(session, epoch))
            #expect(refusal?.code == .internalError && refusal?.reason == "storage_failed", "\(method)")
            expectNoSecrets(refusal.map { String(buffer: $0.json.encoded) }, method)
        }
        // Nothing of it was kept: when the store answers, the session is there.
        isBroken.withLock { $0 = false }
        #expect(try await client.request(Method.state, session.named)["sessionId"]?.string == session.rawValue)
        await server.stop()
    }

    /// What an agent's library throws ends the turn, and is for the operator.
    @Test func aTurnThatFailsTellsNoPath() async throws {
        let agent = FixedAgent { _ throws in throw StoreError.failed("SELECT * FROM files in /var/lib/belay/index.db") }
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let refusal = try await client.refusal(of: client.prompt("hello", in: session))
            #expect(refusal?.reason == "turn_failed")
            expectNoSecrets(refusal.map { String(buffer: $0.json.encoded) }, "the answer")
            #expect(await eventually { (try? server.journal(of: session).last?.body.isEnd) == true })
            for notice in client.notices {
                guard case .event(.turnEnd(_, .failed(let sentence))) = notice.entry.body else { continue }
                expectNoSecrets(sentence, "the journal")
            }
        }
    }
}
