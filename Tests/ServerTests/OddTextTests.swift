import Ledger
import Server
import ServerKit
import TestKit
import Testing
import Wire

/// Text is kept as it came, whatever is in it: on the disk, in a replay, in the history, and after a restart. Only what
/// the server makes of it is clean.
@Suite struct OddTextTests {
    private static let odd =
        "one\0two \u{202E}eerht\u{202C} \u{1B}[31mfour\u{1B}]0;title\u{7}\u{9B}2J cafe\u{301}\r\nsecond\0line\u{FEFF}"

    private func bytes(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }

    private func texts(in entries: [Entry]) -> [String] {
        HistoryMessage.messages(in: entries).flatMap(\.content).compactMap(\.text)
    }

    /// The text everywhere where it can be read, twice each: the prompt's and the echo of the agent.
    private func check(_ session: SessionID, on server: TestServer) async throws {
        let expected = bytes([Self.odd, Self.odd])
        #expect(bytes(texts(in: try server.journal(of: session))) == expected)
        let client = try await WireClient.greeted(by: server.local, as: "reader")
        _ = try await client.resume(session, from: nil)
        #expect(await eventually { !client.fences.isEmpty })
        #expect(bytes(texts(in: client.notices.map(\.entry))) == expected)
        let history = try await client.request(Method.history, session.named)
        let messages = try history.elements("messages", as: HistoryMessage.self)
        #expect(bytes(messages.flatMap(\.content).compactMap(\.text)) == expected)

        let list = try await client.request(Method.listSessions, [:])
        let title = try #require(list["sessions"]?.array?.first?["title"]?.string)
        #expect(Array(title.utf8) == Array(title.withoutControls.utf8))
        for mark in ["\0", "\u{1B}", "\u{7}", "\u{9B}", "\u{202E}", "\r", "\n"] as [Unicode.Scalar] {
            #expect(!title.unicodeScalars.contains(mark), "\(title.debugDescription)")
        }
        #expect(title.hasPrefix("onetwo"))
        client.abort()
    }

    @Test func itIsTheSameEverywhereAndAfterARestart() async throws {
        let server = try await TestServer.start([FixedAgent.echo])
        let client = try await WireClient.greeted(by: server.local, as: "c")
        let session = try await client.newSession()
        #expect(try await client.converse(Self.odd, in: session, key: "k")["stopReason"] == "end_turn")
        try await check(session, on: server)
        await server.stop()

        let restarted = try await TestServer.start([FixedAgent.echo], in: server.folder, clock: server.clock)
        try await check(session, on: restarted)
        // The prompt is still known by what it was, and nothing else is taken for it.
        let again = try await WireClient.greeted(by: restarted.local, as: "c")
        #expect(try await again.converse(Self.odd, in: session, key: "k").belay?["joined"] == true)
        let half = again.prompt("one", in: session, key: "k")
        #expect(try await again.refusal(of: half)?.reason == "idempotency_conflict")
        await restarted.stop()
    }
}
