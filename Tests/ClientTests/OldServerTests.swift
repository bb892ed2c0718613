import Client
import Glibc
import NIOPosix
import Sync
import Synchronization
import TestKit
import Testing
import Wire

/// A private server of another version, as the real program: an upgrade replaces it, once, and no chat notices.
@Suite(.timeLimit(.minutes(1))) struct OldServerTests {
    private final class Told: Sendable {
        let events = Mutex<[ClientEvent]>([])
        private var status: ConnectionStatus? {
            events.withLock { $0 }.reversed().lazy.compactMap { event in
                if case .status(let status) = event { status } else { nil }
            }.first
        }
        var isLive: Bool { status?.state == .live }
        /// Whether a ping was answered.
        var hasRoundTrip: Bool { status?.roundTrip != nil }
        /// What was said of servers that are replaced, now or later.
        var replacements: [String] {
            events.withLock { $0 }.compactMap { event in
                if case .notice(let text) = event, text.contains("replace") { text } else { nil }
            }
        }
    }

    /// A chat of a program of that version, at the private server of the folder.
    private func chat(
        _ home: TemporaryDirectory, version: String
    ) throws -> (client: ChatClient, server: PrivateServer, told: Told) {
        let folders = try Folders(environment: ["HOME": home.path])
        try Folders.make(folders.state)
        let server = try PrivateServer(
            folders: folders, program: PrivateServer.findProgram(environment: [:]), expire: "30d")
        let stateStore = try ClientStateStore.open(folder: folders.state, now: 1)
        var configuration = ChatClient.Configuration(
            endpoint: server.endpoint, privateServer: server, clientID: try stateStore.clientID(instance: 0, now: 1),
            seed: 7)
        configuration.client.version = version
        let store = try ChatStore.open(
            .last, server: configuration.server, directory: home.path, stateStore: stateStore, now: 1)
        let told = Told()
        let client = try ChatClient(store, configuration, on: MultiThreadedEventLoopGroup.singleton.next()) { event in
            told.events.withLock { $0.append(event) }
        }
        return (client, server, told)
    }

    private func process(_ home: TemporaryDirectory) -> Int32? {
        let note = home.path(".local/state/belay/server/\(ServerNote.fileName)")
        guard let file = fopen(note, "r") else { return nil }
        defer { fclose(file) }
        var bytes = [CChar](repeating: 0, count: 4_096)
        guard fgets(&bytes, 4_096, file) != nil else { return nil }
        let text = String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return ServerNote(text)?.process
    }

    @Test func itIsReplacedOnceAndTheChatGoesOn() async throws {
        let home = try TemporaryDirectory("home")
        let own = try chat(home, version: ClientVersion.current)
        await own.client.start()
        #expect(await eventually { own.told.isLive })
        let first = try #require(process(home))
        await own.client.quit()

        let newer = try chat(home, version: "99.0.0")
        let id = try await newer.client.send("hello")
        await newer.client.start()
        #expect(await eventually { newer.told.isLive && self.process(home) != first })
        let second = try #require(process(home))
        defer { kill(second, SIGKILL) }
        #expect(kill(first, 0) != 0 || waitpid(first, nil, WNOHANG) == first, "the old one has ended")
        #expect(
            await eventually {
                newer.told.events.withLock { $0 }.contains { event in
                    guard case .entries(let entries) = event else { return false }
                    return entries.contains { $0.clientMessageID == id }
                }
            }, "what was asked went to the new one")
        // The one that is started is of the old version as well; it is not replaced again. That is decided when a
        // server says its version, and with the answer to a ping.
        #expect(await eventually { newer.told.hasRoundTrip })
        #expect(newer.told.replacements.count == 1, "\(newer.told.replacements)")
        #expect(process(home) == second && newer.told.isLive)
        await newer.client.quit()
    }
}
