import Mirror
import StorageKit
import Sync
import TestKit
import Testing
import Wire

/// What cannot be fetched again: seats, chats, drafts and the outbox.
@Suite struct DeskTests {
    private let directory: TemporaryDirectory
    private let desk: SQLiteDesk

    init() throws {
        directory = try TemporaryDirectory()
        desk = try SQLiteDesk.open(folder: directory.path, now: 1).opened
    }

    @Test func aSeatKeepsItsFirstName() throws {
        #expect(try desk.clientID(seat: 1, proposal: "a") == "a")
        #expect(try desk.clientID(seat: 1, proposal: "b") == "a")
        #expect(try desk.clientID(seat: 2, proposal: "b") == "b")
        #expect(try SQLiteDesk.open(folder: directory.path, now: 2).opened.clientID(seat: 2, proposal: "c") == "b")
    }

    @Test func chatsAreFoundByFolderNameAndSession() throws {
        let old = Chat(key: "old", server: "server", directory: "/folder", session: "s")
        var new = Chat(key: "new", server: "server", directory: "/folder")
        try desk.keep(old, usedAt: 1)
        try desk.keep(new, usedAt: 2)
        try desk.keep(Chat(key: "x", server: "another", directory: "/folder"), usedAt: 9)
        #expect(try desk.lastChat(at: "server", directory: "/folder") == new)
        #expect(try desk.lastChat(at: "server", directory: "/elsewhere") == nil)
        #expect(try desk.chat(at: "server", named: "s") == old)
        #expect(try desk.chat(at: "another", named: "s") == nil)
        try desk.adopt("t", for: "new")
        new.session = "t"
        #expect(try desk.chat(at: "server", named: "new") == new)
        #expect(try desk.chat(at: "server", named: "t") == new)
        // Used again, it is the last one; what was typed in it stays.
        try desk.saveDraft("typed", of: "old")
        try desk.keep(old, usedAt: 3)
        #expect(try desk.lastChat(at: "server", directory: "/folder")?.key == "old")
        #expect(try desk.chat(at: "server", named: "old")?.draft == "typed")
    }

    @Test func queueingTakesTheDraftInTheSameTransaction() throws {
        try desk.keep(Chat(key: "chat", server: "server", directory: "/folder"), usedAt: 1)
        try desk.saveDraft("a?", of: "chat")
        try desk.queue(item("a"), of: "chat")
        #expect(try desk.chat(at: "server", named: "chat")?.draft == "")
        #expect(try desk.outbox(of: "chat") == [item("a")])
        // A prompt that cannot be queued leaves the draft where it is.
        try desk.saveDraft("again", of: "chat")
        #expect(storeError { try desk.queue(item("a"), of: "chat") }?.isFailed == true)
        #expect(try desk.chat(at: "server", named: "chat")?.draft == "again")
        #expect(storeError { try desk.queue(item("b"), of: "no chat") }?.isFailed == true)
        #expect(try desk.outbox(of: "no chat") == [])
    }

    @Test func theOutboxKeepsItsOrderAndWhatWasSent() throws {
        for key in ["chat", "other"] {
            try desk.keep(Chat(key: key, server: "server", directory: "/folder"), usedAt: 1)
        }
        for id in ["c", "a", "b"] as [ClientMessageID] { try desk.queue(item(id), of: "chat") }
        try desk.queue(item("x"), of: "other")
        try desk.markSent(["a", "gone"])
        let reopened = try SQLiteDesk.open(folder: directory.path, now: 2).opened
        #expect(try reopened.outbox(of: "chat") == [item("c"), item("a", wasSent: true), item("b")])
        try desk.remove(["c", "b", "gone"])
        try desk.remove([])
        #expect(try reopened.outbox(of: "chat") == [item("a", wasSent: true)])
        #expect(try reopened.outbox(of: "other") == [item("x")])
    }
}
