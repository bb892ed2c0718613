import Foundation
import Journal
import Ledger
import Mirror
import ProgramKit
import TestKit
import Testing
import Wire

/// `belayd` and a `belay` in a terminal, on two machines with a network between them, and a turn that lasts for as long
/// as the test wants.
final class Stage: Sendable {
    static let question = "How does the retry policy choose its delay?"
    /// What the status says of a connection that is current.
    static let live = "● live"

    let network: Network
    let screen: Screen
    let client: pid_t
    private let server: Server
    private let serverHome: Home
    private let user: Home
    private let token: String
    private let gate: String
    private var data: String { serverHome.directory.path("data") }
    private var port: Int { Int(server.address.split(separator: ":").last ?? "") ?? 0 }

    /// Sets everything up; the client is current then, and a turn has got as far as its answer if one is wanted.
    init(hasTurn: Bool) async throws {
        network = try Network()
        let holder = try TemporaryDirectory("gate")
        gate = holder.path("gate")
        self.holder = holder
        if hasTurn { _ = FileManager.default.createFile(atPath: gate, contents: nil) }
        serverHome = try Home(["BELAY_FAILPOINT": "librarian.step5.chunk=hold:\(gate)"])
        let data = serverHome.directory.path("data")
        let made = try await serverHome.run("belayd", ["token", "create", "--user", "u", "--data", data])
        token = made.output.trimmingCharacters(in: .newlines)
        user = try Home(["BELAY_TOKEN": token])
        server = try await Server(
            serverHome,
            [
                "serve", "--listen", "\(Network.serverAddress):0", "--insecure", "--data", data, "--root", user.shop,
            ],
            prefix: Network.inside(network.server))
        screen = try Screen(
            user, columns: 119, rows: 200, arguments: ["--server", server.url, "--insecure"],
            prefix: Network.inside(network.client))
        let screen = screen
        #expect(await screen.shows(Stage.live), "\(screen.text)")
        client = try #require(screen.process)
        guard hasTurn else { return }
        try screen.type(Stage.question)
        try screen.press("Enter")
        #expect(await screen.shows("Plan 4/5"), "\(screen.text)")
    }

    private let holder: TemporaryDirectory

    // MARK: What is measured

    /// The client's attempts and connections to the server.
    private var attempts: [TCPTable.Row] {
        TCPTable.rows(of: client).filter {
            $0.remotePort == port && $0.remote == Network.serverAddress && $0.isAttempt
        }
    }

    /// The client's end of a connection. A port alone does not tell one: the next address may get the same.
    struct End: Hashable {
        var address: String
        var port: Int
    }

    /// The client's ends of its attempts and connections.
    var ends: Set<End> { Set(attempts.map { End(address: $0.local, port: $0.localPort) }) }

    /// Whether the server has a connection from this address besides the known ones.
    func isConnected(from address: String, besides known: Set<End>) -> Bool {
        TCPTable.rows(of: server.process).contains {
            $0.localPort == port && $0.isEstablished && $0.remote == address
                && !known.contains(End(address: $0.remote, port: $0.remotePort))
        }
    }

    /// How a client followed a change of its network.
    struct Switch {
        /// Until a new attempt began.
        var attempt: Duration
        /// Until the server had the connection, and the screen said that it is current.
        var current: Duration
        /// What the client says of the resume.
        var shown: String
    }

    /// Changes the network, and waits until the client is current on a new connection from this address.
    func follow(to address: String, _ change: () throws -> Void) async throws -> Switch {
        let known = ends
        let clock = ContinuousClock()
        let start = clock.now
        let attempt = try await time(change) {
            self.ends.contains { $0.address == address && !known.contains($0) }
        }
        let isCurrent = await eventually {
            self.isConnected(from: address, besides: known) && self.screen.text.contains(Stage.live)
        }
        #expect(isCurrent, "\(screen.text)")
        return Switch(attempt: attempt, current: clock.now - start, shown: resumeShown)
    }

    /// Does something, and says how long it took from its beginning until a condition came to hold.
    func time(
        _ change: () throws -> Void, until condition: () -> Bool, within limit: Duration = .seconds(60)
    ) async throws -> Duration {
        let clock = ContinuousClock()
        let start = clock.now
        try change()
        while !condition() {
            guard clock.now - start < limit else {
                throw Network.Failure(description: "not within \(limit): \(attempts)\n\(screen.text)")
            }
            // Looking is reading one file of the kernel's; two milliseconds is what a figure may be wrong by.
            try await Task.sleep(for: .milliseconds(2))
        }
        return clock.now - start
    }

    /// How long the last resume took, as the status says it.
    var resumeShown: String { screen.text.firstMatch(of: /↻ ([0-9.]+m?s)/).map { String($0.output.1) } ?? "?" }

    // MARK: The truth

    /// Ends the turn, and compares: the answer is on the screen; a client that has never been away shows the same; and
    /// the copy is the journal.
    func expectTruth(hasTurn: Bool) async throws {
        if hasTurn {
            try FileManager.default.removeItem(atPath: gate)
        } else {
            try screen.type(Stage.question)
            try screen.press("Enter")
        }
        #expect(await screen.shows("I searched"), "\(screen.text)")
        // The turn is over when nothing says any more that something is being written.
        #expect(
            await screen.shows { $0.contains("Plan 5/5") && !$0.contains("▌") && !$0.contains("working") },
            "\(screen.text)")
        let shown = screen.chat
        try screen.press("C-d")
        #expect(await screen.shows("left with 0"), "\(screen.text)")
        let session = try #require(screen.text.firstMatch(of: /Resume with: belay .*-r ([0-9a-f-]+)/)).output.1

        let other = try Home(["BELAY_TOKEN": token])
        let fresh = try Screen(
            other, columns: 119, rows: 200, arguments: ["--server", server.url, "--insecure", "-r", String(session)],
            prefix: Network.inside(network.server))
        #expect(await fresh.shows("Plan 5/5"), "\(fresh.text)")
        #expect(await eventually { fresh.chat == shown })
        #expect(fresh.chat == shown)

        let name = SessionID(String(session))
        let journal = try SQLiteJournal(folder: data).entries(
            of: name, EntryPage(after: 0, through: .max, limit: .max, bytes: .max), by: .never
        )
        .map { try $0.decoded() }
        let mirror = try SQLiteMirror.open(folder: user.directory.path("state/belay"), now: 1).opened
            .page(of: name, at: server.url, limit: 100_000).entries
        #expect(journal.count > 10)
        #expect(Entry.coalesced(mirror) == Entry.coalesced(journal))
    }
}

/// Says a figure where the machine's reader and a person's find it.
func figure(_ name: String, _ values: [Duration], required: Duration? = nil, _ more: String = "") {
    let times = values.map { "\(Int(($0 / .milliseconds(1)).rounded()))" }.joined(separator: ", ")
    let limit = required.map { " (required: \($0))" } ?? ""
    print("figure: \(name): \(times) ms\(limit)\(more.isEmpty ? "" : "; \(more)")")
}
