import GRDB
import Mirror
import StorageKit
import Sync
import TestKit
import Testing
import Wire

/// Single damaged values in the client's files: the mirror is set aside and fetched again, and of the state store the
/// one row is set aside. And files that a newer version has changed.
@Suite struct DamagedClientRowTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func change(_ file: String, _ sql: String) throws {
        let queue = try DatabaseQueue(path: directory.path(file))
        try queue.write { database in
            try database.execute(sql: "PRAGMA ignore_check_constraints = ON")
            try database.execute(sql: sql)
        }
        try queue.close()
    }

    // MARK: Mirror

    @Test(arguments: [
        "UPDATE holes SET from_seq = -5, to_seq = -9", "UPDATE holes SET from_seq = 4, to_seq = 3",
        "UPDATE holes SET from_seq = 0", "UPDATE holes SET to_seq = 9223372036854775807",
        "INSERT INTO holes SELECT copy, 2, 3 FROM holes", "UPDATE copies SET epoch = ''",
        "UPDATE copies SET epoch = 'a b'", "UPDATE copies SET cursor = -1",
        "UPDATE copies SET cursor = 9223372036854775807",
        "UPDATE entries SET ts = 9223372036854775807, digest = NULL",
        "UPDATE entries SET from_seq = -9223372036854775808, digest = NULL",
        "UPDATE entries SET client_message_id = '', digest = NULL",
    ])
    func aDamagedMirrorIsSetAside(_ sql: String) throws {
        do {
            let mirror = try SQLiteMirror.open(folder: directory.path, now: 1).opened
            let missing = Missing(range: 1...4, state: SessionState(folding: notes(1...4)))
            try mirror.apply(
                [.adopt("s", "e"), .skip("s", "e", missing), .append("s", "e", notes(5...9))], at: "server")
            #expect(try mirror.holding(of: "s", at: "server")?.gaps == [1...4])
        }
        try change(SQLiteMirror.fileName, sql)
        let (mirror, setAside) = try SQLiteMirror.open(folder: directory.path, now: 2) { mirror throws(StoreError) in
            _ = try mirror.page(of: "s", at: "server", limit: 9)
            _ = try mirror.holding(of: "s", at: "server")
        }
        #expect(setAside != nil)
        #expect(try mirror.holding(of: "s", at: "server") == nil)
    }

    // MARK: StateStore

    @Test(arguments: [
        "content = x'ff'", "content = x''", "content = x'6e756c6c'", "content = x'5b5d'", "content = x'5b315d'",
        "id = ''", "id = 'a b'",
    ])
    func aDamagedPromptIsKeptAsideAndTheOthersGoOn(_ assignment: String) throws {
        do {
            let stateStore = try SQLiteStateStore.open(folder: directory.path, now: 1).opened
            try stateStore.keep(Chat(key: "chat", server: "server", directory: "/folder"), usedAt: 1)
            for id in ["a", "b"] as [ClientMessageID] { try stateStore.queue(item(id), of: "chat") }
        }
        try change(SQLiteStateStore.fileName, "UPDATE outbox SET \(assignment) WHERE id = 'a'")
        let stateStore = try SQLiteStateStore.open(folder: directory.path, now: 2).opened
        let moved = try stateStore.setAsideDamaged(of: "chat")
        #expect(moved.prompts == 1 && moved.answers == 0)
        #expect(try stateStore.outbox(of: "chat") == [item("b")])
        #expect(try stateStore.setAsideDamaged(of: "chat").prompts == 0)
        let queue = try DatabaseQueue(path: directory.path(SQLiteStateStore.fileName))
        let kept = try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM damaged WHERE chat = 'chat'") }
        #expect(kept == 1)
    }

    @Test(arguments: ["answer = x'ff'", "answer = x''", "request = ''", "request = 'a b'"])
    func aDamagedAnswerIsKeptAside(_ assignment: String) throws {
        do {
            let stateStore = try SQLiteStateStore.open(folder: directory.path, now: 1).opened
            try stateStore.keep(Chat(key: "chat", server: "server", directory: "/folder"), usedAt: 1)
            for key in ["a", "b"] as [RequestKey] { try stateStore.keep(["outcome": 1], to: key, of: "chat") }
        }
        try change(SQLiteStateStore.fileName, "UPDATE answers SET \(assignment) WHERE request = 'a'")
        let stateStore = try SQLiteStateStore.open(folder: directory.path, now: 2).opened
        #expect(try stateStore.setAsideDamaged(of: "chat").answers == 1)
        #expect(try stateStore.answers(of: "chat") == ["b": ["outcome": 1]])
    }

    @Test(arguments: ["", "a b", "ä"]) func namesThatNoServerTakesAreReplaced(_ name: String) throws {
        let stateStore = try SQLiteStateStore.open(folder: directory.path, now: 1).opened
        _ = try stateStore.clientID(instance: 0, proposal: "first")
        try stateStore.keep(Chat(key: "chat", server: "server", directory: "/folder", session: "s"), usedAt: 1)
        try change(
            SQLiteStateStore.fileName, "UPDATE seats SET client_id = '\(name)'; UPDATE chats SET session = '\(name)'")
        #expect(try stateStore.clientID(instance: 0, proposal: "second") == "second")
        #expect(try stateStore.clientID(instance: 0, proposal: "third") == "second")
        // The key that created the session finds it again.
        let chat = try #require(try stateStore.lastChat(at: "server", directory: "/folder"))
        #expect(chat.session == nil && chat.key == "chat")
        try change(SQLiteStateStore.fileName, "UPDATE chats SET key = '\(name)', used_at = 9223372036854775807")
        #expect(try stateStore.lastChat(at: "server", directory: "/folder") == nil)
        #expect(try stateStore.chats(limit: 9).isEmpty)
    }

    @Test(arguments: [Timestamp.min, -1, .max]) func aTimeOfUseIsBroughtIntoItsRange(_ time: Timestamp) throws {
        let stateStore = try SQLiteStateStore.open(folder: directory.path, now: 1).opened
        try stateStore.keep(Chat(key: "chat", server: "server", directory: "/folder"), usedAt: 1)
        try change(SQLiteStateStore.fileName, "UPDATE chats SET used_at = \(time)")
        let listed = try #require(try stateStore.chats(limit: 9).first)
        #expect(NumberRange.time.bounds.contains(listed.usedAt))
    }

    // MARK: Newer versions

    private func addMigration(to file: String) throws {
        try change(file, "INSERT INTO grdb_migrations VALUES ('v999')")
    }

    @Test func aStateStoreOfANewerVersionIsRefusedAndStaysWhereItIs() throws {
        _ = try SQLiteStateStore.open(folder: directory.path, now: 1)
        try addMigration(to: SQLiteStateStore.fileName)
        let error = storeError { _ = try SQLiteStateStore.open(folder: directory.path, now: 2) }
        guard case .newer(directory.path(SQLiteStateStore.fileName), "v999", let known) = error else {
            Issue.record("\(error.map { "\($0)" } ?? "no error")")
            return
        }
        #expect(known.hasPrefix("11:"))
        for part in ["v999", known, "newer version"] { #expect(error?.description.contains(part) == true) }
    }

    @Test func aMirrorOfANewerVersionIsFetchedAgain() throws {
        _ = try SQLiteMirror.open(folder: directory.path, now: 1)
        try addMigration(to: SQLiteMirror.fileName)
        #expect(try SQLiteMirror.open(folder: directory.path, now: 2).setAside != nil)
        #expect(try SQLiteMirror.open(folder: directory.path, now: 3).setAside == nil)
    }
}
