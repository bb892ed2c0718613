import Ledger
import ServerKit
import TestKit
import Testing
import Wire

@testable import Server

/// An archive can be read until it ends, even if the retention sweep comes later.
@Suite struct ArchiveTests {
    private static let day: Int64 = 86_400

    /// A session that has expired, with one answered prompt, and a client of its user.
    private func expired(_ server: TestServer) async throws -> (SessionID, WireClient) {
        let client = try await server.client(of: "carol", as: "c")
        let session = try await client.newSession()
        try await client.converse("remember", in: session)
        client.notify(Method.detach, session.named)
        try await client.request(Method.ping, [:])
        server.clock.advance(by: .seconds(301))
        await #expect(throws: RPCError.self) { try await client.resume(session, from: nil) }
        return (session, client)
    }

    private func params(_ session: SessionID) -> JSON {
        ["sessionId": .string(session.rawValue), "cwd": "/usr", "mcpServers": []]
    }

    @Test func itIsRefusedBeforeItIsSwept() async throws {
        try await withServer([FixedAgent.brief]) { server in
            let (session, client) = try await expired(server)
            let methods = [Method.history, Method.state, Method.loadSession]
            server.clock.advance(by: .seconds(Self.day * 29))
            for method in methods { try await client.request(method, params(session)) }
            server.clock.advance(by: .seconds(Self.day))
            for method in methods + [Method.resumeSession] {
                let refusal = try await client.refusal(method, params(session))
                #expect(refusal?.code == .resourceNotFound && refusal?.reason == "unknown_session", "\(method)")
            }
            #expect(try !server.journal(of: session).isEmpty, "it is still on the disk")
        }
    }

    /// A session that no client asks for is listed as expired, and deleted when its archive ends.
    @Test func whatNobodyComesBackToIsListedAsExpiredAndDeleted() async throws {
        try await withServer([FixedAgent.brief]) { server in
            let client = try await server.client(of: "carol", as: "c")
            let (left, kept) = (try await client.newSession(), try await client.newSession())
            try await client.converse("remember", in: left)
            client.notify(Method.detach, left.named)
            try await client.request(Method.ping, [:])
            let leftAt = server.clock.timestamp
            func listed(_ session: SessionID) async throws -> JSON? {
                let list = try await client.request(Method.listSessions, [:])
                return list["sessions"]?.array?.first { $0["sessionId"]?.string == session.rawValue }
            }
            #expect(try await listed(left)?.belay?["expiredAt"] == nil)
            for isInMemory in [true, false] {
                if !isInMemory { await server.daemon.server.services.sessions[left]?.leaveIfIdle() }
                server.clock.advance(by: .seconds(301))
                try await client.request(Method.ping, [:])
                #expect(try await listed(left)?.belay?["expiredAt"] == .integer(leftAt + 300_000))
                #expect(try await listed(kept)?.belay?["expiredAt"] == nil)
            }
            for _ in 0..<10 {
                server.clock.advance(by: .seconds(Self.day * 3))
                try await client.request(Method.ping, [:])
            }
            server.daemon.server.upkeep.begin()
            #expect(await eventually { (try? server.journal(of: left).isEmpty) == true })
            #expect(try await listed(left) == nil)
            #expect(try await listed(kept) != nil, "its client is there")
            try await client.converse("still here", in: kept)
        }
    }

    /// The same answer wherever it is asked.
    @Test func initializeRefusesItToo() async throws {
        try await withServer([FixedAgent.brief]) { server in
            let (session, _) = try await expired(server)
            server.clock.advance(by: .seconds(Self.day * 30))
            let hello = InitializeRequest.of("d", resume: [AttachRequest(session: session, position: nil)])
            let client = try await WireClient.connect(to: server.local, initialize: hello)
            let result = try InitializeResult(json: try await client.answer(to: .number(0)))
            guard case .refused(session, let error)? = result.layer?.resumed.first else {
                Issue.record("resumed: \(String(describing: result.layer?.resumed))")
                return
            }
            #expect(error.code == .resourceNotFound && error.reason == "unknown_session")
        }
    }

    @Test func itIsSweptWhenItsTimeIsOver() async throws {
        try await withServer([FixedAgent.brief]) { server in
            let (session, client) = try await expired(server)
            server.clock.advance(by: .seconds(Self.day * 29))
            server.daemon.server.upkeep.begin()
            try await client.request(Method.history, params(session))
            server.clock.advance(by: .seconds(Self.day * 2))
            server.daemon.server.upkeep.begin()
            #expect(await eventually { (try? server.journal(of: session).isEmpty) == true })
            #expect(
                await eventually { await server.daemon.server.counters.sessions <= 1 }, "the clean one in its place")
        }
    }

    /// What an archive held is free when it is gone, whether or not it was in memory.
    @Test func itsBytesAreFreeAgain() async throws {
        try await withServer([FixedAgent.brief], change: { $0.bytesPerPrincipal = 40_000 }) { server in
            let daemon = server.daemon
            let client = try await server.client(of: "carol", as: "c")
            let (long, other) = (try await client.newSession(), try await client.newSession())
            try await client.converse(String(repeating: "x", count: 30_000), in: long)
            #expect(try await client.refusal(of: client.prompt("more", in: other))?.reason == "quota")
            client.notify(Method.detach, long.named)
            try await client.request(Method.ping, [:])
            server.clock.advance(by: .seconds(301))
            await #expect(throws: RPCError.self) { try await client.resume(long, from: nil) }
            await daemon.server.services.sessions[long]?.leaveIfIdle()
            server.clock.advance(by: .seconds(Self.day * 31))
            daemon.server.upkeep.begin()
            #expect(await eventually { (try? server.journal(of: long).isEmpty) == true })
            let fresh = try await client.newSession()
            #expect(
                await eventually {
                    (try? await client.refusal(of: client.prompt("more", in: fresh))?.reason) != "quota"
                })
        }
    }
}
