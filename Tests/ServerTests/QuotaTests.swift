import Ledger
import Server
import ServerKit
import TestKit
import Testing
import Wire

/// How much of the server a user, a session and a connection may have.
@Suite struct QuotaTests {
    private static let long = String(repeating: "x", count: 30_000)

    @Test func aConnectionWatchesSoManySessions() async throws {
        try await withServer([FixedAgent.brief]) { server in
            let client = try await server.client(of: "carol", as: "c")
            let other = try await server.client(of: "carol", as: "d")
            var sessions: [SessionID] = []
            for _ in 0..<AttachRequest.listMaximum { sessions.append(try await client.newSession()) }
            let more = try await other.newSession()
            for method in [Method.resumeSession, Method.loadSession, Method.prompt] {
                let params: JSON = [
                    "sessionId": .string(more.rawValue), "cwd": "/usr", "mcpServers": [],
                    "prompt": [["type": "text", "text": "x"]],
                ]
                let refusal = try await client.refusal(method, params)
                #expect(refusal?.code == .internalError && refusal?.reason == "too_many_watched", "\(method)")
            }
            // One that is watched already is no other one, and leaving makes room.
            _ = try await client.resume(sessions[0], from: nil)
            client.notify(Method.detach, sessions[0].named)
            _ = try await client.resume(more, from: nil)
            #expect(await server.daemon.server.counters.subscribers == AttachRequest.listMaximum + 1)
        }
    }

    @Test func aSessionThatCannotBeWatchedIsNotMade() async throws {
        let change: (inout ServerConfiguration) -> Void = { $0.sessionsInMemoryPerPrincipal = 2 }
        try await withServer([FixedAgent.brief], change: change) { server in
            let client = try await server.client(of: "carol", as: "c")
            let made = [try await client.newSession(), try await client.newSession()]
            let params = ClientRequest.NewSession(directory: "/usr").json
            #expect(try await client.refusal(Method.newSession, params)?.reason == "too_many_watched")
            let listed = try await client.request(Method.listSessions, [:])["sessions"]?.array?.count
            #expect(listed == made.count, "nobody was told the name of one more")
        }
    }

    @Test func aUserHasSoManySessionsInMemory() async throws {
        let change: (inout ServerConfiguration) -> Void = { $0.sessionsInMemoryPerPrincipal = 2 }
        try await withServer([FixedAgent.brief], change: change) { server in
            let daemon = server.daemon
            let alice = try await server.client(of: "alice")
            // Idle sessions are evicted for others.
            var sessions: [SessionID] = []
            for _ in 0..<6 {
                let session = try await alice.newSession()
                alice.notify(Method.detach, session.named)
                sessions.append(session)
            }
            #expect(await daemon.server.counters.sessions <= 2)
            _ = try await alice.resume(sessions[0], from: nil)
            _ = try await alice.resume(sessions[1], from: nil)
            await #expect(throws: RPCError.self) { try await alice.resume(sessions[2], from: nil) }
            for session in sessions {
                #expect(try await alice.request(Method.state, session.named)["seq"] == 0)
            }
            #expect(
                await daemon.server.counters.sessions <= 3, "two that are watched, and the one that was asked for last")
            // Another user's are not counted with them.
            let bob = try await server.client(of: "bob")
            for _ in 0..<2 { _ = try await bob.newSession() }
            // Leaving makes room.
            alice.notify(Method.detach, sessions[0].named)
            _ = try await alice.resume(sessions[2], from: nil)
        }
    }

    @Test func aUserMayHoldSoManyBytes() async throws {
        let change: (inout ServerConfiguration) -> Void = { $0.bytesPerPrincipal = 40_000 }
        let server = try await TestServer.start([FixedAgent.brief], change: change)
        let alice = try await server.client(of: "alice")
        let (first, second) = (try await alice.newSession(), try await alice.newSession())
        try await alice.converse(Self.long, in: first)
        let journal = try server.journal(of: first)
        for session in [first, second] {
            let refusal = try await alice.refusal(of: alice.prompt("more", in: session))
            #expect(refusal?.code == .internalError && refusal?.reason == "quota")
        }
        #expect(try server.journal(of: first) == journal, "what was there is there")
        #expect(try await alice.request(Method.history, first.named)["messages"]?.array?.count == 2)
        let bob = try await server.client(of: "bob")
        try await bob.converse("mine", in: try await bob.newSession())
        await server.stop()

        // It is counted anew from the disk.
        let restarted = try await TestServer.start(
            [FixedAgent.brief], in: server.folder, clock: server.clock, change: change)
        let again = try await restarted.client(of: "alice")
        #expect(try await again.refusal(of: again.prompt("more", in: second))?.reason == "quota")
        try await again.request(Method.deleteSession, first.named)
        try await again.converse("more", in: second)
        await restarted.stop()
    }

    /// A prompt that is known is answered from what is stored, and costs nothing.
    @Test func aFullUserIsStillToldWhatBecameOfAPrompt() async throws {
        try await withServer([FixedAgent.brief], change: { $0.bytesPerPrincipal = 40_000 }) { server in
            let client = try await server.client(of: "carol", as: "c")
            let session = try await client.newSession()
            try await client.converse(Self.long, in: session, key: "k")
            #expect(try await client.refusal(of: client.prompt("more", in: session))?.reason == "quota")
            let again = client.prompt(Self.long, in: session, key: "k")
            #expect(try await client.refusal(of: again) == nil, "the same prompt gets the stored answer (§8)")
        }
    }

    /// Commits that the disk refused do not count against the quota.
    @Test func aPromptThatCouldNotBeStoredIsNotCounted() async throws {
        let folder = try TemporaryDirectory("belayd")
        let store = try FullDiskStore(folder: folder.path)
        let server = try await TestServer.start([FixedAgent.brief], in: folder, store: store) {
            $0.bytesPerPrincipal = 200_000
        }
        let client = try await server.client(of: "carol", as: "c")
        let session = try await client.newSession()
        try await client.converse("small", in: session)
        store.fill(true)
        for _ in 0..<5 {
            let prompt = client.prompt(Self.long, in: session, key: "k")
            #expect(try await client.refusal(of: prompt)?.reason == "disk_full")
        }
        store.fill(false)
        let prompt = client.prompt(Self.long, in: session, key: "k")
        #expect(try await client.refusal(of: prompt) == nil)
        await server.stop()
    }

    @Test func aSessionHoldsSoManyBytes() async throws {
        try await withServer([FixedAgent.brief], change: { $0.limits.sessionBytes = 40_000 }) { server in
            let client = try await server.client(of: "carol", as: "c")
            let (full, other) = (try await client.newSession(), try await client.newSession())
            try await client.converse(Self.long, in: full, key: "k")
            let journal = try server.journal(of: full)
            let refusal = try await client.refusal(of: client.prompt("more", in: full))
            #expect(refusal?.code == .internalError && refusal?.reason == "session_full")
            #expect(try server.journal(of: full) == journal)
            #expect(try await client.converse(Self.long, in: full, key: "k").belay?["joined"] == true)
            try await client.converse("more", in: other)
        }
    }

    /// A turn that never ends by itself is ended when its session has been full for long enough.
    @Test func aTurnThatGoesOnForTooLongIsEnded() async throws {
        let text = String(repeating: "x", count: 1 << 20)
        let agent = FixedAgent { _ in (0..<40).map { [.said(text, in: MessageID("m\($0)"))] } }
        try await withServer([agent], change: { $0.limits.sessionBytes = 1_000 }) { server in
            let client = try await server.client(of: "carol", as: "c")
            let session = try await client.newSession()
            client.notify(Method.detach, session.named)
            let refusal = try await client.refusal(of: client.prompt("go on", in: session))
            #expect(refusal?.reason == "turn_failed")
            #expect(refusal?.message.contains("full") == true)
        }
    }
}
