import Foundation
import StorageKit
import Sync
import TestKit
import Testing
import Wire

@testable import Mirror

/// Full-text search in the mirror, in an index of its own.
@Suite struct SearchIndexTests {
    private let directory: TemporaryDirectory
    private let mirror: SQLiteMirror
    private let index: SearchIndex

    init() throws {
        directory = try TemporaryDirectory()
        mirror = try SQLiteMirror.open(folder: directory.path, now: 1).opened
        index = try SearchIndex.open(folder: directory.path, now: 1)
    }

    private func said(_ seq: Seq, _ text: String, by message: MessageID = "m", isUsers: Bool = false) -> Entry {
        let chunk = ContentChunk(messageID: message, content: .text(text))
        return Entry(
            seq: seq, timestamp: seq * 1_000, body: .update(isUsers ? .userMessage(chunk) : .agentMessage(chunk)))
    }

    private func say(_ entries: [Entry], in session: SessionID = "s", epoch: Epoch = "e") throws {
        try mirror.apply([.adopt(session, epoch), .append(session, epoch, entries)], at: "server")
    }

    private func find(_ words: String, in session: SessionID? = nil) throws -> [Seq] {
        #expect(try index.catchUp(with: mirror) { false })
        return try index.find(words, in: session.map { ("server", $0) }).map(\.seq)
    }

    @Test func everyWordOrItsBeginningMustBeThere() throws {
        try say([
            said(1, "Where is the login retried?", by: "a", isUsers: true), said(2, "In Login", by: "b"),
            said(3, "View.swift, with a back-off.", by: "b"), said(4, "Nothing else", by: "c"),
        ])
        #expect(try find("login") == [2, 1], "the newest first; the pieces of a message are one")
        #expect(try find("LOGIN retr") == [1])
        #expect(try find("loginview back-off") == [2])
        #expect(try find("ogin") == [])
        let hit = try #require(try index.find("retried").first)
        #expect(hit.session == "s" && hit.server == "server" && hit.isUsers && hit.timestamp == 1_000)
        #expect(hit.snippet == "Where is the login retried?")
    }

    @Test(arguments: ["", "  ", "\"", "(", "* OR NOT", "a\" OR \"b", "text:login", "-", "NEAR(a b)", "^login"])
    func nothingThatIsTypedIsAnOperator(words: String) throws {
        try say([said(1, "login")])
        #expect(try find(words).isEmpty || words.contains("login"))
    }

    @Test func scriptsWithoutSpacesAreFoundByAnyPart() throws {
        try say([said(1, "ログインのテストが失敗します。"), said(2, "Größe geändert", by: "b")])
        #expect(try find("テスト") == [1])
        #expect(try find("トテ") == [])
        #expect(try find("失敗 ログイン") == [1])
        #expect(try index.find("失敗").first?.snippet == "ログインのテストが失敗します。")
        #expect(try find("grosse").isEmpty)
        #expect(try find("größe") == [2] && find("GROSSE").isEmpty && find("grö") == [2])
    }

    @Test func itGoesOnWhereItWas() throws {
        try say([said(1, "one", by: "a")])
        #expect(try find("one") == [1])
        try say([said(2, "two", by: "b")])
        #expect(try find("two") == [2] && find("one") == [1])
        // What is not read yet is told.
        try say([said(3, "three", by: "c")])
        #expect(try !index.catchUp(with: mirror) { true })
        #expect(try index.find("three").isEmpty)
        let again = try SearchIndex.open(folder: directory.path, now: 2)
        #expect(try again.catchUp(with: mirror) { false })
        #expect(try again.find("three").map(\.seq) == [3])
    }

    @Test func aSearchInOneChatFindsNothingOfAnother() throws {
        try say([said(1, "login here")])
        try say([said(1, "login there")], in: "t")
        #expect(try find("login").count == 2)
        #expect(try find("login", in: "s").count == 1)
        #expect(try index.find("here", in: ("server", "t")).isEmpty)
        #expect(try index.find("here", in: ("another", "s")).isEmpty)
    }

    @Test func whatTheMirrorForgetsIsForgotten() throws {
        try say([said(1, "secret")])
        #expect(try find("secret") == [1])
        try mirror.forget("s", at: "server")
        #expect(try find("secret").isEmpty)
        try say([said(1, "old")], in: "t")
        #expect(try find("old") == [1])
        // The journal was restored from an older copy: another epoch.
        try mirror.apply(
            [.beginSnapshot("t", "f"), .stage("t", "f", [said(1, "new")]), .swap("t", "f")], at: "server")
        #expect(try find("old", in: "t").isEmpty)
        #expect(try find("new", in: "t") == [1])
    }

    @Test func aGapThatIsFilledIsFoundToo() throws {
        try mirror.apply(
            [
                .adopt("s", "e"), .append("s", "e", [said(1, "first", by: "a")]),
                .skip("s", "e", Missing(range: 2...5, state: SessionState())),
                .append("s", "e", [said(6, "last", by: "c")]),
            ], at: "server")
        #expect(try find("last") == [6] && find("middle").isEmpty)
        try mirror.apply(
            [.fill("s", "e", (2...5).map { said($0, $0 == 3 ? "middle" : "x", by: MessageID("m\($0)")) })], at: "server"
        )
        #expect(try find("middle") == [3] && find("first") == [1])
        #expect(try find("last") == [6], "once")
    }

    @Test func longMessagesAreSeveralPassages() throws {
        let text = (0..<20_000).map { "word\($0)" }.joined(separator: " ")
        try say([said(1, text, isUsers: true)])
        #expect(try find("word0 word19999").isEmpty && find("word19999") == [1])
        #expect(SearchPassage.passages(of: [EncodedEntry(said(1, text))]).map(\.text).joined() == text)
    }

    @Test func aDamagedIndexIsMadeAgain() throws {
        let other = try TemporaryDirectory()
        let text = String(repeating: "this is no database", count: 100)
        try text.write(toFile: other.path(SearchIndex.fileName), atomically: false, encoding: .utf8)
        let index = try SearchIndex.open(folder: other.path, now: 1)
        #expect(try index.catchUp(with: mirror) { false })
    }
}
