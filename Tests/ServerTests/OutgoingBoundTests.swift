import Ledger
import NIOCore
import ServerKit
import TestKit
import Testing
import Wire

@testable import Server

/// What waits for a client that does not read, whatever it is: seen on a connection before its 101, when nothing can be
/// written yet.
@Suite struct OutgoingBoundTests {
    private static let bound = 16 << 10

    /// A connection that is initialized, without a socket.
    private func connection(to server: TestServer, layer: ClientID? = nil) async -> ConnectionActor {
        let services = server.daemon.server.services
        let connection = ConnectionActor(
            principal: SessionRoots.local, token: nil, generation: .none, deflate: nil, on: services.loops.first,
            services)
        _ = services.connections.add(connection, maximum: .max, perUser: .max)
        await connection.begin(layer)
        return connection
    }

    private func withServer(_ body: (TestServer) async throws -> Void) async throws {
        try await ServerKit.withServer(
            [FixedAgent.brief], change: { $0.outgoingBytesMaximum = Self.bound }, body: body)
    }

    @Test func answersAreGivenUpToTheBoundAndOneMore() async throws {
        try await withServer { server in
            let long = String(repeating: "x", count: 100)
            let kinds: [ConnectionActor.Received] = [
                .undecodable(RPCError(.parseError, long)),
                .message(.request(.number(1), method: Method.ping, params: ["t": .string(long)])),
                .message(.request(.number(1), method: "no/method", params: [:])),
                .message(.request(.string(long), method: Method.authenticate, params: [:])),
            ]
            for kind in kinds {
                let connection = await connection(to: server)
                await connection.received(Array(repeating: kind, count: 1_000))
                let (bytes, waiting) = await connection.load
                #expect(bytes > Self.bound && bytes < Self.bound + 1_000, "\(kind)")
                #expect(waiting > 500, "the rest waits as it was received")
                await connection.ended()
            }
        }
    }

    @Test func anErrorIsAsLongAsItsBoundAndNotAsWhatItQuotes() async throws {
        try await withServer { server in
            let connection = await connection(to: server)
            let quoted = String(repeating: "q", count: 1 << 20)
            await connection.received([.undecodable(RPCError(.invalidRequest, quoted))])
            #expect(await connection.load.bytes < RPCError.messageBytesMaximum + 100)
            await connection.ended()
        }
    }

    /// To a plain ACP client no entry goes with a question, so none is there to be dropped.
    @Test(arguments: [nil, "c"] as [ClientID?])
    func questionsAreNotAskedBeyondTheBoundAndAskedLater(layer: ClientID?) async throws {
        try await withServer { server in
            let connection = await connection(to: server, layer: layer)
            let session = try await watched(by: connection, on: server)
            for number in 1...1_000 as ClosedRange<Seq> {
                await connection.perform([ask(number, connection.id)], of: session)
            }
            let bytes = await connection.load.bytes
            #expect(bytes > Self.bound && bytes < Self.bound + 1_000)
            #expect(await connection.watches[session]?.isLagging == true)
            // The queue has drained: the session says what is current, and asks again.
            await connection.drain()
            let end = Position(epoch: "e", seq: 0)
            await connection.perform([.caughtUp(connection.id, end), ask(7, connection.id, again: true)], of: session)
            #expect(await connection.watches[session]?.isLagging == false)
            #expect(
                await connection.drain().contains { $0.contains("reissue") || layer == nil && $0.contains("\"7\"") })
            await connection.ended()
        }
    }

    @Test func requestsThatWaitAreCountedAndOneMoreIsRefused() async throws {
        let agent = ScriptedAgent()
        try await ServerKit.withServer(
            [agent], change: { $0.limits.turnsQueued = 10_000 },
            body: { server in
                let client = try await WireClient.greeted(by: server.local, as: "c")
                let session = try await client.newSession()
                let maximum = ConnectionActor.requestsMaximum
                #expect(maximum == 256, "as the manual says")
                let prompts = (0..<maximum).map { client.prompt("hello", in: session, key: ClientMessageID("k\($0)")) }
                #expect(
                    try await client.refusal(of: client.prompt("hello", in: session, key: "more"))?.reason
                        == "queue_full")
                let load: JSON = ["sessionId": .string(session.rawValue), "cwd": "/usr", "mcpServers": []]
                #expect(try await client.refusal(Method.loadSession, load)?.reason == "queue_full")
                // Everything else is answered, and on another connection there is room.
                try await client.request(Method.ping, [:])
                let other = try await WireClient.greeted(by: server.local, as: "d")
                let joined = other.prompt("hello", in: session, key: "k0")
                // One is answered, and makes room for one.
                #expect(await eventually { !agent.turns.isEmpty })
                try await agent.end()
                #expect(try await client.answer(to: prompts[0])["stopReason"] == "end_turn")
                #expect(try await other.answer(to: joined)["stopReason"] == "end_turn")
                let again = client.prompt("hello", in: session, key: "k0")
                #expect(try await client.answer(to: again).belay?["joined"] == true)
                // A refusal is an answer as well.
                let unknown = client.prompt("hello", in: "nobody's")
                #expect(try await client.refusal(of: unknown)?.code == .resourceNotFound)
                #expect(
                    try await client.answer(to: client.prompt("hello", in: session, key: "k0"))["stopReason"] != nil)
            })
    }

    // MARK: - Steps

    /// Watches a session that was made for it.
    private func watched(by connection: ConnectionActor, on server: TestServer) async throws -> SessionID {
        let client = try await WireClient.greeted(by: server.local, as: "owner")
        let session = try await client.newSession()
        let actor = try #require(server.daemon.server.services.sessions[session])
        await connection.watch(actor)
        return session
    }

    private func ask(_ number: Seq, _ connection: ConnectionID, again: Bool = false) -> LedgerEffect {
        let question = Question(
            key: RequestKey("\(number)"), turn: "t", method: Method.requestPermission,
            params: ["toolCall": ["toolCallId": .string("\(number)"), "title": "write a file"], "options": []])
        return .ask(connection, question, seq: number, isReissue: again)
    }
}

extension ConnectionActor {
    /// How many bytes wait to be sent, and how many messages to be handled.
    fileprivate var load: (bytes: Int, waiting: Int) { (outgoing.bytes, inbox.count) }

    /// Begins as a client that has said `initialize`.
    fileprivate func begin(_ client: ClientID?) {
        layer = InitializeRequest.of(client).layer
        isInitialized = true
        drain()
    }

    /// Watches a session without attaching to it.
    fileprivate func watch(_ session: SessionActor) { watches[session.id] = Watch(session: session, attach: 1) }

    /// Takes what waits, as a socket would.
    @discardableResult
    fileprivate func drain() -> [String] {
        var texts: [String] = []
        while let item = outgoing.popFirst() {
            if case .message(let message) = item { texts.append(String(buffer: message)) }
        }
        return texts
    }
}
