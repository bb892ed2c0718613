import Mirror
import Sync
import TestKit
import Testing
import Transport
import Wire

@testable import Client

/// Chats that begin as copies of others, and chats in which expired ones continue.
@Suite struct LinkedChatTests {
    private let folder: TemporaryDirectory
    private let stateStore: ClientStateStore

    init() throws {
        folder = try TemporaryDirectory("linked")
        stateStore = try ClientStateStore.open(folder: folder.path("state"), now: 1)
    }

    private func open(
        _ selection: ChatStore.Selection, at server: String = "private", in directory: String = "/a", now: Timestamp
    ) throws -> ChatStore {
        try ChatStore.open(
            selection, server: server, directory: directory, stateStore: stateStore, agent: nil, now: now)
    }

    private func ask(_ text: String, in store: ChatStore) throws {
        try store.stateStore.queue(
            OutboxItem(id: ClientMessageID("m-\(text.count)"), content: [.text(text)], createdAt: 1), of: store.key)
    }

    @Test func aForkHasTheFolderTheAgentAndTheTitleOfItsSource() throws {
        let first = try ChatStore.open(
            .new, server: "private", directory: "/elsewhere", stateStore: stateStore, agent: "claude", now: 10)
        try ask("what is a cart?", in: first)
        #expect(throws: ClientError.self, "there is no session to copy yet") {
            try open(.fork(of: .named(first.key)), now: 11)
        }
        try first.stateStore.adopt("s", for: first.key)
        let fork = try open(.fork(of: .named("s")), now: 12)
        #expect(fork.key != first.key && fork.session == nil && fork.chat.forkOf == "s")
        #expect(fork.directory == "/elsewhere" && fork.agent == "claude")
        #expect(fork.chat.title == "what is a cart? (fork)" && !fork.isEmpty)
        // It is there when it is opened again, and goes on once it has its session.
        #expect(try open(.named(fork.key), now: 13).chat.forkOf == "s")
        try fork.stateStore.adopt("f", for: fork.key)
        #expect(try open(.fork(of: .named("f"), title: "other"), now: 14).chat.title == "other")
        #expect(try open(.fork(of: .named("f")), now: 15).chat.title == "what is a cart? (fork)", "said once")
    }

    @Test func thereIsNothingToForkInAnEmptyFolder() throws {
        #expect(throws: ClientError.self) { try open(.fork(of: .last), now: 10) }
        #expect(try open(.lastOfScreen, now: 11).chat.forkOf == nil)
    }

    @Test func anExpiredChatLeadsToWhereItContinuesAndBack() throws {
        let chat = try open(.new, now: 10)
        try ask("first", in: chat)
        try chat.stateStore.adopt("a", for: chat.key)
        #expect(try open(.named("a"), now: 11).previous() == nil)
        try chat.stateStore.adopt("b", for: chat.key)
        let expired = try open(.named("a"), now: 12)
        #expect(expired.isExpired)
        let next = try #require(try expired.next())
        #expect(next.key == chat.key && next.session == "b", "also while nothing was asked there")
        let present = try open(.named("b"), now: 13)
        #expect(try present.next() == nil && !present.isExpired)
        #expect(try present.previous()?.title == "first")
        // That expires in its turn: each leads to the one behind it.
        try chat.stateStore.adopt("c", for: chat.key)
        #expect(try open(.named("a"), now: 14).next()?.session == "b")
        #expect(try open(.named("b"), now: 15).next()?.session == "c")
        #expect(try open(.named("c"), now: 16).previous()?.session == "b")
    }

    @Test func chatsOfOtherServersAreFoundByTheirKey() throws {
        let here = try open(.new, now: 10)
        let there = try open(.new, at: "wss://elsewhere.example", in: "/b", now: 11)
        try ask("over there", in: there)
        #expect(try here.server(ofChat: there.key) == "wss://elsewhere.example")
        #expect(try here.server(ofChat: "nothing") == nil)
        #expect(try here.other(there.key)?.directory == "/b")
        let cache = TokenCache(folder: folder.path("state"))
        let endpoint = try Endpoint(parsing: "wss://elsewhere.example")
        #expect(try TokenSource(environment: nil, command: nil, cache: cache).isMissing(for: endpoint))
        #expect(try !TokenSource(environment: nil, command: "x", cache: cache).isMissing(for: endpoint))
        #expect(try !TokenSource(environment: "t", command: nil, cache: cache).isMissing(for: endpoint))
    }
}
