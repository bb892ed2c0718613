import Foundation
import Mirror
import NIOPosix
import Server
import ServerKit
import Sync
import TestKit
import Testing
import Transport
import Wire

@testable import Client

/// What survives on this machine's disk, and what is fetched again.
@Suite struct StoreTests {
    /// An address that nobody listens on.
    private let nowhere = Endpoint(address: .unix(path: "/nonexistent/socket"))

    /// A chat with one answered prompt, and nothing of it open any more.
    private func chatted(_ server: TestServer, _ folder: TemporaryDirectory) async throws {
        let chat = try await TestChat.start(at: server.local, in: folder)
        try await chat.client.send("hello")
        #expect(await eventually { await chat.hasEnded })
        await chat.client.quit()
    }

    /// A screen goes through many chats, and each has threads.
    @Test func aChatThatHasEndedHasNoThreads() async throws {
        let chat = try await TestChat.start(at: nowhere, in: try TemporaryDirectory("chat"))
        chat.client.post(.saveDraft("half a thou"))
        chat.client.post(.end)
        #expect(await eventually { chat.events.contains(.ended) })
        let disk = await chat.client.disk
        let isShutDown = await eventually {
            await withCheckedContinuation { done in
                disk.submit { state in done.resume(returning: state == .cancelled) }
            }
        }
        #expect(isShutDown)
        #expect(try chat.store.stateStore.listedChat(chat.store.key)?.chat.draft == "half a thou")
    }

    @Test func aUserIsNewForAWeek() throws {
        let folder = try TemporaryDirectory("chat")
        let stateStore = try ClientStateStore.open(folder: folder.path("state"), now: 1)
        let week: Timestamp = 7 * 86_400_000
        let begun: Timestamp = 1_795_368_600_000
        for now in [begun, begun + week] {
            let store = try ChatStore.open(
                .new, server: "server", directory: "/", stateStore: stateStore, now: now)
            #expect(store.isNewUser(now: begun + week - 1))
            #expect(!store.isNewUser(now: begun + week))
        }
    }

    @Test func aPromptThatWasWrittenOfflineGoesOutOnceFromTheNextRun() async throws {
        try await withServer([Script.worker]) { server in
            let folder = try TemporaryDirectory("chat")
            let offline = try await TestChat.start(at: nowhere, in: folder)
            let id = try await offline.client.send("written on a train")
            offline.client.post(.saveDraft("half a thou"))
            #expect(await eventually { offline.status?.lastFailure != nil })
            await offline.client.quit()

            let chat = try await TestChat.start(at: server.local, in: folder)
            #expect(chat.store.chat.draft == "half a thou")
            #expect(await eventually { await chat.hasEnded })
            let mirror = try await chat.mirror()
            #expect(mirror.count { $0.clientMessageID == id } == 1)
            #expect(try await chat.mirrors(server))
            #expect(try chat.store.stateStore.outbox(of: chat.store.chat.key).isEmpty)
            await chat.client.quit()
        }
    }

    /// What was cancelled before it had gone out is not asked by the next run; what had gone out is stopped.
    @Test func aPromptIsCancelledWhereverItIs() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let folder = try TemporaryDirectory("chat")
            let offline = try await TestChat.start(at: nowhere, in: folder)
            let id = try await offline.client.send("never mind")
            #expect(await offline.client.cancel(id))
            #expect(offline.outbox.isEmpty)
            await offline.client.quit()

            let chat = try await TestChat.start(at: server.local, in: folder)
            #expect(try chat.store.stateStore.outbox(of: chat.store.chat.key).isEmpty)
            #expect(await eventually { chat.isLive })
            // It may be cancelled at any moment between its going out and the beginning of its turn.
            for number in 1...20 {
                let next = try await chat.client.send("stop \(number)")
                #expect(await !chat.client.cancel(next))
                #expect(await eventually { await chat.endings.count == number }, "\(number) is not stopped")
            }
            #expect(await chat.endings.allSatisfy { $0 == .stopped(.cancelled) })
            await chat.client.quit()
        }
    }

    @Test func theNextRunShowsWhatWasThereBeforeAnybodyAnswers() async throws {
        try await withServer([Script.worker]) { server in
            let folder = try TemporaryDirectory("chat")
            try await chatted(server, folder)
            let chat = try await TestChat.start(at: nowhere, in: folder)
            #expect(
                HistoryMessage.messages(in: chat.store.firstPage.entries).map(\.content).last
                    == [.text(Script.answer(to: "hello"))])
            #expect(chat.store.firstPage.facts.turn?.isRunning == false)
            await chat.client.quit()
        }
    }

    @Test(arguments: [0, 4_096])
    func aDamagedMirrorIsSetAsideAndFetchedAgainWithANotice(offset: UInt64) async throws {
        try await withServer([Script.worker]) { server in
            let folder = try TemporaryDirectory("chat")
            try await chatted(server, folder)
            try damage(folder, at: offset)
            let chat = try await TestChat.start(at: server.local, in: folder)
            #expect(await eventually { chat.isLive || !chat.notices.isEmpty })
            #expect(await eventually { chat.notices.contains { $0.contains("damaged") } })
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(files.contains { $0.hasPrefix(SQLiteMirror.fileName + ".damaged-") }, "set aside, never deleted")
            await chat.client.quit()
            let next = try await TestChat.start(at: server.local, in: folder)
            #expect(await eventually { next.isLive })
            #expect(try await next.mirrors(server))
            #expect(HistoryMessage.messages(in: try await next.mirror()).count == 2)
            await next.client.quit()
        }
    }

    /// Overwrites a page of the mirror.
    private func damage(_ folder: TemporaryDirectory, at offset: UInt64) throws {
        let path = folder.path(SQLiteMirror.fileName)
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        try file.seek(toOffset: offset)
        try file.write(contentsOf: Data(repeating: 0xA5, count: 4_096))
        try file.close()
    }

    @Test func anExpiredChatGoesOnInACleanOneAndTheOldOneStays() async throws {
        let clock = TestClock()
        try await withServer([Script.worker], clock: clock) { server in
            let folder = try TemporaryDirectory("chat")
            try await chatted(server, folder)
            clock.advance(by: .seconds(301))
            let chat = try await TestChat.start(at: server.local, in: folder)
            #expect(await eventually { chat.isLive })
            let old = try #require(chat.store.chat.session)
            let new = try #require(await chat.client.session)
            #expect(new != old)
            #expect(
                chat.events.contains { if case .expired(let expiry) = $0 { expiry.successorID == new } else { false } })
            try await chat.client.send("anew")
            #expect(await eventually { await chat.hasEnded })
            #expect(HistoryMessage.messages(in: try chat.store.page(of: old).entries).count == 2)
            await chat.client.quit()
        }
    }
}
