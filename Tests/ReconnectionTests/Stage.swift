import Agents
import Client
import Journal
import Ledger
import Logging
import NIOCore
import NIOPosix
import Platform
import Server
import Sync
import Synchronization
import TestKit
import Transport
import Wire

/// A real server with a real folder to answer questions about, and what the tests do to it.
///
/// Everything is real: the daemon's own code, its disk, its sockets, the librarian, the clients. Only minutes are
/// moved, on the server's clock.
final class Stage: Sendable {
    let daemon: Daemon
    let token: String
    let endpoint: Endpoint
    let clock: MovableClock
    let folder: TemporaryDirectory
    let home: TemporaryDirectory
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    init(limits: Limits = Limits()) async throws {
        folder = try TemporaryDirectory()
        home = try TemporaryDirectory()
        clock = MovableClock()
        try Stage.fill(folder)
        var configuration = ServerConfiguration(
            addresses: [.host("127.0.0.1", port: 0)], dataDirectory: home.path("server"), limits: limits)
        configuration.folders.shared = [folder.path]
        // The tests reconnect faster than any person.
        configuration.connectionsPerPrincipal = 256
        let (token, record) = Tokens.make(for: Principal("customer"), lifetime: nil, now: clock.clock.now.timestamp)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        daemon = try await Daemon.start(
            configuration, agents: [Librarian(dataDirectory: home.path("index"), logger: logger)],
            clock: clock.clock, logger: logger)
        // As the operator does it: beside the running server.
        try SQLiteJournal(folder: configuration.dataDirectory).add(record, by: .never)
        self.token = token
        endpoint = Endpoint(address: .host("127.0.0.1", port: daemon.port ?? 0))
    }

    /// Ends the server. Called at the end of each test, for a deinit cannot wait.
    func close() async throws {
        await daemon.stop()
        try await group.shutdownGracefully()
    }

    /// A customer's device: a client with a disk of its own.
    func device(_ name: String = "device") throws -> Device { try Device(self, name) }

    private static func fill(_ folder: TemporaryDirectory) throws {
        try write(
            folder, "Backoff.swift",
            """
            /// How long to wait before the next attempt to connect. Full jitter, with the cap inside it.
            struct Backoff {
                var attempt = 0
                mutating func next() -> Int { attempt += 1; return min(8_000, 250 << attempt) }
            }
            """)
        try write(
            folder, "BackoffTests.swift",
            """
            /// The backoff grows and stays below its cap.
            func testBackoff() { var backoff = Backoff(); precondition(backoff.next() <= 8_000) }
            """)
        try write(folder, "README.md", "# Shop\n\nThe shop keeps its retry policy in Backoff.swift.\n")
    }

    private static func write(_ folder: TemporaryDirectory, _ name: String, _ text: String) throws {
        try WholeFile.replace(folder.path(name), with: text)
    }
}

/// A clock that goes on like the machine's, and can be moved ahead by minutes at once.
final class MovableClock: Sendable {
    private let ahead = Mutex(Duration.zero)
    /// One for the whole test: each begins to count the time served anew.
    private let system = Clock.system

    var clock: Clock {
        Clock { [system] in
            let now = system.now
            let ahead = self.ahead.withLock { $0 }
            return Moment(instant: now.instant + ahead, timestamp: now.timestamp + ahead.milliseconds)
        }
    }

    func advance(by duration: Duration) { ahead.withLock { $0 += duration } }
}

/// What a client holds: the copy on its disk, read again each time.
struct Snapshot: Equatable {
    var session: SessionID
    var entries: [Entry]
    var messages: [HistoryMessage]
    var state: SessionState

    var prompts: [HistoryMessage] { messages.filter { $0.role == .user } }
    var answers: [HistoryMessage] { messages.filter { $0.role == .assistant } }
}
