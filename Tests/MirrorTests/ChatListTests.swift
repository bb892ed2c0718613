import Sync
import TestKit
import Testing
import Wire

@testable import Mirror

/// Chats are found again: by their folders, by what these are, by where they were used, and in a list.
@Suite struct ChatListTests {
    private let directory: TemporaryDirectory
    private let stateStore: SQLiteStateStore

    init() throws {
        directory = try TemporaryDirectory()
        stateStore = try SQLiteStateStore.open(folder: directory.path, now: 1).opened
    }

    private func keep(
        _ key: String, _ directory: String = "/folder", kind: Chat.Kind = .screen, folder: String? = nil,
        server: String = "server", at time: Timestamp
    ) throws {
        try stateStore.keep(
            Chat(key: key, server: server, directory: directory, kind: kind, folder: folder), usedAt: time)
    }

    @Test func theLastOfAScreenIsNotThatOfABatchRun() throws {
        try keep("screen", at: 1)
        try keep("batch", kind: .batch, at: 2)
        #expect(try stateStore.lastChat(at: "server", directory: "/folder")?.key == "batch")
        #expect(try stateStore.lastChat(at: "server", directory: "/folder", kind: .screen)?.key == "screen")
        // Once used on a screen, a chat stays one of the screen, also when a batch run continues it.
        try keep("batch", kind: .screen, at: 3)
        try keep("batch", kind: .batch, at: 4)
        #expect(try stateStore.lastChat(at: "server", directory: "/folder", kind: .screen)?.key == "batch")
    }

    @Test func aFolderThatMovedIsRecognised() throws {
        try keep("old", "/before", folder: "1:2", at: 1)
        try keep("other", "/other", folder: "1:3", at: 2)
        func moved(_ server: String = "server", to directory: String) throws -> [String] {
            try stateStore.movedChats(at: server, folder: "1:2", directory: directory, limit: 9).map(\.chat.key)
        }
        #expect(try moved(to: "/after") == ["old"])
        #expect(try moved(to: "/before").isEmpty)
        #expect(try moved("another", to: "/after").isEmpty)
        // What is not known just now is not forgotten.
        try keep("old", "/before", at: 3)
        #expect(try moved(to: "/after") == ["old"])
        // Once opened, it is not offered again, until it is used in its folder and that moves again.
        try stateStore.markFound(at: "server", folder: "1:2")
        #expect(try moved(to: "/after").isEmpty)
        try keep("old", "/before", folder: "1:2", at: 4)
        #expect(try moved(to: "/after") == ["old"])
    }

    /// The transcript of an expired session stays under its own title; the successor gets its own.
    @Test func anExpiredSessionKeepsItsRow() throws {
        func ask(_ text: String, _ id: ClientMessageID) throws {
            try stateStore.queue(OutboxItem(id: id, content: [.text(text)], createdAt: 1), of: "a")
        }
        try keep("a", folder: "1:2", at: 1)
        try stateStore.adopt("first", for: "a")
        try ask("one", "1")
        for _ in 0..<2 { try stateStore.adopt("second", for: "a") }
        #expect(try stateStore.chat(at: "server", named: "a")?.title == nil)
        try ask("two", "2")
        try stateStore.adopt("third", for: "a")
        let listed = try stateStore.chats(limit: 9).map(\.chat)
        #expect(
            Set(listed.map { "\($0.session?.rawValue ?? "") \($0.title ?? "-") \($0.isExpired)" })
                == ["first one true", "second two true", "third - false"])
        #expect(try stateStore.outbox(of: "a").count == 2, "what waits goes to the successor")
        #expect(try stateStore.lastChat(at: "server", directory: "/folder")?.session == "third")
        #expect(try stateStore.movedChats(at: "server", folder: "1:2", directory: "/x", limit: 9).count == 1)
    }

    @Test func theTitleIsTheFirstPrompts() throws {
        try keep("a", at: 1)
        func ask(_ text: String, _ id: ClientMessageID) throws {
            try stateStore.queue(OutboxItem(id: id, content: [.text(text)], createdAt: 1), of: "a")
        }
        #expect(try stateStore.chats(limit: 9).first?.chat.title == nil)
        try ask("\n  \n  What is\nthis?", "1")
        try ask("And that?", "2")
        let listed = try #require(try stateStore.chats(limit: 9).first)
        #expect(listed.chat.title == "What is")
        #expect(listed.waiting == 2)
    }

    @Test func anAgentsTitleReplacesThePromptsAndNoOther() throws {
        func title(_ key: String) throws -> String? { try stateStore.chat(at: "server", named: key)?.title }
        try keep("a", at: 1)
        try stateStore.queue(OutboxItem(id: "1", content: [.text("why?")], createdAt: 1), of: "a")
        try stateStore.entitle("a", "The agent's")
        #expect(try title("a") == "The agent's")
        try stateStore.rename("a", to: "The user's", isNamed: true)
        try stateStore.entitle("a", "The agent's")
        #expect(try title("a") == "The user's")
        try stateStore.rename("a", to: "why?", isNamed: false)
        try stateStore.entitle("a", "The agent's")
        #expect(try title("a") == "The agent's")
        // A fork tells itself from its source, also once it has its session.
        var fork = Chat(key: "f", server: "server", directory: "/folder", title: "why? (fork)", forkOf: "s")
        fork.isNamed = true
        try stateStore.keep(fork, usedAt: 2)
        try stateStore.adopt("g", for: "f")
        try stateStore.entitle("f", "The agent's")
        #expect(try title("f") == "why? (fork)")
        // What goes on where it expired is another conversation.
        try stateStore.adopt("h", for: "f")
        try stateStore.entitle("f", "The agent's")
        #expect(try title("f") == "The agent's")
    }

    @Test func theListIsInTheOrderOfUseAndBounded() throws {
        try keep("a", at: 1)
        try keep("b", server: "another", at: 3)
        try keep("c", at: 2)
        #expect(try stateStore.chats(limit: 9).map(\.chat.key) == ["b", "c", "a"])
        #expect(try stateStore.chats(limit: 2).map(\.usedAt) == [3, 2])
        #expect(try stateStore.chats(at: "server", limit: 9).map(\.chat.key) == ["c", "a"])
    }
}
