public import Agents
import Journal
import JournalKit
public import Ledger
public import Logging
public import Server
public import TestKit
public import Transport
public import Wire

/// A real server on a free port of the loopback interface and on a Unix socket, with its data in a temporary folder.
public struct TestServer: Sendable {
    /// The server.
    public let daemon: Daemon
    /// Where it listens for clients with tokens.
    public let endpoint: Endpoint
    /// Where it listens for programs of this user.
    public let local: Endpoint
    /// Where its data is.
    public let folder: TemporaryDirectory
    /// Its clock.
    public let clock: TestClock

    /// Starts a server.
    ///
    /// - Parameters:
    ///   - agents: Its back ends, the first the default.
    ///   - folder: The data of an earlier server, to go on with.
    ///   - clock: The clock of an earlier server.
    ///   - store: What is put between the server and its disk.
    ///   - change: Changes the configuration.
    public static func start(
        _ agents: [any Agent], in folder: TemporaryDirectory? = nil, clock: TestClock = TestClock(),
        store: (any JournalStore & TokenStore)? = nil, change: (inout ServerConfiguration) -> Void = { _ in }
    ) async throws -> TestServer {
        let folder = try folder ?? TemporaryDirectory("belayd")
        let socket = folder.path("socket")
        var configuration = ServerConfiguration(
            addresses: [.host("127.0.0.1", port: 0), .unix(path: socket)], dataDirectory: folder.path)
        // What every machine has, and no test writes to: the folders of the tests' sessions are in it.
        configuration.folders.shared = ["/usr"]
        change(&configuration)
        let daemon = try await Daemon.start(
            configuration, agents: agents, clock: clock.clock, store: store, logger: Logger.quiet)
        return TestServer(
            daemon: daemon, endpoint: Endpoint(address: .host("127.0.0.1", port: daemon.port ?? 0)),
            local: Endpoint(address: .unix(path: socket)), folder: folder, clock: clock)
    }

    /// Ends it in order.
    public func stop() async { await daemon.stop() }

    /// Makes a token beside the running server, as `belayd token create` does.
    public func token(
        for user: String, lifetime: Duration? = nil
    ) throws -> (text: String, id: String) {
        let (token, record) = Tokens.make(for: Principal(user), lifetime: lifetime, now: clock.timestamp)
        try SQLiteJournal(folder: folder.path).add(record)
        return (token, record.id)
    }

    /// Revokes a token beside the running server, as `belayd token revoke` does.
    public func revoke(_ id: String) throws -> Bool {
        try SQLiteJournal(folder: folder.path).revoke(id, at: clock.timestamp)
    }

    /// The incarnation of a session's journal.
    public func epoch(of session: SessionID) throws -> Epoch? {
        try SQLiteJournal(folder: folder.path).load(session, of: nil)?.record.epoch
    }

    /// A session's journal as it lies on the disk.
    public func journal(of session: SessionID) throws -> [Entry] {
        try SQLiteJournal(folder: folder.path).entries(of: session, EntryPage(after: 0, through: .max, limit: .max))
            .map { try $0.decoded() }
    }
}

/// Starts a server for as long as the body runs.
public func withServer<Result>(
    _ agents: [any Agent], clock: TestClock = TestClock(), store: (any JournalStore & TokenStore)? = nil,
    change: (inout ServerConfiguration) -> Void = { _ in }, body: (TestServer) async throws -> Result
) async throws -> Result {
    let server = try await TestServer.start(agents, clock: clock, store: store, change: change)
    do {
        let result = try await body(server)
        await server.stop()
        return result
    } catch {
        await server.stop()
        throw error
    }
}

extension Logger {
    /// A logger that keeps what is said to itself.
    public static var quiet: Logger { Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }) }
}
