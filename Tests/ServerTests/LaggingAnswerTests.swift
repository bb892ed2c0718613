import Agents
import FaultProxy
import Server
import ServerKit
import TestKit
import Testing
import Transport
import Wire

/// A response never overtakes the entries that were committed before it, however far behind the connection is
/// (`protocol.md` §14).
@Suite struct LaggingAnswerTests {
    private static let pieces = 24

    /// A text that hardly becomes shorter compressed: the socket is to be full.
    private static func text(_ piece: Int) -> String {
        var generator = SplitMix64(seed: UInt64(piece))
        let symbols = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_".utf8)
        return String(decoding: (0..<128 << 10).map { _ in symbols[Int(generator.next() >> 58)] }, as: UTF8.self)
    }

    /// A client that will read slowly.
    struct Reader: Sendable, CustomTestStringConvertible {
        /// Its name; `nil` for a plain ACP client.
        var name: ClientID?
        var isCompressed = false
        /// Whether it attaches in the middle of the turn, and joins it with the key of its prompt.
        var joins = false

        var testDescription: String {
            "\(name == nil ? "plain" : "layer")\(isCompressed ? ", compressed" : "")\(joins ? ", in the middle" : "")"
        }
    }

    static let readers: [Reader] = [nil, "slow"].flatMap { name in
        [false, true].flatMap { isCompressed in
            [false, true].map { Reader(name: name, isCompressed: isCompressed, joins: $0) }
        }
    }

    @Test(arguments: readers)
    func theAnswerComesBehindTheWholeTurn(reader: Reader) async throws {
        let agent = ScriptedAgent()
        try await withServer(
            [agent],
            change: {
                $0.outgoingBytesMaximum = 64 << 10
                $0.compression = .on
            },
            body: { server in
                let proxy = try await FaultProxy.start(upstream: .unix(path: server.folder.path("socket")))
                let quick = try await WireClient.greeted(by: server.local, as: "quick")
                let session = try await quick.newSession()
                let slow = try await WireClient.connect(
                    to: Endpoint(address: .host("127.0.0.1", port: proxy.port)),
                    compression: reader.isCompressed ? .on : .off)
                try await slow.request(Method.initialize, InitializeRequest.of(reader.name).json)
                if reader.joins {
                    quick.prompt("a long answer", in: session, key: "key")
                    try await say(0..<Self.pieces / 2, agent)
                }
                try await attach(slow, reader, to: session)
                let answer = slow.prompt("a long answer", in: session, key: "key")
                try await slow.request(Method.ping, [:])
                if !reader.joins { #expect(await eventually { !agent.turns.isEmpty }) }
                await proxy.blackhole(.toClient)
                try await say((reader.joins ? Self.pieces / 2 : 0)..<Self.pieces, agent)
                try await agent.end()
                #expect(await eventually { quick.notices.last?.entry.body.isEnd ?? false })
                await proxy.heal()
                let result = try await slow.answer(to: answer)
                #expect(result["stopReason"] == "end_turn")
                #expect(slow.messages.last?.isAnswer(to: answer) == true, "nothing of the turn comes behind it")
                #expect(slow.agentText == whole, "and all of it before, once")
                if reader.name != nil { check(slow.notices, through: quick.notices.last?.entry.seq ?? 0) }
                #expect(slow.closure == nil)
                try await proxy.stop()
            })
    }

    /// Attaches from the beginning, so that what was said before is replayed.
    private func attach(_ slow: WireClient, _ reader: Reader, to session: SessionID) async throws {
        if reader.name != nil {
            _ = try await slow.resume(session, from: nil)
        } else {
            try await slow.request(
                Method.loadSession, ["sessionId": .string(session.rawValue), "cwd": "/usr", "mcpServers": []])
        }
    }

    private func say(_ pieces: Range<Int>, _ agent: ScriptedAgent) async throws {
        for piece in pieces {
            let chunk = ContentChunk(messageID: MessageID("m\(piece)"), content: .text(Self.text(piece)))
            try await agent.append([.update(.agentMessage(chunk))])
        }
    }

    private var whole: String { (0..<Self.pieces).map(Self.text).joined() }

    /// The client was sent every entry once.
    private func check(_ notices: [EntryNotice], through last: Seq) {
        var expected: Seq = 1
        for notice in notices {
            #expect(notice.entry.from == expected)
            expected = notice.entry.seq + 1
        }
        #expect(expected == last + 1)
        #expect(notices.contains { $0.isReplay }, "something was dropped, and replayed")
    }
}

extension Message {
    /// Whether it is the answer to that request.
    fileprivate func isAnswer(to request: RequestID) -> Bool {
        switch self {
        case .response(request, _), .failure(request, _): true
        case .response, .failure, .request, .notification: false
        }
    }
}
