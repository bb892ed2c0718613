import Foundation
import ProgramKit
import TestKit
import Testing

/// Bad input and faults: one clear line each, the right exit code, and nothing lost.
@Suite("Bad input and faults", .serialized)
struct FaultTests {
    private func expect(
        _ outcome: Home.Outcome, _ status: Int32, _ words: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: sourceLocation)
        #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
        let lines = outcome.errors.split(separator: "\n")
        #expect(lines.contains { $0.contains(words) }, "\(outcome.errors)", sourceLocation: sourceLocation)
    }

    @Test("input that is none")
    func input() async throws {
        let home = try Home()
        expect(try await home.batch(input: Data([0x61, 0xFF, 0x0A])), 65, "is not UTF-8")
        expect(try await home.batch(), 66, "belay has no prompt")
        expect(try await home.batch("-f", "nowhere.txt"), 66, "cannot read nowhere.txt")
        expect(try await home.batch("-f", "-", input: Data(repeating: 0x61, count: 10 << 20)), 65, "10485760 bytes")
        expect(try await home.batch("--no-wait", "hello"), 64, "are not in this version")
        expect(try await home.batch("--max-offline", "soon", "hello"), 64, "needs a duration")
        expect(try await home.run("belay", []), 64, "is not a terminal: use --batch")
        #expect(home.serverProcesses().isEmpty, "nothing was started for any of these")
    }

    @Test("configuration that is wrong")
    func configuration() async throws {
        let home = try Home()
        let file = home.directory.path("wrong.toml")
        try "srever = \"x\"\n".write(toFile: file, atomically: true, encoding: .utf8)
        expect(try await home.batch("--config", file, "hello"), 78, "the key 'srever' is unknown")
        expect(try await home.batch("--config", "nowhere.toml", "hello"), 78, "cannot read nowhere.toml")
        expect(try await home.batch("--server", "nonsense", "hello"), 78, "'nonsense' is neither")
        try #require(truncate(file, 1 << 20 + 1) == 0)
        expect(try await home.batch("--config", file, "hello"), 78, "File too large")
    }

    @Test("servers that refuse, are gone, or are something else")
    func servers() async throws {
        let home = try Home()
        let data = home.directory.path("data")
        let token = try await home.run("belayd", ["token", "create", "--user", "u", "--data", data])
        #expect(token.status == 0)
        #expect(token.output.hasPrefix("belay_"))
        let user = try Home(["BELAY_TOKEN": token.output.trimmingCharacters(in: .newlines)])
        let server = try await Server(
            home, ["serve", "--listen", "127.0.0.1:0", "--data", data, "--root", user.shop])
        expect(try await home.batch("--server", server.url, "hello"), 77, "requires a token")
        let stranger = try Home(["BELAY_TOKEN": "belay_wrong"])
        expect(try await stranger.batch("--server", server.url, "hello"), 77, "does not know the token")

        let taken = try await home.run(
            "belayd", ["serve", "--listen", server.address, "--data", home.directory.path("other")])
        expect(taken, 69, "is in use by another program")
        expect(
            try await home.run("belayd", ["serve", "--listen", "0.0.0.0:0", "--data", data + "2"]), 78, "--insecure")
        expect(
            try await home.run("belayd", ["serve", "--listen", "127.0.0.1:0", "--data", data]), 75,
            "another belayd (process ")

        expect(
            try await user.batch("--server", server.url, "-r", "no-such-session", "hello"), 67,
            "does not know this session")
        #expect(try await user.batch("--server", server.url, "hello").status == 0)

        let gone = try await user.batch("--server", "ws://127.0.0.1:1", "--max-offline", "0", "hello")
        expect(gone, 75, "the prompt is safe")
    }

    @Test("a web page, a wrong key and an older idea of the protocol are recognized")
    func foreign() async throws {
        let home = try Home()
        for (answer, words) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n<html></html>", "(HTTP 200) is not belayd"),
            ("HTTP/1.1 302 Found\r\nLocation: http://portal/\r\nContent-Length: 0\r\n\r\n", "(HTTP 302) is not"),
            (
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
                    + "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n", "wrong key"
            ),
            ("SSH-2.0-OpenSSH_9.2\r\n", "does not speak HTTP"),
        ] {
            let port = try Impostor.answer(answer, times: 2)
            // It may be a captive portal, so it is asked again until the time is over.
            let outcome = try await home.batch("--server", "ws://127.0.0.1:\(port)", "--max-offline", "1s", "hello")
            expect(outcome, 75, words)
            expect(outcome, 75, "belay: not connected: ")
        }
    }

    @Test("a server behind a proxy is reached as the environment says")
    func proxies() async throws {
        let home = try Home()
        let data = home.directory.path("data")
        let token = try await home.run("belayd", ["token", "create", "--user", "u", "--data", data])
        let server = try await Server(home, ["serve", "--listen", "127.0.0.1:0", "--data", data, "--root", home.shop])
        let port = try #require(server.address.split(separator: ":").last.flatMap { Int($0) })
        let tunnel = try TunnelServer(to: port)
        let secret = token.output.trimmingCharacters(in: .newlines)
        func ask(_ variables: [String: String]) async throws -> Home.Outcome {
            try await home.run(
                "belay",
                [
                    "--batch", "--server", "ws://chat.example:8137", "--insecure", "--max-offline", "2s",
                    "what is the retry policy?",
                ], environment: variables.merging(["BELAY_TOKEN": secret]) { first, _ in first })
        }
        for name in ["http_proxy", "ALL_PROXY"] {
            let outcome = try await ask([name: "http://127.0.0.1:\(tunnel.port)"])
            #expect(outcome.status == 0, "\(name): \(outcome.errors)")
            #expect(outcome.output.contains("retry"))
        }
        #expect(tunnel.requests.allSatisfy { $0.target == "chat.example:8137" } && tunnel.requests.count >= 2)
        let direct = try await ask(["http_proxy": "http://127.0.0.1:\(tunnel.port)", "no_proxy": ".example"])
        #expect(direct.status == 75, "there is no such name: \(direct.errors)")
    }

    @Test(
        "certificates that cannot be read are a fault of the configuration, and no reason to try again",
        arguments: [("missing", true), ("text", true), ("missing", false), ("folder", false), ("text", false)])
    func certificates(kind: String, isVariable: Bool) async throws {
        let home = try Home()
        let (file, path) = (home.directory.path("belay.toml"), home.directory.path(kind))
        if kind == "folder" { try #require(mkdir(path, 0o700) == 0) }
        if kind == "text" { try "hello\n".write(toFile: path, atomically: true, encoding: .utf8) }
        let certificates = isVariable ? "" : "certificates = '\(path)'"
        try "server = 'x'\n[servers.x]\nurl = 'wss://127.0.0.1:9'\n\(certificates)\n"
            .write(toFile: file, atomically: true, encoding: .utf8)
        let outcome = try await home.run(
            "belay", ["--batch", "--config", file, "hello"],
            environment: ["BELAY_TOKEN": "t", "SSL_CERT_DIR": "", "SSL_CERT_FILE": isVariable ? path : ""])
        #expect(outcome.status == 78, "\(outcome.errors)")
        #expect(outcome.errors.contains(path), "\(outcome.errors)")
    }

    @Test("a damaged copy is set aside, said, and fetched again")
    func damagedMirror() async throws {
        let home = try Home()
        #expect(try await home.batch("what is the retry policy?").status == 0)
        let mirror = home.directory.path("state/belay/mirror.db")
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: mirror + suffix) }
        try Data(repeating: 0x5A, count: 40_000).write(to: URL(fileURLWithPath: mirror))
        let outcome = try await home.batch("-c", "and where is that tested?")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("the local copy was damaged: belay set it aside as"))
        let files = try FileManager.default.contentsOfDirectory(atPath: home.directory.path("state/belay"))
        #expect(files.contains { $0.hasPrefix("mirror.db.damaged-") })
        let screen = try Screen(home, rows: 200, arguments: ["-c"])
        #expect(await screen.shows("and where is that tested?"), "the whole chat is there again")
    }
}
