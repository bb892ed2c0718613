import Foundation
import Mirror
import Platform
import Sync
import TestKit
import Testing
import Wire

@testable import Client

/// Which chat a start continues, as folders are moved, swapped, deleted and made again.
@Suite(
    .enabled(
        if: (try? TemporaryDirectory("birth")).flatMap { FolderIdentity(at: $0.path) } != nil,
        "the file system keeps no birth times"))
struct ChatFinderTests {
    private let folder: TemporaryDirectory
    private let stateStore: ClientStateStore
    private var time = ClientClock.wall

    init() throws {
        folder = try TemporaryDirectory("finder")
        stateStore = try ClientStateStore.open(folder: folder.path("state"), now: 1)
        for name in ["a", "b"] { try make(name) }
    }

    private func make(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: false)
    }

    private func move(_ name: String, _ other: String) throws {
        try FileManager.default.moveItem(atPath: folder.path(name), toPath: folder.path(other))
    }

    /// Starts in a folder, and asks something if given.
    private mutating func start(
        _ name: String, _ selection: ChatStore.Selection = .lastOfScreen, ask: String? = nil
    ) throws -> ChatStore {
        time += 1
        let store = try ChatStore.open(
            selection, server: PrivateServer.name, directory: folder.path(name), stateStore: stateStore,
            identity: FolderIdentity(at: folder.path(name))?.description, now: time)
        if let ask {
            let item = OutboxItem(id: ClientMessageID("\(time)"), content: [.text(ask)], createdAt: time)
            try store.stateStore.queue(item, of: store.key)
        }
        return store
    }

    private func places() throws -> [String: ChatList.Item.Place] {
        let items = try ChatList.read(folder: folder.path("state"))
        return Dictionary(uniqueKeysWithValues: items.map { ($0.title ?? "", $0.place) })
    }

    @Test mutating func anEmptyChatIsTheLastOneOnlyWithoutAnother() throws {
        let asked = try start("a", ask: "one")
        _ = try start("a", .new)
        #expect(try start("a").key == asked.key)
        let empty = try start("b")
        #expect(try start("b").key == empty.key, "an empty chat is used again")
    }

    @Test mutating func aMovedFolderIsOfferedUntilItsChatIsOpenedOrSomethingIsAsked() throws {
        let old = try start("a", ask: "one")
        try move("a", "c")
        for _ in 0..<3 { #expect(try start("c").notices.contains { $0.contains("has chats under that name") }) }
        #expect(try start("c", .named(old.key)).key == old.key)
        #expect(try start("c").notices.isEmpty)

        _ = try start("b", ask: "two")
        try move("b", "d")
        #expect(try start("d", ask: "three").notices.count == 1)
        #expect(try start("d").notices.isEmpty)
    }

    @Test mutating func aFolderMadeAnewIsNotTheDeletedOne() throws {
        _ = try start("a", ask: "one")
        for round in 0..<20 {
            let name = "new\(round)"
            try FileManager.default.removeItem(atPath: folder.path(round == 0 ? "a" : "new\(round - 1)"))
            try make(name)
            #expect(try start(name).notices.isEmpty, "\(name) may have the inode number of a deleted folder")
        }
        #expect(try places()["one"] == .gone)
        // Made again at its path, as by a new checkout, it goes on with its chat.
        try make("a")
        #expect(try places()["one"] == .replaced)
        #expect(try start("a").listed()?.title == "one")
    }

    @Test mutating func swappedFoldersDoNotSwapChats() throws {
        let (first, second) = (try start("a", ask: "one"), try start("b", ask: "two"))
        try move("a", "x")
        try move("b", "a")
        try move("x", "b")
        #expect(try places() == ["one": .moved, "two": .moved])
        let here = try start("a")
        #expect(here.key != first.key && here.key != second.key)
        #expect(here.notices.contains { $0.contains("“two”") }, "\(here.notices)")
    }

    @Test mutating func anotherPathOfTheFolderIsTheFolder() throws {
        let chat = try start("a", ask: "one")
        try FileManager.default.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: "a")
        let found = try start("link")
        #expect(found.key == chat.key && found.notices.isEmpty)
        #expect(try places() == ["one": .here])
    }

    @Test mutating func aUniquePrefixIsEnoughAndAnAmbiguousOneIsNot() throws {
        let one = try start("a", ask: "one")
        try one.stateStore.adopt("abcd-1", for: one.key)
        let two = try start("b", ask: "two")
        try two.stateStore.adopt("abcd-2", for: two.key)
        #expect(try start("a", .named("abcd-1")).key == one.key)
        #expect(try start("a", .named(String(two.key.prefix(35)))).key == two.key)
        try one.stateStore.adopt("wxyz-1", for: one.key)
        #expect(try start("a", .named("wxyz")).key == one.key)
        #expect(throws: ClientError.self) { _ = try start("a", .named("abcd")) }
        #expect(try start("a", .named("wxy")).session == "wxy", "too short to be a prefix")
    }

    @Test mutating func aSessionThatNeverExistedLeavesNothing() throws {
        let chat = try start("a", .named("nonsense"), ask: "one")
        #expect(try chat.forget() == ["one"])
        #expect(try places().isEmpty)
        #expect(try chat.stateStore.outbox(of: chat.key).isEmpty)
        // What exists here is kept, whatever a server says.
        let own = try start("a", ask: "two")
        try own.stateStore.adopt("s", for: own.key)
        #expect(try start("a", .named("s")).forget() == nil)
        #expect(try places().count == 1)
    }

    @Test mutating func anExpiredChatIsListedAndReadAndNeverTheLast() throws {
        let old = try start("a", ask: "one")
        try old.stateStore.adopt("s", for: old.key)
        try old.stateStore.adopt("t", for: old.key)
        let read = try start("a", .named("s"))
        #expect(read.isExpired && read.session == "s")
        #expect(try read.listed()?.isExpired == true)
        let last = try start("a")
        #expect(last.session == "t" && !last.isExpired)
    }
}
