import Foundation
import Ledger
import NIOCore
import ServerKit
import TestKit
import Testing
import Transport
import Wire

@testable import Server

/// Who is let in, and what the others are told before the 101.
@Suite struct AdmissionTests {
    /// What the server refuses an upgrade with.
    private func refusal(
        _ server: TestServer, token: String? = nil, headers: [(String, String)] = []
    ) async throws -> Refusal? {
        do {
            _ = try await WireClient.connect(to: server.endpoint, token: token, headers: headers)
            return nil
        } catch DialError.refused(let refusal) {
            return refusal
        }
    }

    @Test func aTokenIsWantedAndEachBadOneIsToldWhy() async throws {
        try await withServer([ScriptedAgent()]) { server in
            let good = try server.token(for: "alice", lifetime: .seconds(60))
            let revoked = try server.token(for: "alice")
            #expect(try server.revoke(revoked.id))
            #expect(try await refusal(server)?.reason == "token_missing")
            #expect(try await refusal(server, token: "belay_guess")?.reason == "token_unknown")
            #expect(try await refusal(server, token: revoked.text)?.reason == "token_revoked")
            #expect(try await refusal(server, token: good.text) == nil)
            server.clock.advance(by: .seconds(60))
            let expired = try #require(try await refusal(server, token: good.text))
            #expect(expired.reason == "token_expired")
            #expect(expired.status == 401)
            #expect(!expired.isRetryable)
        }
    }

    @Test func aTokenThatIsRevokedWhileConnectedEndsTheConnectionWithinASecond() async throws {
        try await withServer([ScriptedAgent()]) { server in
            let (kept, revoked) = (try server.token(for: "alice"), try server.token(for: "alice"))
            let bystander = try await WireClient.greeted(by: server.endpoint, token: kept.text)
            let client = try await WireClient.greeted(by: server.endpoint, token: revoked.text)
            #expect(Upkeep.tokenInterval == .milliseconds(500), "the first look after it tells")
            #expect(try server.revoke(revoked.id))
            // Well before all tokens are read again whatever the store counts.
            #expect(Upkeep.tokenWatchInterval == .minutes(1))
            #expect(await eventually(within: .seconds(30)) { client.closure?.code == .tokenRejected })
            #expect(bystander.closure == nil)
            #expect(await server.daemon.server.counters.connections == 1)
        }
    }

    @Test func aTokenIsNowhereInTheDataFolder() async throws {
        try await withServer([ScriptedAgent()]) { server in
            let token = try server.token(for: "alice").text
            _ = try await WireClient.greeted(by: server.endpoint, token: token)
            let secret = Data(token.dropFirst(Tokens.prefix.count).utf8)
            for file in try FileManager.default.contentsOfDirectory(atPath: server.folder.path) {
                // The socket is no file that could be read.
                guard let bytes = FileManager.default.contents(atPath: server.folder.path(file)) else { continue }
                #expect(bytes.range(of: secret) == nil, "\(file)")
                #expect(bytes.range(of: Data(token.utf8)) == nil, "\(file)")
            }
        }
    }

    @Test func pagesOfTheWebAreRefusedUnlessTheirOriginIsConfigured() async throws {
        try await withServer([ScriptedAgent()], change: { $0.origins = ["https://chat.example"] }) { server in
            let token = try server.token(for: "alice").text
            let refused = try #require(
                try await refusal(server, token: token, headers: [("Origin", "https://evil.example")]))
            #expect(refused.status == 403)
            #expect(refused.reason == "origin")
            #expect(try await refusal(server, token: token, headers: [("Origin", "https://chat.example")]) == nil)
        }
    }

    @Test func connectionsOfOneUserAreBoundedAndAnEndedOneMakesRoom() async throws {
        try await withServer([ScriptedAgent()], change: { $0.connectionsPerPrincipal = 2 }) { server in
            let (alice, bob) = (try server.token(for: "alice").text, try server.token(for: "bob").text)
            let first = try await WireClient.connect(to: server.endpoint, token: alice)
            let second = try await WireClient.connect(to: server.endpoint, token: alice)
            let refused = try #require(try await refusal(server, token: alice))
            #expect(refused.status == 429)
            #expect(refused.retryAfter == 5_000)
            #expect(refused.isRetryable)
            #expect(try await refusal(server, token: bob) == nil, "the bound is each user's own")
            first.abort()
            #expect(
                await eventually { await server.daemon.server.counters.connections == 2 }, "alice's second, and bob's")
            #expect(try await refusal(server, token: alice) == nil)
            #expect(second.closure == nil)
        }
    }

    @Test func connectionsOfAllUsersAreBounded() async throws {
        try await withServer([ScriptedAgent()], change: { $0.connectionsMaximum = 2 }) { server in
            let (alice, bob) = (try server.token(for: "alice").text, try server.token(for: "bob").text)
            let first = try await WireClient.connect(to: server.endpoint, token: alice)
            let second = try await WireClient.connect(to: server.endpoint, token: bob)
            let refused = try #require(try await refusal(server, token: bob))
            #expect(refused.status == 503)
            #expect(refused.reason == "busy")
            #expect(refused.isRetryable)
            #expect((100...1_100).contains(try #require(refused.retryAfter)))
            first.abort()
            #expect(await eventually { await server.daemon.server.counters.connections == 1 })
            #expect(try await refusal(server, token: bob) == nil)
            #expect(second.closure == nil)
        }
    }

    @Test func aRefusalMakesRoomForTheNextAttach() async throws {
        try await withServer([ScriptedAgent()], change: { $0.attachingMaximum = 1 }) { server in
            for _ in 0..<5 { #expect(try await refusal(server, token: "belay_guess")?.reason == "token_unknown") }
            #expect(await server.daemon.server.counters.attaching == 0)
            let good = try server.token(for: "alice").text
            #expect(try await refusal(server, token: good) == nil)
        }
    }

    @Test func sessionsOfOneUserAreBounded() async throws {
        let minute = Duration.seconds(60)
        try await withServer(
            [ScriptedAgent()],
            change: {
                $0.sessionsPerPrincipal = 2
                $0.limits.expire = minute
            },
            body: { server in
                let alice = try await WireClient.greeted(
                    by: server.endpoint, token: try server.token(for: "alice").text, as: "a")
                let bob = try await WireClient.greeted(
                    by: server.endpoint, token: try server.token(for: "bob").text, as: "b")
                let kept = try await alice.newSession(key: "kept")
                let second = try await alice.newSession()
                let more = ClientRequest.NewSession(directory: "/usr").json
                let refused = try #require(try await alice.refusal(Method.newSession, more))
                #expect(refused.reason == "too_many_sessions")
                #expect(refused.message.contains("2 sessions"))
                #expect(try await alice.newSession(key: "kept") == kept, "asking again for one makes none")
                _ = try await bob.newSession()

                try await alice.request(Method.deleteSession, ["sessionId": .string(second.rawValue)])
                _ = try await alice.newSession()
                #expect(try await alice.refusal(Method.newSession, more) != nil)
                // A session past `sessions.expire` counts as expired.
                server.clock.advance(by: minute + .seconds(1))
                #expect(try await alice.refusal(Method.newSession, more) == nil)
            })
    }

    @Test func aProgramOfThisUserNeedsNoTokenOnTheUnixSocket() async throws {
        try await withServer([ScriptedAgent()]) { server in
            let client = try await WireClient.greeted(by: server.local)
            let session = try await client.newSession()
            #expect(try server.journal(of: session).isEmpty)
            let attributes = try FileManager.default.attributesOfItem(atPath: server.folder.path("socket"))
            #expect((attributes[.posixPermissions] as? Int).map { $0 & 0o077 } == 0)
            // A token says who it is there as well, and a bad one is not overlooked.
            await #expect(throws: DialError.self) {
                try await WireClient.connect(to: server.local, token: "belay_guess")
            }
        }
    }
}
