import Foundation
import ProgramKit
import TestKit
import Testing

/// A server whose files are taken away while it runs: it ends, the next client gets another one, and never are there
/// two for the same data.
@Suite("A server that lost its files", .serialized)
struct OrphanTests {
    private func ask(_ home: Home, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let outcome = try await home.batch("--max-offline", "20s", "hello")
        #expect(outcome.status == 0, "\(outcome.errors)", sourceLocation: sourceLocation)
    }

    private func shell(_ home: Home, _ script: String) async throws {
        let child = try Child(
            ["/bin/sh", "-c", script], environment: home.environment, directory: home.directory.path("state/belay"),
            files: ("/dev/null", "/dev/null", home.directory.path("shell")))
        #expect(await child.wait() == 0, "\(script)")
    }

    @Test(
        "its data, its lock or its journal removed, moved or replaced",
        arguments: [
            "rm server/belayd.sock server/belayd.lock", "rm server/belayd.lock", "rm -rf server",
            "rm -rf server; mkdir -m 700 server", "mv server server.old", "mv server/belayd.lock server/lock",
            "rm server/belayd.lock; : > server/belayd.lock; chmod 600 server/belayd.lock", "rm server/journal.db",
            "cp server/journal.db copy; mv copy server/journal.db", "rm server/journal.db-wal",
        ])
    func lost(script: String) async throws {
        let home = try Home()
        try await ask(home)
        let first = try #require(home.serverProcesses().first)
        try await shell(home, script)
        #expect(await eventually { home.serverProcesses() != [first] }, "\(script)")
        try await ask(home)
        try await ask(home)
        let later = home.serverProcesses()
        #expect(later.count == 1 && later != [first], "\(script)")
        let log = try String(contentsOfFile: home.directory.path("state/belay/belayd.log"), encoding: .utf8)
        #expect(log.split(separator: "\n").count { $0.contains("while the server ran: it ends") } == 1, "\(log)")
    }

    @Test("a client does not wait for the server to notice")
    func atOnce() async throws {
        let home = try Home()
        try await ask(home)
        for script in ["rm server/belayd.sock server/belayd.lock", "rm -rf server", "rm server/belayd.lock"] {
            try await shell(home, script)
            try await ask(home)
        }
        #expect(await eventually { home.serverProcesses().count == 1 })
    }

    @Test("data that are put back are served again")
    func back() async throws {
        let home = try Home()
        try await ask(home)
        let first = home.serverProcesses()
        try await shell(home, "mv server aside")
        #expect(await eventually { home.serverProcesses() != first })
        try await shell(home, "mv aside server")
        try await ask(home)
    }

    @Test("a second server does not start beside one whose lock file was removed")
    func second() async throws {
        let home = try Home()
        let data = home.directory.path("data")
        let server = try await Server(home, ["serve", "--listen", "127.0.0.1:0", "--data", data])
        kill(server.process, SIGSTOP)
        defer { kill(server.process, SIGCONT) }
        try FileManager.default.removeItem(atPath: data + "/belayd.lock")
        let outcome = try await home.run("belayd", ["serve", "--data", data, "--listen", "127.0.0.1:0"])
        #expect(outcome.status == 75, "\(outcome.errors)")
        #expect(outcome.errors.contains("another belayd"), "\(outcome.errors)")
    }

    @Test(
        "something else in the place of the socket is replaced",
        arguments: [": > S", "mkdir S", "mkdir S; : > S/file", "ln -s nowhere S", "ln -s /dev/null S", "mkfifo S"],
        [true, false])
    func other(script: String, isRunning: Bool) async throws {
        let home = try Home()
        try await ask(home)
        let first = home.serverProcesses()
        if !isRunning {
            for process in first { kill(process, SIGTERM) }
            #expect(await eventually { home.serverProcesses().isEmpty })
        }
        try await shell(
            home,
            "rm -f server/belayd.sock; "
                + script.replacing("S", with: "server/belayd.sock"))
        try await ask(home)
        #expect(!isRunning || home.serverProcesses() == first, "\(script)")
        #expect(home.serverProcesses().count == 1)
    }

    @Test("a socket on which another program listens is left to it")
    func taken() async throws {
        let home = try Home()
        let socket = home.directory.path("run/own")
        func arguments(_ data: String) -> [String] {
            ["serve", "--socket", socket, "--data", home.directory.path(data)]
        }
        let server = try await Server(home, arguments("one"))
        let second = try await home.run("belayd", arguments("two"))
        #expect(second.status == 69, "\(second.errors)")
        #expect(second.errors.contains("another program listens at \(socket)"), "\(second.errors)")
        #expect(try await home.batch("--server", "unix:" + socket, "hello").status == 0)
        #expect(kill(server.process, 0) == 0)
    }

    @Test("a socket cannot be made where something else is", arguments: ["file", "folder", "link", "none/socket"])
    func occupied(kind: String) async throws {
        let home = try Home()
        let path = home.directory.path("run/\(kind)")
        switch kind {
        case "file": try Data("precious".utf8).write(to: URL(fileURLWithPath: path))
        case "folder": try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        case "link": try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "nowhere")
        default: break
        }
        let outcome = try await home.run(
            "belayd", ["serve", "--socket", path, "--data", home.directory.path("data")])
        #expect(outcome.status == 69, "\(outcome.errors)")
        #expect(outcome.errors.contains("--socket"), "\(outcome.errors)")
        for raw in ["Error", "errno", "bind(", "--listen", "port"] { #expect(!outcome.errors.contains(raw)) }
    }
}
