import Foundation
import ProgramKit
import TestKit
import Testing

/// Secrets stay on the ways that were asked for.
@Suite("Secrets", .serialized)
struct SecretTests {
    @Test("plain text beyond this machine wants --insecure, whatever is said there")
    func plaintext() async throws {
        let home = try Home(["BELAY_TOKEN": "belay_secret"])
        // An address for documentation (RFC 5737): a client that tries to connect fails later, with another error.
        let url = "ws://192.0.2.1:8137"
        let file = home.directory.path("config.toml")
        try "[servers.far]\nurl = \"\(url)\"\n".write(toFile: file, atomically: true, encoding: .utf8)
        for arguments in [
            ["--batch", "--server", url, "hello"], ["--batch", "--config", file, "--server", "far", "hello"],
            ["login", "--server", url], ["verify", "--server", url], ["verify", "--config", file, "--server", "far"],
        ] {
            let outcome = try await home.run("belay", arguments, input: Data("belay_secret\n".utf8))
            #expect(outcome.status == 78, "\(arguments): \(outcome.errors)")
            #expect(outcome.output.isEmpty)
            #expect(outcome.errors.contains("in plain text: use wss://, or say --insecure"), "\(outcome.errors)")
            #expect(!outcome.errors.contains("secret"))
        }
        let login = ["login", "--server", url, "--insecure"]
        #expect(try await home.run("belay", login, input: Data("belay_secret\n".utf8)).status == 0)
        let asked = ["--batch", "--server", url, "--insecure", "--max-offline", "0", "hello"]
        let outcome = try await home.run("belay", asked)
        #expect(outcome.status == 75, "\(outcome.errors)")
        #expect(outcome.errors.contains("belay --server \(url) --insecure -r "), "\(outcome.errors)")
    }

    @Test("the private server keeps nothing of the shell that started it")
    func environment() async throws {
        let secrets = [
            "BELAY_TOKEN": "belay_secret", "AWS_SECRET_ACCESS_KEY": "secret", "ANTHROPIC_API_KEY": "secret",
            "SSH_AUTH_SOCK": "/secret",
        ]
        let home = try Home(secrets)
        #expect(try await home.batch("hello").status == 0)
        let servers = home.serverProcesses()
        #expect(servers.count == 1)
        for process in servers {
            let bytes = try #require(FileManager.default.contents(atPath: "/proc/\(process)/environ"))
            let variables = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            #expect(variables.contains("HOME=\(home.directory.path)"))
            #expect(!variables.contains { $0.contains("secret") }, "\(variables)")
        }
    }

    @Test("a place that others can reach is refused, and nothing is started there")
    func places() async throws {
        for (name, words) in [("state/belay/server", "others can reach"), ("state/belay", "others can write to")] {
            let home = try Home()
            let folder = home.directory.path(name)
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            if name.hasSuffix("server") { chmod(home.directory.path("state/belay"), 0o700) }
            chmod(folder, 0o777)
            let outcome = try await home.batch("hello")
            #expect(outcome.status == 73, "\(outcome.errors)")
            #expect(outcome.errors.contains(words), "\(outcome.errors)")
            #expect(home.serverProcesses().isEmpty)
        }
    }

    @Test("a configuration that others can write is not believed")
    func configuration() async throws {
        let home = try Home()
        let folder = home.directory.path("config/belay")
        mkdir(folder, 0o700)
        chmod(folder, 0o770)
        let outcome = try await home.batch("hello")
        #expect(outcome.status == 73, "\(outcome.errors)")
        #expect(outcome.errors.contains("others can write to"), "\(outcome.errors)")
    }
}
