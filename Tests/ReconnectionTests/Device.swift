import Client
import Mirror
import NIOCore
import NIOPosix
import Server
import Sync
import Synchronization
import TestKit
import Transport
import Wire

/// A client with a disk of its own, which the tests connect, disconnect and ask.
final class Device: Sendable {
    struct Observed {
        var status: ConnectionStatus?
        var expiry: Expiry?
        var failures: [String] = []
    }

    private let stage: Stage
    private let folder: String
    private let observed = Mutex(Observed())
    private let running = Mutex<ChatClient?>(nil)

    init(_ stage: Stage, _ name: String) throws {
        self.stage = stage
        folder = stage.home.path(name)
    }

    private func open(_ selection: ChatStore.Selection = .last) throws -> ChatStore {
        try ChatStore.open(
            selection, server: stage.endpoint.description, directory: stage.folder.path,
            stateStore: try ClientStateStore.open(folder: folder, now: ClientClock.wall), now: ClientClock.wall)
    }

    /// Connects, and waits until everything that was missed is held.
    ///
    /// - Returns: How long that took, from the first step to the copy being current.
    @discardableResult
    func connect(from address: String? = nil, headers: [(String, String)] = []) async throws -> Duration {
        let begin = ClientClock.now
        let store = try open()
        var configuration = ChatClient.Configuration(
            endpoint: stage.endpoint,
            tokens: TokenSource(environment: stage.token, command: nil, cache: TokenCache(folder: folder)),
            clientID: try ClientStateStore.open(folder: folder, now: ClientClock.wall).clientID(
                instance: 0, now: ClientClock.wall), seed: 1)
        configuration.localAddress = address
        configuration.headers = headers
        observed.withLock { $0 = Observed() }
        let client = try ChatClient(store, configuration, on: stage.group.next()) { event in self.observe(event) }
        running.withLock { $0 = client }
        client.post(.begin)
        try await until("current") { self.observed.withLock { $0.status?.state == .live } }
        return ClientClock.now - begin
    }

    private func observe(_ event: ClientEvent) {
        observed.withLock { observed in
            switch event {
            case .status(let status): observed.status = status
            case .expired(let expiry): observed.expiry = expiry
            case .stopped(let cause) where cause != .quit: observed.failures.append(cause.message)
            default: break
            }
        }
    }

    /// Connects to the session of another device, with nothing on disk, and waits until as much is held.
    @discardableResult
    func follow(_ original: Snapshot) async throws -> Duration {
        let begin = ClientClock.now
        let session = original.session
        _ = try open(.named(session.rawValue))
        try await connect()
        // The newest entries come first; the history is complete when there is no gap before them.
        try await until("caught up") {
            let held = try self.snapshot()
            return held.state.seq >= original.state.seq && held.entries.first?.from == 1
        }
        return ClientClock.now - begin
    }

    /// Drops the connection and ends the client.
    func drop() async {
        let client = running.withLock { running in
            defer { running = nil }
            return running
        }
        await client?.quit()
    }

    /// What the server was told to have expired, if it said so.
    var expiry: Expiry? { observed.withLock { $0.expiry } }

    /// Refusals and other reasons to stop.
    var failures: [String] { observed.withLock { $0.failures } }

    /// Sends a prompt without waiting for anything.
    func send(_ text: String) async throws {
        guard let client = running.withLock({ $0 }) else { throw TestFailure("not connected") }
        try await client.send(text)
    }

    /// Sends a prompt and waits until its turn has ended in this device's copy.
    func ask(_ text: String) async throws {
        let turns = try snapshot().turnsEnded
        try await send(text)
        try await until("answered") { try self.snapshot().turnsEnded == turns + 1 }
    }

    /// The session that the chat is.
    func session() throws -> SessionID? { try open().chat.session }

    /// What the disk holds of a session that the chat was.
    func archived(_ session: SessionID?) throws -> Snapshot? {
        guard let session else { return nil }
        let page = try open().page(of: session, limit: 100_000, bytes: .max)
        return Snapshot(
            session: session, entries: page.entries, messages: HistoryMessage.messages(in: page.entries),
            state: SessionState(folding: page.entries))
    }

    /// What the disk holds now.
    func snapshot() throws -> Snapshot {
        let store = try open()
        let page = try store.page(limit: 100_000, bytes: .max)
        return Snapshot(
            session: store.chat.session ?? "none", entries: page.entries,
            messages: HistoryMessage.messages(in: page.entries),
            state: SessionState(folding: page.entries))
    }

    func until(_ what: String, _ condition: @escaping @Sendable () throws -> Bool) async throws {
        let isMet = await eventually { (try? condition()) ?? false }
        guard isMet else { throw TestFailure("not \(what) in time; failures: \(failures)") }
    }
}

extension Snapshot {
    /// How many turns have ended.
    var turnsEnded: Int {
        entries.count { entry in
            if case .event(.turnEnd) = entry.body { true } else { false }
        }
    }
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
