import Journal
import Ledger
import NIOCore
import Server
import ServerKit
import TestKit
import Testing
import Wire

/// A conversation that is walked through by pages (`_belay/history`): every message once, in order, and no page longer
/// than was promised.
@Suite struct HistoryWalkTests {
    /// The longest answer, in bytes: a mebibyte of text, and what JSON adds to it.
    private static let answerBytesMaximum = 2 << 20

    private struct Endless: Error {}

    /// Reads a conversation page by page to its end.
    private func walk(
        _ session: SessionID, by client: WireClient, limit: Int64, forwards: Bool
    ) async throws -> [HistoryMessage] {
        var messages: [HistoryMessage] = []
        var next: Int64? = forwards ? 0 : nil
        for _ in 0..<4_000 {
            let page = try await client.request(
                Method.history,
                .object(of: [
                    "sessionId": .string(session.rawValue), "limit": .integer(limit),
                    (forwards ? "after" : "before"): next.map { .integer($0) },
                ]))
            let read = try page.elements("messages", as: HistoryMessage.self)
            #expect(read.count <= min(limit, 1_000))
            #expect(page["limit"] == .integer(min(limit, 1_000)), "the bound that was applied is told")
            #expect(page.encoded.readableBytes <= Self.answerBytesMaximum)
            messages = forwards ? messages + read : read + messages
            next = page["next"]?.integer(in: .position)
            #expect(page["more"] == .bool(next != nil))
            if next == nil { return messages }
        }
        throw Endless()
    }

    /// A session whose only turn says this.
    private func filled(_ server: TestServer, _ client: WireClient) async throws -> SessionID {
        let session = try await client.newSession()
        try await client.converse("fill", in: session)
        return session
    }

    /// A word of a message, and then something else, which keeps it an entry of its own.
    private static func pieces(of number: Int, count: Int) -> [Entry.Body] {
        (0..<count).flatMap { piece -> [Entry.Body] in
            [.said("\(number).\(piece) ", in: MessageID("m\(number)")), .event(.note("between"))]
        }
    }

    @Test(arguments: [2, 50, 999, 1_000, 1_001], [true, false])
    func everyMessageComesOnceInOrder(limit: Int64, forwards: Bool) async throws {
        let agent = FixedAgent { _ in
            stride(from: 0, to: 300, by: 100).map { begin in
                (begin..<begin + 100).flatMap { HistoryWalkTests.pieces(of: $0, count: 5) }
            }
        }
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await filled(server, client)
            let journal = try server.journal(of: session)
            #expect(journal.count > 3_000)
            let walked = try await walk(session, by: client, limit: limit, forwards: forwards)
            #expect(walked.count == 301)
            #expect(walked.map(\.json) == HistoryMessage.messages(in: journal).map(\.json))
        }
    }

    /// More entries that are no messages than one page looks at: it comes back with what it has, and says where to go on.
    @Test(arguments: [true, false]) func aDesertIsCrossedInParts(forwards: Bool) async throws {
        let agent = FixedAgent { _ in
            [[.said("before", in: "first")]]
                + (0..<9).map { _ in Array(repeating: Entry.Body.event(.note("sand")), count: 1_000) }
                + [[.said("behind", in: "last")]]
        }
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await filled(server, client)
            let walked = try await walk(session, by: client, limit: 50, forwards: forwards)
            #expect(walked.flatMap(\.content).compactMap(\.text) == ["fill", "before", "behind"])
        }
    }

    @Test func aPageOfNothingIsRefused() async throws {
        try await withServer([FixedAgent.brief]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await filled(server, client)
            let params: JSON = ["sessionId": .string(session.rawValue), "limit": 0]
            #expect(try await client.refusal(Method.history, params)?.code == .invalidParams)
        }
    }

    /// Two bytes a character, and the bound lies in the middle of one.
    @Test(arguments: [true, false]) func aMessageLongerThanAPageComesCut(forwards: Bool) async throws {
        let long = "x" + String(repeating: "\u{E9}", count: 700_001)
        let agent = FixedAgent { _ in
            [[.said("small", in: "first")], [.said(long, in: "long")], [.said("small", in: "last")]]
        }
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await filled(server, client)
            let walked = try await walk(session, by: client, limit: 50, forwards: forwards)
            #expect(walked.map(\.id.rawValue).suffix(3) == ["first", "long", "last"])
            #expect(walked.map(\.isTruncated).suffix(3) == [false, true, false])
            let cut = try #require(walked.first { $0.isTruncated }?.content.first?.text)
            #expect(long.utf8.starts(with: cut.utf8))
            #expect((HistoryRequest.bytesMaximum - 1...HistoryRequest.bytesMaximum).contains(cut.utf8.count))
        }
    }

    /// A control character is six bytes of JSON, and the bound is about what crosses the wire.
    @Test(arguments: [true, false]) func aPageOfControlsIsNoLonger(forwards: Bool) async throws {
        let text = String(repeating: "\u{1}", count: 100_000)
        let agent = FixedAgent { _ in (0..<12).map { [.said(text, in: MessageID("m\($0)"))] } }
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await filled(server, client)
            let walked = try await walk(session, by: client, limit: 50, forwards: forwards)
            #expect(walked.count == 13)
        }
    }
}
