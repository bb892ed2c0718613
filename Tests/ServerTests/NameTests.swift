import Ledger
import Server
import ServerKit
import TestKit
import Testing
import Transport
import Wire

/// Names that two layers could read differently: refused where they are decoded, and no live session is disturbed.
@Suite struct NameTests {
    /// What is no name, whatever the session is called.
    private static func badNames(near session: SessionID) -> [String] {
        let name = session.rawValue
        return [
            name + "\0", name + "\0x", "\0" + name, name + " ", " " + name, name + "\n", name + "\u{7F}", "",
            "\u{1B}]0;title\u{7}", "caf\u{E9}", "\u{202E}", String(repeating: "a", count: 129),
        ]
    }

    private static let methods = [
        Method.loadSession, Method.resumeSession, Method.closeSession, Method.deleteSession, Method.prompt,
        Method.state, Method.history, Method.fill,
    ]

    /// Everything that any method wants, with this name for the session.
    private static func params(_ name: String) -> JSON {
        [
            "sessionId": .string(name), "cwd": "/usr", "mcpServers": [], "prompt": [["type": "text", "text": "mine"]],
            "epoch": "e", "from": 1, "to": 1,
        ]
    }

    /// A session that was opened under a name that only looks like its own took the place of the one that was there, and
    /// its watchers heard nothing more.
    @Test(arguments: ["alice", "mallory"]) func aLiveSessionGoesOnWhateverItIsCalled(user: String) async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let watcher = try await server.client(of: "alice", as: "watcher")
            let session = try await watcher.newSession()
            let prompt = watcher.prompt("go on", in: session)
            try await agent.say("before")
            let other = try await server.client(of: user, as: "other")
            for name in Self.badNames(near: session) {
                for method in Self.methods {
                    let refusal = try await other.refusal(method, Self.params(name))
                    #expect(refusal?.code == .invalidParams, "\(method) of \(name.debugDescription)")
                }
                let ack: JSON = ["sessionId": .string(name), "epoch": "e", "seq": 1]
                #expect(try await other.refusal(Method.ping, ["acks": [ack]])?.code == .invalidParams)
                other.notify(Method.ack, ["acks": [ack]])
                other.notify(Method.cancel, ["sessionId": .string(name)])
                other.notify(Method.detach, ["sessionId": .string(name)])
            }
            try await other.request(Method.ping, ["t": 1])
            #expect(await server.daemon.server.counters.sessions == 1)
            try await agent.say(", after")
            try await agent.end()
            #expect(try await watcher.answer(to: prompt)["stopReason"] == "end_turn")
            #expect(watcher.agentText == "before, after")
            #expect(agent.cancelled == 0)
        }
    }

    @Test func initializeNamesNoneOfThemEither() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent], change: { $0.connectionsPerPrincipal = 100 }) { server in
            let watcher = try await server.client(of: "alice", as: "watcher")
            let session = try await watcher.newSession()
            watcher.prompt("go on", in: session)
            try await agent.say("before")
            let token = try server.token(for: "mallory").text
            for name in Self.badNames(near: session) {
                let request = AttachRequest(session: SessionID(name), position: nil)
                let hello = InitializeRequest.of("other", resume: [request])
                let other = try await WireClient.connect(to: server.endpoint, token: token, initialize: hello)
                #expect(!other.isGreeted, "\(name.debugDescription)")
                #expect(try await other.refusal(Method.initialize, hello.json)?.code == .invalidParams)
                try await other.request(Method.initialize, InitializeRequest.of("other").json)
            }
            #expect(await server.daemon.server.counters.sessions == 1)
            try await agent.say(", after")
            #expect(await eventually { watcher.agentText == "before, after" })
        }
    }

    @Test func oneSessionIsNamedOnce() async throws {
        try await withServer([FixedAgent.brief]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let request = AttachRequest(session: session, position: nil)
            let many = Array(repeating: request, count: 2)
            let other = try await WireClient.connect(to: server.local)
            let refusal = try await other.refusal(Method.initialize, InitializeRequest.of("o", resume: many).json)
            #expect(refusal?.code == .invalidParams)
            let crowd = (0..<65).map { AttachRequest(session: SessionID("s\($0)"), position: nil) }
            let tooMany = try await other.refusal(Method.initialize, InitializeRequest.of("o", resume: crowd).json)
            #expect(tooMany?.code == .invalidParams)
            #expect(await server.daemon.server.counters.sessions == 1)
        }
    }

    /// A key with U+0000 was stored in half, the journal was then damaged, and the server did not start again.
    @Test func aKeyThatIsNoNameIsRefusedAndTheServerStartsAgain() async throws {
        let agent = ScriptedAgent()
        let server = try await TestServer.start([agent])
        let client = try await WireClient.greeted(by: server.local, as: "c")
        let session = try await client.newSession()
        for key in ["k\0", "\0", "", "k k", "k\u{1B}", String(repeating: "k", count: 129)] {
            let prompt = client.prompt("hello", in: session, key: ClientMessageID(key))
            #expect(try await client.refusal(of: prompt)?.code == .invalidParams, "\(key.debugDescription)")
        }
        #expect(agent.turns.isEmpty)
        client.prompt("hello", in: session, key: "k")
        try await agent.say("half")
        await server.stop()

        let restarted = try await TestServer.start([agent], in: server.folder, clock: server.clock)
        let again = try await WireClient.greeted(by: restarted.local, as: "c")
        let joined = again.prompt("hello", in: session, key: "k")
        try await agent.say(" and whole")
        try await agent.end()
        #expect(try await again.answer(to: joined).belay?["joined"] == true)
        await restarted.stop()
    }

    @Test(arguments: ["c\0", "", "c c", String(repeating: "c", count: 129)])
    func namesOfClientsAndKeysOfSessionsAreNamesToo(name: String) async throws {
        try await withServer([FixedAgent.brief]) { server in
            let client = try await WireClient.connect(to: server.local)
            let hello = InitializeRequest.of(ClientID(name)).json
            #expect(try await client.refusal(Method.initialize, hello)?.code == .invalidParams)
            try await client.request(Method.initialize, InitializeRequest.of("c").json)
            for field in ["clientSessionKey", "agent"] {
                let belay = JSON.object([JSON.Member(field, .string(name))])
                let params: JSON = ["cwd": "/usr", "mcpServers": [], "_meta": ["belay": belay]]
                #expect(try await client.refusal(Method.newSession, params)?.code == .invalidParams, "\(field)")
            }
            #expect(try await client.request(Method.listSessions, [:])["sessions"] == [])
        }
    }
}
