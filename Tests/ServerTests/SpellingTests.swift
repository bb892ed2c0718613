import Ledger
import Server
import ServerKit
import TestKit
import Testing
import Transport
import Wire

/// Two users whose names differ by the spelling of one letter only: Unicode takes the two for equal, and the server must
/// not.
@Suite struct SpellingTests {
    private static let composed = "caf\u{E9}"
    private static let decomposed = "cafe\u{301}"

    private func params(_ session: SessionID, _ epoch: Epoch) -> JSON {
        [
            "sessionId": .string(session.rawValue), "cwd": "/usr", "mcpServers": [], "epoch": .string(epoch.rawValue),
            "from": 1, "to": 1, "prompt": [["type": "text", "text": "mine"]],
        ]
    }

    /// That one of them sees nothing of the other's session, and can do nothing to it.
    private func check(_ session: SessionID, isClosedTo other: WireClient, on server: TestServer) async throws {
        let epoch = try #require(try server.epoch(of: session))
        for method in [
            Method.state, Method.history, Method.fill, Method.loadSession, Method.resumeSession, Method.prompt,
            Method.closeSession, Method.deleteSession,
        ] {
            let refusal = try await other.refusal(method, params(session, epoch))
            #expect(refusal?.code == .resourceNotFound && refusal?.reason == "unknown_session", "\(method)")
        }
        let listed = try await other.request(Method.listSessions, [:])["sessions"]?.array ?? []
        #expect(!listed.contains { $0["sessionId"]?.string == session.rawValue })
    }

    @Test func neitherHasWhatIsTheOthers() async throws {
        #expect(Self.composed == Self.decomposed, "the two are one to Swift")
        let server = try await TestServer.start([FixedAgent.brief])
        let (first, second) = (
            try await server.client(of: Self.composed), try await server.client(of: Self.decomposed)
        )
        let own = try await first.newSession(key: "key")
        try await first.converse("a secret", in: own)
        let others = try await second.newSession(key: "key")
        #expect(own != others, "a key is its user's own")
        #expect(first.closure == nil, "the second is no newer connection of the first")
        try await check(own, isClosedTo: second, on: server)
        try await check(others, isClosedTo: first, on: server)
        let journal = try server.journal(of: own)
        await server.stop()

        // From the disk as from memory.
        let restarted = try await TestServer.start([FixedAgent.brief], in: server.folder, clock: server.clock)
        let again = try await restarted.client(of: Self.decomposed)
        let hello = InitializeRequest.of("d", resume: [AttachRequest(session: own, position: nil)])
        let greeted = try await WireClient.connect(
            to: restarted.endpoint, token: try restarted.token(for: Self.decomposed).text, initialize: hello)
        let result = try InitializeResult(json: try await greeted.answer(to: .number(0)))
        guard case .refused(own, let error)? = result.layer?.resumed.first, error.code == .resourceNotFound else {
            Issue.record("resumed: \(String(describing: result.layer?.resumed))")
            return await restarted.stop()
        }
        try await check(own, isClosedTo: again, on: restarted)
        #expect(await restarted.daemon.server.counters.sessions == 0)
        #expect(try restarted.journal(of: own) == journal)
        let owner = try await restarted.client(of: Self.composed)
        #expect(try await owner.request(Method.state, own.named)["sessionId"]?.string == own.rawValue)
        await restarted.stop()
    }

    @Test func eachHasBoundsOfItsOwn() async throws {
        let change: (inout ServerConfiguration) -> Void = {
            $0.connectionsPerPrincipal = 1
            $0.sessionsPerPrincipal = 1
        }
        try await withServer([FixedAgent.brief], change: change) { server in
            for user in [Self.composed, Self.decomposed] {
                let client = try await server.client(of: user)
                _ = try await client.newSession()
                let params = ClientRequest.NewSession(directory: "/usr").json
                #expect(try await client.refusal(Method.newSession, params)?.reason == "too_many_sessions")
                await #expect(throws: DialError.self) { try await server.client(of: user) }
                #expect(client.closure == nil)
            }
            #expect(await server.daemon.server.counters.connections == 2)
        }
    }
}
