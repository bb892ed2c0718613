import Foundation
import Mirror
import Sync
import TestKit
import Testing
import Wire

@testable import Client

/// A chat is written down, into a file that was not there before.
@Suite struct ChatExportTests {
    private let folder: TemporaryDirectory
    private let store: ChatStore

    init() throws {
        folder = try TemporaryDirectory()
        let stateStore = try SQLiteStateStore.open(folder: folder.path, now: 1).opened
        try stateStore.keep(
            Chat(key: "key", server: "server", directory: "/src/shop", session: "s", title: "Why? \u{1B}[31mIt fails!"),
            usedAt: 1)
        let mirror = try SQLiteMirror.open(folder: folder.path, now: 1).opened
        func said(_ seq: Seq, _ text: String, _ message: MessageID, isUsers: Bool = false) -> Entry {
            let chunk = ContentChunk(messageID: message, content: .text(text))
            return Entry(seq: seq, timestamp: 0, body: .update(isUsers ? .userMessage(chunk) : .agentMessage(chunk)))
        }
        let call = ToolCall(id: "t", title: "Read `a.swift`", kind: .read, status: .completed)
        let entries = [
            said(1, "Why does it fail?", "u", isUsers: true), said(2, "Let me ", "a"), said(3, "see.\u{1B}[2J", "a"),
            Entry(seq: 4, timestamp: 0, body: .update(.toolCall(call))), said(5, "Fixed.", "b"),
            Entry(seq: 6, timestamp: 0, body: .event(.turnEnd("t", .failed("no\nroom")))),
        ]
        try mirror.apply([.adopt("s", "e"), .append("s", "e", entries)], at: "server")
        store = try ChatStore.named("key", folder: folder.path, now: 2)
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOfFile: folder.path(name), encoding: .utf8)
    }

    @Test func markdownIsWhatWasSaid() throws {
        let name = try ExportFile.write(store, as: .markdown, in: folder.path)
        #expect(name == "why-it-fails.md")
        #expect(
            try text(name) == """
                # Why? It fails!

                - folder: `/src/shop`
                - session: `s`


                ## You, 1970-01-01 00:00 UTC

                Why does it fail?

                ## Agent, 1970-01-01 00:00 UTC

                Let me see.

                - read: `Read 'a.swift'`

                ## Agent, 1970-01-01 00:00 UTC

                Fixed.

                *The turn failed: no room*

                """)
    }

    @Test func jsonHasEveryEntry() throws {
        let json = try JSON(parsing: try text(try ExportFile.write(store, as: .json, in: folder.path)))
        #expect(json["directory"] == "/src/shop" && json["session"] == "s")
        #expect(
            json["entries"]?.array?.map { $0["kind"]?.string } == [
                "user_message_chunk", "agent_message_chunk", "agent_message_chunk", "tool_call", "agent_message_chunk",
                "turn_end",
            ])
    }

    @Test func nothingIsOverwritten() throws {
        let names = try (0..<3).map { _ in try ExportFile.write(store, as: .markdown, in: folder.path) }
        #expect(names == ["why-it-fails.md", "why-it-fails-2.md", "why-it-fails-3.md"])
        #expect(throws: (any Error).self) { try ExportFile.write(store, as: .json, in: folder.path("none")) }
    }

    @Test func aChatIsFoundByTheBeginningOfItsName() throws {
        #expect(throws: ClientError.self) { try ChatStore.named("ke", folder: folder.path, now: 2) }
        #expect(try ChatStore.named("s", folder: folder.path, now: 2).key == "key")
        try store.rename("Another\ntitle")
        #expect(try ChatStore.named("key", folder: folder.path, now: 2).chat.title == "Another")
        try store.rename(" ")
        #expect(try ChatStore.named("key", folder: folder.path, now: 2).chat.title == "Why does it fail?")
        #expect(try store.lastSaid(2).map(\.text) == ["Let me see.\u{1B}[2J", "Fixed."])
        try store.forgetAll()
        #expect(throws: ClientError.self) { try ChatStore.named("key", folder: folder.path, now: 2) }
        #expect(try store.page().entries.isEmpty)
    }
}
