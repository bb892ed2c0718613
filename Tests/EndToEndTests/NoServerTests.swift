import Foundation
import ProgramKit
import TestKit
import Testing

/// A private server that cannot start or does not answer: the reason is said, and it is not tried for minutes when only
/// the user can help.
@Suite("No private server", .serialized, .timeLimit(.minutes(3)))
struct NoServerTests {
    @Test("a wrong configuration of the server ends the client with the server's reason")
    func configuration() async throws {
        for (text, words) in [
            ("[limits]\nnone = 1\n", "limits.none"), ("[sessions]\nexpire = \"\\u001b[2J\"\n", "sessions.expire"),
            ("[sessions]\nroots = [\"/nonexistent\"]\n", "/nonexistent"), ("not TOML", "belayd.toml"),
        ] {
            let home = try Home()
            let folder = home.directory.path("config/belay")
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try text.write(toFile: folder + "/belayd.toml", atomically: true, encoding: .utf8)
            let outcome = try await home.batch("hello")
            #expect(outcome.status == 78, "\(outcome.errors)")
            #expect(outcome.errors.contains(words), "\(outcome.errors)")
            #expect(!outcome.errors.contains("\u{1B}"))
        }
    }

    @Test(
        "a log that is no file ends the client, and one that is a link is written to",
        arguments: ["fifo", "folder", "link"])
    func log(kind: String) async throws {
        let home = try Home()
        #expect(mkdir(home.directory.path("state/belay"), 0o700) == 0)
        let log = home.directory.path("state/belay/belayd.log")
        switch kind {
        case "fifo": #expect(mkfifo(log, 0o600) == 0)
        case "folder": #expect(mkdir(log, 0o700) == 0)
        default: #expect(symlink(home.directory.path("elsewhere"), log) == 0)
        }
        let outcome = try await home.batch("hello")
        #expect(outcome.status == (kind == "link" ? 0 : 78), "\(outcome.errors)")
        if kind == "link" {
            #expect(FileManager.default.fileExists(atPath: home.directory.path("elsewhere")))
        } else {
            #expect(outcome.errors.contains("cannot write to \(log)"), "\(outcome.errors)")
        }
    }

    @Test("a server that accepts connections and does not answer is named")
    func stopped() async throws {
        let home = try Home()
        #expect(try await home.batch("hello").status == 0)
        let server = try #require(home.serverProcesses().first)
        kill(server, SIGSTOP)
        defer { kill(server, SIGCONT) }
        let outcome = try await home.batch("--max-offline", "7s", "hello")
        #expect(outcome.status == 75, "\(outcome.errors)")
        #expect(outcome.errors.contains("process \(server)"), "\(outcome.errors)")
        #expect(outcome.errors.contains("does not answer"), "\(outcome.errors)")
    }
}
