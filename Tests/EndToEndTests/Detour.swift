import FaultProxy
import Foundation
import ProgramKit
import TestKit
import Testing

/// A server of a home's user, reached over a network that the test can cut.
final class Detour: Sendable {
    let home: Home
    let proxy: FaultProxy
    private let server: Server
    /// Where the server is for clients that do not go this way.
    let direct: String

    /// Starts both. The server has the files and the configuration of the private one.
    init(_ home: Home) async throws {
        self.home = home
        let data = home.directory.path("state/belay/server")
        try FileManager.default.createDirectory(
            atPath: data, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let socket = data + "/belayd.sock"
        server = try await Server(home, ["serve", "--socket", socket, "--data", data])
        direct = "unix:\(socket)"
        proxy = try await FaultProxy.start(upstream: .unix(path: socket))
    }

    /// Where the server is, for clients.
    var url: String { "ws://\(proxy.listening)" }

    /// A screen of a client that reaches the server this way, once it is current.
    func screen(columns: Int = 100, rows: Int = 30, _ arguments: String...) async throws -> Screen {
        let screen = try Screen(home, columns: columns, rows: rows, arguments: ["--server", url] + arguments)
        #expect(await screen.shows("● live"), "\(screen.text)")
        return screen
    }

    /// Cuts every connection, and refuses new ones until ``heal()``.
    func cut() async {
        await proxy.refuse()
        await proxy.cut()
    }

    /// Lets everything through again.
    func heal() async { await proxy.heal() }
}
