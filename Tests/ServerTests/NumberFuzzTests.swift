import Ledger
import NIOCore
import Server
import ServerKit
import TestKit
import Testing
import Transport
import Wire

/// Every number that a client sends, at the ends of every range, through the real server and the real store
/// (`protocol.md` §14): answered, or refused by name, and nobody else notices.
@Suite struct NumberFuzzTests {
    private static let extremes: [JSON] = [
        .integer(.min), .integer(-(1 << 53)), .integer(-1), .integer(0), .integer(1 << 53 - 1), .integer(1 << 53),
        .integer(.max), .number(1e300), .number(-1e300), .number(0.5), .number(9_223_372_036_854_775_808), "9", true,
        [], [:],
    ]

    /// Those that lie in some range.
    private static let fair: Set<JSON> = [.integer(0), .integer(1 << 53 - 1)]

    /// A limit that is too large is cut, however large it is.
    private static let large: Set<JSON> = [
        .integer(1 << 53 - 1), .integer(1 << 53), .integer(.max), .number(1e300), .number(0x1p63),
    ]

    /// One number of one message.
    private struct Field {
        var name: String
        var method: String
        /// What need not be refused.
        var fair: Set<JSON> = NumberFuzzTests.fair
        var params: (JSON) -> JSON

        init(
            _ name: String, _ method: String, fair: Set<JSON> = NumberFuzzTests.fair, _ params: @escaping (JSON) -> JSON
        ) {
            (self.name, self.method, self.fair, self.params) = (name, method, fair, params)
        }
    }

    private static func requests(_ session: JSON, _ epoch: JSON) -> [Field] {
        func resume(_ belay: JSON) -> JSON {
            ["sessionId": session, "cwd": "/usr", "mcpServers": [], "_meta": ["belay": belay]]
        }
        return [
            Field("before", Method.history) { ["sessionId": session, "before": $0] },
            Field("after", Method.history) { ["sessionId": session, "after": $0] },
            Field("limit", Method.history, fair: Self.large) { ["sessionId": session, "limit": $0] },
            Field("limit with before", Method.history, fair: Self.large) {
                ["sessionId": session, "before": 2, "limit": $0]
            },
            Field("limit with after", Method.history, fair: Self.large) {
                ["sessionId": session, "after": 0, "limit": $0]
            },
            Field("from", Method.fill) { ["sessionId": session, "epoch": epoch, "from": $0, "to": 2] },
            Field("to", Method.fill) { ["sessionId": session, "epoch": epoch, "from": 1, "to": $0] },
            Field("from and to", Method.fill) { ["sessionId": session, "epoch": epoch, "from": $0, "to": $0] },
            Field("afterSeq", Method.resumeSession) { resume(["epoch": epoch, "afterSeq": $0]) },
            Field("afterTs", Method.resumeSession) { resume(["epoch": epoch, "afterSeq": 1, "afterTs": $0]) },
            Field("window", Method.resumeSession) { resume(["epoch": epoch, "afterSeq": 1, "window": $0]) },
            Field("t", Method.ping, fair: Set(extremes)) { ["t": $0] },
            Field("seq", Method.ping) { ["acks": [["sessionId": session, "epoch": epoch, "seq": $0]]] },
            Field("cursor", Method.listSessions, fair: ["9"]) { ["cursor": $0] },
            Field("cursor as a text", Method.listSessions, fair: [.integer(0)]) { number in
                ["cursor": .string(String(buffer: number.encoded))]
            },
            Field("protocolVersion", Method.initialize) { ["protocolVersion": $0] },
        ]
    }

    private static func greetings(_ session: JSON, _ epoch: JSON) -> [Field] {
        func hello(_ version: JSON = 1, layer: JSON = 1, resume belay: [JSON.Member] = []) -> JSON {
            let resume = JSON.object([JSON.Member("sessionId", session), JSON.Member("epoch", epoch)] + belay)
            return [
                "protocolVersion": version,
                "clientCapabilities": ["_meta": ["belay": ["version": layer, "clientId": "fuzz", "coalesce": true]]],
                "_meta": ["belay": ["resume": [resume]]],
            ]
        }
        return [
            Field("protocolVersion", Method.initialize) { hello($0) },
            Field("version", Method.initialize) { hello(layer: $0) },
            Field("afterSeq", Method.initialize) { hello(resume: [JSON.Member("afterSeq", $0)]) },
            Field("afterTs", Method.initialize) {
                hello(resume: [JSON.Member("afterSeq", 1), JSON.Member("afterTs", $0)])
            },
            Field("window", Method.initialize) {
                hello(resume: [JSON.Member("afterSeq", 1), JSON.Member("window", $0)])
            },
        ]
    }

    /// A session with something in it, and its epoch.
    private func made(_ server: TestServer, by client: WireClient) async throws -> (JSON, JSON) {
        let session = try await client.newSession()
        try await client.converse(in: session)
        return (.string(session.rawValue), .string(try #require(try server.epoch(of: session)).rawValue))
    }

    private func check(_ field: Field, _ number: JSON, _ answer: () async throws -> Void) async {
        let what = Comment("\(field.method) with '\(field.name)': \(String(buffer: number.encoded))")
        do {
            try await answer()
            #expect(field.fair.contains(number), what)
        } catch let error as RPCError {
            #expect([.invalidParams, .invalidRequest].contains(error.code), what)
        } catch {
            Issue.record(error, what)
        }
    }

    @Test func everyRequestIsAnsweredOrRefused() async throws {
        try await withServer([FixedAgent.brief]) { server in
            let client = try await server.client(of: "alice")
            let (session, epoch) = try await made(server, by: client)
            for field in Self.requests(session, epoch) {
                for number in Self.extremes {
                    await check(field, number) { try await client.request(field.method, field.params(number)) }
                    try #require(client.closure == nil, "\(field.name) \(number)")
                }
            }
            #expect(try await client.request(Method.ping, ["t": 1])["t"] == 1)
            let bob = try await server.client(of: "bob")
            try await bob.converse(in: try await bob.newSession())
        }
    }

    @Test func whatWantsNoAnswerEndsNothing() async throws {
        try await withServer([FixedAgent.brief]) { server in
            let client = try await server.client(of: "alice")
            let (session, epoch) = try await made(server, by: client)
            for number in Self.extremes {
                client.notify(Method.ack, ["acks": [["sessionId": session, "epoch": epoch, "seq": number]]])
                client.notify(Method.cancel, ["sessionId": number, "_meta": ["belay": ["turnId": number]]])
                client.notify(Method.detach, ["sessionId": number])
            }
            #expect(try await client.request(Method.ping, ["t": 1])["t"] == 1)
            #expect(client.closure == nil)
            let bob = try await server.client(of: "bob")
            try await bob.converse(in: try await bob.newSession())
        }
    }

    /// Says `initialize` with each number in each of its fields, and then looks whether everybody is still served.
    private func eachGreeting(
        _ greet: (Field, JSON, _ endpoint: Endpoint, _ token: String) async throws -> WireClient
    ) async throws {
        try await withServer([FixedAgent.brief], change: { $0.connectionsPerPrincipal = 1_000 }) { server in
            let token = try server.token(for: "alice").text
            let first = try await server.client(of: "alice", as: "first")
            let (session, epoch) = try await made(server, by: first)
            for field in Self.greetings(session, epoch) {
                for number in Self.extremes {
                    let client = try await greet(field, number, server.endpoint, token)
                    #expect(try await client.request(Method.ping, ["t": 1])["t"] == 1)
                    client.abort()
                }
            }
            #expect(try await first.request(Method.ping, ["t": 1])["t"] == 1)
            let bob = try await server.client(of: "bob")
            try await bob.converse(in: try await bob.newSession())
        }
    }

    @Test func initializeInAFrameIsAnsweredOrRefused() async throws {
        try await eachGreeting { field, number, endpoint, token in
            let client = try await WireClient.connect(to: endpoint, token: token)
            await check(field, number) { try await client.request(field.method, field.params(number)) }
            // Whoever was refused says it again, and is heard.
            _ = try await client.refusal(Method.initialize, InitializeRequest.of("fuzz").json)
            return client
        }
    }

    @Test func initializeInTheUpgradeRequestIsTakenOrLeft() async throws {
        try await eachGreeting { field, number, endpoint, token in
            let value = Base64URL.encode(field.params(number).encoded.readableBytesView)
            let client = try await WireClient.connect(
                to: endpoint, token: token, headers: [(UpgradeRequest.initializeHeader, value)])
            if client.isGreeted {
                #expect(field.fair.contains(number), "'\(field.name)': \(String(buffer: number.encoded))")
                _ = try await client.answer(to: .number(0))
            } else {
                try await client.request(Method.initialize, InitializeRequest.of("fuzz").json)
            }
            return client
        }
    }
}
