import Agents
import Client
import FaultProxy
import Mirror
import NIOCore
import NIOPosix
import Server
import ServerKit
import Sync
import Synchronization
import TestKit
import Transport
import Wire

/// A chat that runs, and what it has told its front end.
final class TestChat: Sendable {
    let client: ChatClient
    let store: ChatStore
    /// The folder lives as long as the chat.
    private let folder: TemporaryDirectory
    private let told: Told

    private final class Told: Sendable {
        let events = Mutex<[ClientEvent]>([])
    }

    private init(client: ChatClient, store: ChatStore, folder: TemporaryDirectory, told: Told) {
        self.client = client
        self.store = store
        self.folder = folder
        self.told = told
    }

    /// Opens a chat and begins to connect.
    ///
    /// - Parameters:
    ///   - folder: Where the client keeps things.
    ///   - command: What prints the token, when none is given.
    ///   - server: The name under which it keeps them; the endpoint's own when `nil`.
    static func start(
        at endpoint: Endpoint, in folder: TemporaryDirectory, token: String? = nil, command: String? = nil,
        server: String? = nil, selection: ChatStore.Selection = .last
    ) async throws -> TestChat {
        let store = try ChatStore.open(
            selection, server: server ?? "test", directory: "/usr",
            stateStore: try ClientStateStore.open(folder: folder.path, now: 1), now: 1)
        let told = Told()
        let client = try ChatClient(
            store, configuration(endpoint, token: token, command: command, folder: folder),
            on: MultiThreadedEventLoopGroup.singleton.next()
        ) { event in told.events.withLock { $0.append(event) } }
        await client.start()
        return TestChat(client: client, store: store, folder: folder, told: told)
    }

    /// What a chat is run with.
    static func configuration(
        _ endpoint: Endpoint, token: String? = nil, command: String? = nil, folder: TemporaryDirectory
    ) throws -> ChatClient.Configuration {
        let tokens = TokenSource(environment: token, command: command, cache: TokenCache(folder: folder.path))
        return ChatClient.Configuration(
            endpoint: endpoint, tokens: tokens,
            clientID: try ClientStateStore.open(folder: folder.path, now: 1).clientID(instance: 0, now: 1), seed: 7)
    }

    /// Everything that was told, in order.
    var events: [ClientEvent] { told.events.withLock { $0 } }

    /// The same, for whoever does not keep the chat.
    var tellings: @Sendable () -> [ClientEvent] {
        let told = told
        return { told.events.withLock { $0 } }
    }

    /// What is said of the connection.
    var status: ConnectionStatus? {
        events.reversed().lazy.compactMap { if case .status(let status) = $0 { status } else { nil } }.first
    }

    /// Whether the chat is current.
    var isLive: Bool { status?.state == .live }

    /// Why it stopped.
    var stopped: StopCause? {
        events.lazy.compactMap { if case .stopped(let cause) = $0 { cause } else { nil } }.first
    }

    /// What waits.
    var outbox: [OutboxItem] {
        events.reversed().lazy.compactMap { if case .outbox(let items) = $0 { items } else { nil } }.first ?? []
    }

    /// What the user was told.
    var notices: [String] { events.compactMap { if case .notice(let text) = $0 { text } else { nil } } }

    /// The copy of the session as it lies on the disk.
    func mirror() async throws -> [Entry] {
        guard let session = await client.session else { return [] }
        return try store.mirror.page(of: session, at: store.chat.server, limit: 100_000).entries
    }

    /// How the turns of the copy ended, in order.
    var endings: [TurnOutcome] {
        get async {
            let entries = (try? await mirror()) ?? []
            return entries.compactMap { if case .event(.turnEnd(_, let outcome)) = $0.body { outcome } else { nil } }
        }
    }

    /// Whether the newest thing in the copy is the end of a turn.
    var hasEnded: Bool {
        get async {
            guard case .event(.turnEnd)? = try? await mirror().last?.body else { return false }
            return true
        }
    }

    /// Whether the copy and the server's journal say the same, entry by entry.
    func mirrors(_ server: TestServer) async throws -> Bool {
        guard let session = await client.session else { return false }
        return try await Entry.coalesced(mirror()) == Entry.coalesced(server.journal(of: session))
    }
}

extension FaultProxy {
    /// A proxy in front of a server.
    static func start(before server: TestServer, plan: FaultPlan = FaultPlan()) async throws -> FaultProxy {
        try await start(upstream: .tcp(host: "127.0.0.1", port: server.daemon.port ?? 0), plan: plan)
    }

    /// Where clients connect.
    var endpoint: Endpoint { Endpoint(address: .host("127.0.0.1", port: port)) }
}

/// Agents and their entries that several tests use.
enum Script {
    /// An agent that plans, uses a tool, thinks, remembers and answers, always in the same entries.
    static let worker = FixedAgent { turn in
        guard !turn.text.hasPrefix("fail") else { throw Broken() }
        var commits: [[Entry.Body]] = [
            [
                .update(
                    .plan([
                        PlanEntry(content: "Look", status: .inProgress), PlanEntry(content: "Say", status: .pending),
                    ]))
            ],
            [.update(.toolCall(call(.inProgress)))], [.update(.toolCallUpdate(call(.completed)))],
            [.update(.agentThought(ContentChunk(messageID: "t", content: .text("Hmm, "))))],
            [.update(.agentThought(ContentChunk(messageID: "t", content: .text("yes."))))],
            [.event(.memory(key: "last", value: .string(turn.text)))],
        ]
        for word in ["You ", "said: ", turn.text, " – ünïcödé", " and done."] {
            commits.append([.update(.agentMessage(ContentChunk(messageID: "a", content: .text(word))))])
        }
        return commits
    }

    /// How ``worker`` answers.
    static func answer(to prompt: String) -> String { "You said: \(prompt) – ünïcödé and done." }

    struct Broken: TurnError { let sentence = "the tool is broken" }

    private static func call(_ status: ToolCall.Status) -> ToolCall {
        ToolCall(id: "c", title: "Read a file", kind: .read, status: status)
    }
}
