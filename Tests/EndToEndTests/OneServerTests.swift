import Foundation
import ProgramKit
import TestKit
import Testing

/// There is one private server for what a user keeps, and every client reaches it, whatever its environment says.
@Suite("One private server", .serialized)
struct OneServerTests {
    /// Asks, and names the chats that the server has by then: each question is one.
    private func ask(_ home: Home, _ environment: [String: String] = [:], without names: [String] = []) async throws {
        let prefix = ["env"] + names.flatMap { ["-u", $0] }
        let outcome = try await home.run("belay", ["--batch", "hello"], prefix: prefix, environment: environment)
        #expect(outcome.status == 0, "\(environment), without \(names): \(outcome.errors)")
    }

    @Test("a client of cron, of su, of a container or of another login finds the server that runs")
    func environments() async throws {
        let home = try Home()
        try await ask(home)
        let first = home.serverProcesses()
        try #require(first.count == 1)
        for variables in [
            ["XDG_RUNTIME_DIR"], ["XDG_RUNTIME_DIR", "LANG", "TERM", "PATH"], ["XDG_RUNTIME_DIR", "TMPDIR"],
        ] {
            try await ask(home, without: variables)
        }
        for place in ["/nonexistent", "/proc", home.directory.path, "relative", ""] {
            try await ask(home, ["XDG_RUNTIME_DIR": place])
        }
        #expect(home.serverProcesses() == first)
    }

    @Test("the chats of a folder are the same from every environment")
    func chats() async throws {
        let home = try Home()
        #expect(try await home.batch("remember that the colour is green").status == 0)
        let again = try await home.run(
            "belay", ["--batch", "-c", "which colour?"], prefix: ["env", "-u", "XDG_RUNTIME_DIR"])
        #expect(again.status == 0, "\(again.errors)")
        #expect(try Records(home)?.prompts.count == 2)
    }

    @Test("a socket that was removed is made again", arguments: ["state/belay/server/belayd.sock"])
    func removedSocket(name: String) async throws {
        let home = try Home()
        try await ask(home)
        let first = home.serverProcesses()
        for _ in 0..<2 {
            try FileManager.default.removeItem(atPath: home.directory.path(name))
            try await ask(home)
        }
        #expect(home.serverProcesses() == first)
        // The folder of a login goes at its end.
        try? FileManager.default.removeItem(atPath: home.directory.path("run"))
        try await ask(home)
        #expect(home.serverProcesses() == first)
    }

    @Test("a path that is too long for a socket beside the lock is no reason to have two servers")
    func longPath() async throws {
        let home = try Home()
        let deep = home.directory.path("state/" + String(repeating: "d", count: 100))
        for runtime in [home.directory.path("run"), home.directory.path("other")] {
            try FileManager.default.createDirectory(
                atPath: runtime, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try await ask(home, ["XDG_STATE_HOME": deep, "XDG_RUNTIME_DIR": runtime])
        }
        // Its own path for a socket is too long, and the note in the lock has another one.
        try await ask(home, ["XDG_STATE_HOME": deep], without: ["XDG_RUNTIME_DIR"])
        // The folder of the login goes at its end, and is there again for the next one.
        try FileManager.default.removeItem(atPath: home.directory.path("run"))
        try await ask(home, ["XDG_STATE_HOME": deep], without: ["XDG_RUNTIME_DIR"])
        #expect(home.serverProcesses().count == 1)
    }

    @Test("a server that holds the lock and does not answer is named")
    func stuckServer() async throws {
        let home = try Home()
        try await ask(home)
        let server = try #require(home.serverProcesses().first)
        kill(server, SIGSTOP)
        defer { kill(server, SIGCONT) }
        try FileManager.default.removeItem(atPath: home.directory.path("state/belay/server/belayd.sock"))
        let outcome = try await home.batch("--max-offline", "0", "hello")
        #expect(outcome.status == 75, "\(outcome.errors)")
        #expect(outcome.errors.contains("process \(server)"), "\(outcome.errors)")
        #expect(outcome.errors.contains("kill \(server)"), "\(outcome.errors)")
        #expect(home.serverProcesses() == [server], "no second one is started beside it")
    }

    @Test("a second server of the same folder says who has it")
    func secondServer() async throws {
        let home = try Home()
        try await ask(home)
        let server = try #require(home.serverProcesses().first)
        let data = home.directory.path("state/belay/server")
        let outcome = try await home.run("belayd", ["serve", "--data", data, "--listen", "127.0.0.1:0"])
        #expect(outcome.status == 75, "\(outcome.errors)")
        #expect(outcome.errors.contains("process \(server), version "), "\(outcome.errors)")
    }
}
