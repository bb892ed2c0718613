import Mirror
import StorageKit
import Sync
import TestKit
import Testing
import Wire

/// What cannot be fetched again: instances, chats, drafts and the outbox.
@Suite struct StateStoreTests {
    private let directory: TemporaryDirectory
    private let stateStore: SQLiteStateStore

    init() throws {
        directory = try TemporaryDirectory()
        stateStore = try SQLiteStateStore.open(folder: directory.path, now: 1).opened
    }

    @Test func anInstanceKeepsItsFirstName() throws {
        #expect(try stateStore.clientID(instance: 1, proposal: "a") == "a")
        #expect(try stateStore.clientID(instance: 1, proposal: "b") == "a")
        #expect(try stateStore.clientID(instance: 2, proposal: "b") == "b")
        #expect(
            try SQLiteStateStore.open(folder: directory.path, now: 2).opened.clientID(instance: 2, proposal: "c") == "b"
        )
    }

    @Test func chatsAreFoundByFolderNameAndSession() throws {
        let old = Chat(key: "old", server: "server", directory: "/folder", session: "s")
        var new = Chat(key: "new", server: "server", directory: "/folder")
        try stateStore.keep(old, usedAt: 1)
        try stateStore.keep(new, usedAt: 2)
        try stateStore.keep(Chat(key: "x", server: "another", directory: "/folder"), usedAt: 9)
        #expect(try stateStore.lastChat(at: "server", directory: "/folder") == new)
        #expect(try stateStore.lastChat(at: "server", directory: "/elsewhere") == nil)
        #expect(try stateStore.chat(at: "server", named: "s") == old)
        #expect(try stateStore.chat(at: "another", named: "s") == nil)
        try stateStore.adopt("t", for: "new")
        new.session = "t"
        #expect(try stateStore.chat(at: "server", named: "new") == new)
        #expect(try stateStore.chat(at: "server", named: "t") == new)
        // Used again, it is the last one; what was typed in it stays.
        try stateStore.saveDraft("typed", of: "old")
        try stateStore.keep(old, usedAt: 3)
        #expect(try stateStore.lastChat(at: "server", directory: "/folder")?.key == "old")
        #expect(try stateStore.chat(at: "server", named: "old")?.draft == "typed")
    }

    @Test func theFirstUseIsThatOfTheOldestChat() throws {
        #expect(try stateStore.firstUse() == nil)
        for key in ["session:x", "expired:y"] {
            try stateStore.keep(Chat(key: key, server: "server", directory: "/folder"), usedAt: 1)
        }
        #expect(try stateStore.firstUse() == nil, "these were not begun here")
        var generator = SplitMix64(seed: 1)
        let times: [Timestamp] = [1_795_368_600_000, 1_700_000_000_000, 1_795_368_600_001]
        for time in times {
            let key = UUIDv7.make(now: time, using: &generator)
            #expect(UUIDv7.timestamp(of: key) == time)
            try stateStore.keep(Chat(key: key, server: "server", directory: "/folder"), usedAt: 5)
        }
        #expect(try stateStore.firstUse() == times[1])
    }

    @Test func queueingTakesTheDraftInTheSameTransaction() throws {
        try stateStore.keep(Chat(key: "chat", server: "server", directory: "/folder"), usedAt: 1)
        try stateStore.saveDraft("a?", of: "chat")
        try stateStore.queue(item("a"), of: "chat")
        #expect(try stateStore.chat(at: "server", named: "chat")?.draft == "")
        #expect(try stateStore.outbox(of: "chat") == [item("a")])
        // A prompt that cannot be queued leaves the draft where it is.
        try stateStore.saveDraft("again", of: "chat")
        #expect(storeError { try stateStore.queue(item("a"), of: "chat") }?.isFailed == true)
        #expect(try stateStore.chat(at: "server", named: "chat")?.draft == "again")
        #expect(storeError { try stateStore.queue(item("b"), of: "no chat") }?.isFailed == true)
        #expect(try stateStore.outbox(of: "no chat") == [])
    }

    @Test func theOutboxKeepsItsOrderAndWhatWasSent() throws {
        for key in ["chat", "other"] {
            try stateStore.keep(Chat(key: key, server: "server", directory: "/folder"), usedAt: 1)
        }
        for id in ["c", "a", "b"] as [ClientMessageID] { try stateStore.queue(item(id), of: "chat") }
        try stateStore.queue(item("x"), of: "other")
        try stateStore.markSent(["a", "gone"])
        let reopened = try SQLiteStateStore.open(folder: directory.path, now: 2).opened
        #expect(try reopened.outbox(of: "chat") == [item("c"), item("a", wasSent: true), item("b")])
        try stateStore.remove(["c", "b", "gone"])
        try stateStore.remove([])
        #expect(try reopened.outbox(of: "chat") == [item("a", wasSent: true)])
        #expect(try reopened.outbox(of: "other") == [item("x")])
    }

    @Test func whatWasSentIsListedNewestFirst() throws {
        for (key, kind) in [("a", Chat.Kind.screen), ("b", .screen), ("script", .batch)] {
            try stateStore.keep(Chat(key: key, server: "s", directory: "/", kind: kind), usedAt: 1)
        }
        let long = String(repeating: "x", count: 20_000)
        for (number, (chat, text)) in [("a", "one"), ("b", "two"), ("script", "three"), ("a", long), ("a", "four")]
            .enumerated()
        {
            let id = ClientMessageID("p\(number)")
            try stateStore.queue(OutboxItem(id: id, content: [.text(text)], createdAt: 0), of: chat)
            try stateStore.remove([id])
        }
        #expect(try stateStore.prompts(limit: 10) == ["four", "two", "one"])
        #expect(try stateStore.prompts(of: "a", limit: 1) == ["four"])
        #expect(try stateStore.prompts(of: "a", limit: 10) == ["four", "one"])
        try stateStore.forget("a")
        #expect(try stateStore.prompts(limit: 10) == ["two"], "a chat that is forgotten takes its prompts with it")
    }

    @Test func theListOfWhatWasSentIsBounded() throws {
        try stateStore.keep(Chat(key: "a", server: "s", directory: "/"), usedAt: 1)
        for number in 0..<SQLiteStateStore.promptsMaximum + 20 {
            let id = ClientMessageID("p\(number)")
            try stateStore.queue(OutboxItem(id: id, content: [.text("\(number)")], createdAt: 0), of: "a")
        }
        let prompts = try stateStore.prompts(limit: 10_000)
        #expect(prompts.count == SQLiteStateStore.promptsMaximum)
        #expect(prompts.last == "20")
    }
}
