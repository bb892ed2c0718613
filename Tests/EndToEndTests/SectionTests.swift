import Foundation
import Journal
import Ledger
import ProgramKit
import TestKit
import Testing
import Wire

/// `[servers.NAME]` of the configuration, with a server that wants a token.
@Suite("The manual of belay: servers", .serialized)
struct SectionTests {
    /// A server with a token, and a home whose configuration has a section for it with these lines.
    private func makeServer(_ lines: (_ token: String, _ home: Home) -> String) async throws -> (Home, Server, String) {
        let home = try Home()
        let data = home.directory.path("data")
        let server = try await Server(home, ["serve", "--listen", "127.0.0.1:0", "--data", data, "--root", home.shop])
        let made = try await home.run("belayd", ["token", "create", "--user", "u", "--data", data])
        let folder = home.directory.path("config/belay")
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let section = "[servers.team]\nurl = \"\(server.url)\"\n"
        let token = made.output.trimmingCharacters(in: .newlines)
        try ("server = \"team\"\n" + section + lines(token, home)).write(
            toFile: folder + "/config.toml", atomically: true, encoding: .utf8)
        return (home, server, data)
    }

    @Test("a section gives a server its name, its token and its folder, before which --directory goes")
    func section() async throws {
        let (home, server, data) = try await makeServer { token, home in
            "token_command = \"echo \(token); echo belay_more\"\ndirectory = \"\(home.shop)/one\"\n"
        }
        for name in ["one", "two"] { try #require(mkdir("\(home.shop)/\(name)", 0o700) == 0) }
        for (options, folder) in [
            ([], "one"), (["--server", "team"], "one"), (["--server", server.url], "one"),
            (["--directory", home.shop + "/two"], "two"),
        ] as [([String], String)] {
            let outcome = try await home.run("belay", ["--batch"] + options + ["hello"])
            #expect(outcome.status == 0, "\(options): \(outcome.errors)")
            let newest = try SQLiteJournal(folder: data).sessions(
                of: Principal("u"), directory: nil, offset: 0, limit: 1, by: .never)
            #expect(newest.map(\.directory) == ["\(home.shop)/\(folder)"], "\(options)")
        }
        #expect(home.serverProcesses().isEmpty, "the private one is not needed")
        withExtendedLifetime(server) {}
    }

    @Test("a command that fails is tried again, and what it printed is not said")
    func failingCommand() async throws {
        let (home, server, _) = try await makeServer { token, _ in "token_command = \"echo \(token); exit 3\"\n" }
        let outcome = try await home.batch("--max-offline", "2s", "hello")
        #expect(outcome.status == 75, "\(outcome.errors)")
        #expect(outcome.errors.contains("token_command gave no token: it ended with exit code 3"), "\(outcome.errors)")
        #expect(!outcome.errors.contains("belay_"), "\(outcome.errors)")
        withExtendedLifetime(server) {}
    }

    @Test("the certificates of a section are trusted, and without them its server is not spoken to")
    func certificates() async throws {
        let home = try Home()
        let (data, file) = (home.directory.path("data"), home.directory.path("config.toml"))
        let (certificate, key) = (home.directory.path("certificate.pem"), home.directory.path("key.pem"))
        let openssl = try Child(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key,
                "-out", certificate,
            ], environment: home.environment, directory: home.shop, files: ("/dev/null", file + ".out", file + ".err"))
        try #require(await openssl.wait() == 0)
        chmod(key, 0o600)
        let server = try await Server(
            home,
            [
                "serve", "--listen", "127.0.0.1:0", "--data", data, "--root", home.shop, "--tls-cert", certificate,
                "--tls-key", key,
            ])
        #expect(server.url.hasPrefix("wss://127.0.0.1:"))
        let token = try await home.run("belayd", ["token", "create", "--user", "u", "--data", data]).output
        try """
        [servers.trusting]
        url = "\(server.url)"
        certificates = "\(certificate)"
        [servers.plain]
        url = "\(server.url)"
        """.write(toFile: file, atomically: true, encoding: .utf8)
        for (name, status) in [("trusting", 0), ("plain", 75)] as [(String, Int32)] {
            let outcome = try await home.run(
                "belay", ["--batch", "--config", file, "--server", name, "--max-offline", "3s", "hello"],
                environment: ["BELAY_TOKEN": token.trimmingCharacters(in: .newlines)])
            #expect(outcome.status == status, "\(name): \(outcome.errors)")
            #expect(outcome.errors.contains("is not trusted") == (status != 0), "\(name): \(outcome.errors)")
        }
        withExtendedLifetime(server) {}
    }
}
