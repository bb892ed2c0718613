import Server
import ServerKit
import Testing
import Transport
import Wire

/// What a whole server answers before there is a WebSocket, as `belayd(8)` and `protocol.md` §1 promise it: statuses,
/// headers and bodies.
@Suite struct EndpointTests {
    private func bearer(_ token: String) -> [(String, String)] {
        HTTPAnswer.upgrade + [("Authorization", "Bearer \(token)")]
    }

    @Test func healthIsToldAndEverythingElseIsNotThere() async throws {
        try await withServer([ScriptedAgent()], change: { $0.origins = ["https://chat.example"] }) { server in
            for path in ["/healthz", "/readyz"] {
                let answer = try await HTTPAnswer.get(path, of: server.endpoint)
                #expect(answer.status == 200)
                #expect(answer.headers["content-type"] == "application/json")
                #expect(answer.body == ["status": "ok"])
            }
            for path in ["/", "/acp/", "/acpx?token=belay_x", "/healthz/x"] {
                for headers in [[], HTTPAnswer.upgrade] {
                    let answer = try await HTTPAnswer.get(path, headers, of: server.endpoint)
                    #expect(answer.status == 404, "\(path)")
                    #expect(answer.body["reason"] == "not_found")
                    #expect(answer.body["error"]?.string?.isEmpty == false)
                }
            }
            let plain = try await HTTPAnswer.get("/acp", of: server.endpoint)
            #expect(plain.status == 426)
            #expect(plain.headers["upgrade"] == "websocket")
            #expect(plain.body["error"]?.string?.isEmpty == false)
        }
    }

    @Test func aDurableNoHasAReasonAndNoTimeToComeBack() async throws {
        try await withServer([ScriptedAgent()], change: { $0.origins = ["https://chat.example"] }) { server in
            let good = try server.token(for: "alice").text
            let short = try server.token(for: "alice", lifetime: .seconds(1)).text
            let revoked = try server.token(for: "alice")
            _ = try server.revoke(revoked.id)
            server.clock.advance(by: .seconds(1))
            let evil = [("Origin", "https://evil.example")]
            for (headers, status, reason) in [
                (HTTPAnswer.upgrade, 401, "token_missing"), (bearer("belay_guess"), 401, "token_unknown"),
                (bearer(""), 401, "token_missing"), (bearer(short), 401, "token_expired"),
                (bearer(revoked.text), 401, "token_revoked"), (bearer(good) + evil, 403, "origin"),
                // A page of the web does not learn whether a token is good.
                (bearer("belay_guess") + evil, 403, "origin"),
            ] {
                let answer = try await HTTPAnswer.get("/acp", headers, of: server.endpoint)
                #expect(answer.status == status)
                #expect(answer.body["reason"]?.string == reason)
                #expect(answer.body["error"]?.string?.isEmpty == false)
                #expect(answer.body["retryAfterMs"] == nil)
                #expect(answer.headers["retry-after"] == nil)
                #expect(!answer.body.text.contains("belay_"), "no answer repeats a token")
            }
        }
    }

    @Test func whoeverIsSentAwayForAWhileIsToldForHowLongTwice() async throws {
        try await withServer(
            [ScriptedAgent()],
            change: {
                $0.connectionsPerPrincipal = 1
                $0.connectionsMaximum = 2
            },
            body: { server in
                let (alice, bob) = (try server.token(for: "alice").text, try server.token(for: "bob").text)
                let first = try await WireClient.connect(to: server.endpoint, token: alice)
                let many = try await HTTPAnswer.get("/acp", bearer(alice), of: server.endpoint)
                #expect(many.status == 429)
                #expect(many.body["reason"] == "connections")
                #expect(many.body["retryAfterMs"] == 5_000)
                #expect(many.headers["retry-after"] == "5")

                let second = try await WireClient.connect(to: server.endpoint, token: bob)
                let busy = try await HTTPAnswer.get("/acp", bearer(bob), of: server.endpoint)
                #expect(busy.status == 503)
                #expect(busy.body["reason"] == "busy")
                let delay = try #require(busy.body["retryAfterMs"]?.integer(in: .delay))
                #expect((100...1_100).contains(delay))
                #expect(busy.headers["retry-after"] == String((delay + 999) / 1_000), "whole seconds, not too early")
                #expect(first.closure == nil)
                #expect(second.closure == nil)
            })
    }

    @Test func eachUpgradeHasANameOfItsOwn() async throws {
        try await withServer([ScriptedAgent()]) { server in
            let token = try server.token(for: "alice").text
            var names: Set<String> = []
            for _ in 0..<3 {
                let answer = try await HTTPAnswer.get("/acp", bearer(token), of: server.endpoint)
                #expect(answer.status == 101)
                #expect(answer.headers["belay-initialize"] == nil, "nothing was asked in the header")
                names.insert(try #require(answer.headers["acp-connection-id"]))
            }
            #expect(names.count == 3)
        }
    }

    /// 6 KiB of base64url are 4608 bytes.
    @Test(arguments: [(4_608, true), (4_609, false)])
    func theHeaderHoldsSixKibibytesAndALongerOneIsIgnored(bytes: Int, isTaken: Bool) async throws {
        try await withServer([ScriptedAgent()]) { server in
            let token = try server.token(for: "alice").text
            let request = InitializeRequest.of("c").json
            let padding = String(repeating: "x", count: bytes - request.text.utf8.count - #","x":"""#.utf8.count)
            let padded = JSON.object((request.members ?? []) + [JSON.Member("x", .string(padding))])
            #expect(padded.text.utf8.count == bytes)
            let header = [("Belay-Initialize", Base64URL.encode(Array(padded.text.utf8)))]
            let answer = try await HTTPAnswer.get("/acp", bearer(token) + header, of: server.endpoint)
            #expect(answer.status == 101)
            #expect(answer.headers["belay-initialize"] == (isTaken ? "accepted" : nil))

            let client = try await WireClient.connect(to: server.endpoint, token: token, headers: header)
            #expect(client.isGreeted == isTaken)
            if isTaken {
                _ = try await client.answer(to: .number(0))
            } else {
                try await client.request(Method.initialize, InitializeRequest.of("c").json)
            }
            _ = try await client.newSession()
        }
    }

    @Test(arguments: ["", "%%%", "bm8ganNvbg", "W10"])
    func aHeaderThatCannotBeReadIsLeftOut(value: String) async throws {
        try await withServer([ScriptedAgent()]) { server in
            let token = try server.token(for: "alice").text
            let client = try await WireClient.connect(
                to: server.endpoint, token: token, headers: [("Belay-Initialize", value)])
            #expect(!client.isGreeted)
            try await client.request(Method.initialize, InitializeRequest.of("c").json)
        }
    }
}
