import Client
import Mirror
import NIOPosix
import Platform
import Sync
import Synchronization
import TestKit
import Testing
import Wire

/// Looking for the private server may take seconds; what the user says meanwhile does not wait behind it.
@Suite(.timeLimit(.minutes(1))) struct BlockedServerTests {
    @Test func promptsAndDraftsReachTheDiskWhileTheServerIsLookedFor() async throws {
        let home = try TemporaryDirectory("home")
        let folders = try Folders(environment: ["HOME": home.path])
        try Folders.make(folders.state)
        try Folders.make(folders.state + "/server")
        // Somebody holds the server's lock and never listens.
        let lock = try #require(
            try FileLock.take(folders.state + "/server/\(ServerNote.fileName)", waiting: 0))
        let server = try PrivateServer(folders: folders, program: "/nonexistent", expire: "30d")
        let stateStore = try ClientStateStore.open(folder: folders.state, now: 1)
        let configuration = ChatClient.Configuration(
            endpoint: server.endpoint, privateServer: server, clientID: try stateStore.clientID(instance: 0, now: 1),
            seed: 7)
        let store = try ChatStore.open(
            .last, server: configuration.server, directory: home.path, stateStore: stateStore, now: 1)
        let failures = Mutex(0)
        let client = try ChatClient(store, configuration, on: MultiThreadedEventLoopGroup.singleton.next()) { event in
            if case .status(let status) = event, status.lastFailure != nil { failures.withLock { $0 += 1 } }
        }
        await client.start()
        let id = try await client.send("precious words")
        #expect(failures.withLock { $0 } == 0, "the look for the server has not come to its end")
        client.post(.saveDraft("half a sentence"))
        await client.quit()
        #expect(failures.withLock { $0 } == 0, "leaving does not wait for it either")
        let kept = try store.stateStore.outbox(of: store.chat.key)
        #expect(kept.map(\.id) == [id])
        let again = try ChatStore.open(
            .last, server: configuration.server, directory: home.path, stateStore: stateStore, now: 2)
        #expect(again.chat.draft == "half a sentence")
        withExtendedLifetime(lock) {}
    }
}
