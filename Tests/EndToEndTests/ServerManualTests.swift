import Foundation
import ProgramKit
import TestKit
import Testing

/// Sentences of `belayd(8)` that no other suite would miss.
@Suite("The manual of belayd", .serialized)
struct ServerManualTests {
    private func token(_ home: Home, _ arguments: String..., data: String) async throws -> Home.Outcome {
        try await home.run("belayd", ["token"] + arguments + ["--data", data])
    }

    @Test("tokens are shown once, listed in columns, and revoked by their names, beside a running server")
    func tokens() async throws {
        let home = try Home()
        let data = home.directory.path("data")
        let server = try await Server(home, ["serve", "--listen", "127.0.0.1:0", "--data", data, "--root", home.shop])
        var texts: [String] = []
        for (user, options) in [("alice", []), ("bob", ["--expires", "90d"]), ("carol", ["--expires", "1ms"])] {
            let made = try await home.run(
                "belayd", ["token", "create", "--user", user, "--data", data] + options)
            #expect(made.status == 0, "\(made.errors)")
            let lines = made.output.split(separator: "\n").map(String.init)
            #expect(lines.count == 1, "the token, alone")
            #expect(lines.allSatisfy { $0.wholeMatch(of: /belay_[A-Za-z0-9_-]{43}/) != nil }, "256 bits")
            texts += lines
        }
        func rows() async throws -> [[String]] {
            let list = try await token(home, "list", data: data)
            #expect(list.status == 0)
            for text in texts { #expect(!list.output.contains(text), "never the token") }
            return list.output.split(separator: "\n").map { $0.components(separatedBy: "\t") }
        }
        let listed = try await rows()
        #expect(listed.map { $0.count } == [5, 5, 5], "\(listed)")
        func row(_ user: String, in rows: [[String]]) throws -> [String] {
            try #require(rows.first { $0[1] == user })
        }
        #expect(try row("alice", in: listed)[2] == "good")
        #expect(try row("alice", in: listed)[4] == "never expires")
        #expect(try row("bob", in: listed)[2] == "good")
        #expect(try row("bob", in: listed)[4] > row("bob", in: listed)[3])
        #expect(try row("carol", in: listed)[2] == "expired")

        let alice = try Home(["BELAY_TOKEN": texts[0]])
        #expect(try await alice.batch("--server", server.url, "--directory", home.shop, "hello").status == 0)
        let id = try row("alice", in: listed)[0]
        // A name that begins with a dash is an option to the shell's eyes.
        #expect(try await home.run("belayd", ["token", "revoke", "--data", data, "--", id]).status == 0)
        #expect(try row("alice", in: try await rows())[2] == "revoked")
        let refused = try await alice.batch("--server", server.url, "hello")
        #expect(refused.status == 77)
        #expect(refused.errors.contains("revoked"))
        #expect(try await token(home, "revoke", "nobody", data: data).status == 67)
        #expect(try await token(home, "create", data: data).status == 64, "whose?")
        #expect(try await token(home, "create", "--user", "x", "--expires", "soon", data: data).status == 64)
    }

    @Test("what cannot be served is told by the exit code, and a damaged journal is left as it is")
    func exits() async throws {
        let home = try Home()
        let data = home.directory.path("data")
        func serve(_ arguments: String..., in folder: String? = nil) async throws -> Home.Outcome {
            try await home.run(
                "belayd", ["serve", "--data", folder ?? data, "--listen", "127.0.0.1:0"] + arguments)
        }
        #expect(try await serve("--nonsense").status == 64)
        #expect(try await serve("--tls-cert", "cert.pem").status == 64, "without its key")
        #expect(try await serve("--tls-cert", "cert.pem", "--tls-key", "key.pem").status == 78)
        #expect(try await serve("--config", "nowhere.toml").status == 78)
        #expect(try await serve(in: "/proc/belayd").status == 78)
        #expect(try await serve("--listen", "192.0.2.1:0", "--insecure").status == 69)
        let folder = home.directory.path("config/belay")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try "[limits]\nconections = 1\n".write(toFile: folder + "/belayd.toml", atomically: true, encoding: .utf8)
        let misspelt = try await serve()
        #expect(misspelt.status == 78)
        #expect(misspelt.errors.contains("limits.conections"), "the usual file is read: \(misspelt.errors)")
        try FileManager.default.removeItem(atPath: folder + "/belayd.toml")

        let journal = Data(repeating: 0x5A, count: 40_000)
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        try journal.write(to: URL(fileURLWithPath: data + "/journal.db"))
        let damaged = try await serve()
        #expect(damaged.status == 74)
        #expect(damaged.errors.contains("is damaged"))
        #expect(FileManager.default.contents(atPath: data + "/journal.db") == journal)
        let files = try FileManager.default.contentsOfDirectory(atPath: data)
        #expect(!files.contains { $0.hasPrefix("journal.db.") && $0 != "journal.db.lock" }, "\(files)")
    }

    @Test("--expire goes before the configuration", arguments: [false, true])
    func expire(isGiven: Bool) async throws {
        let home = try Home()
        let settings = home.directory.path("belayd.toml")
        try "[sessions]\nbrief = \"0s\"\nexpire = \"1s\"\n".write(toFile: settings, atomically: true, encoding: .utf8)
        let server = try await Server(
            home,
            [
                "serve", "--socket", home.directory.path("run/own"), "--data", home.directory.path("data"), "--config",
                settings,
            ] + (isGiven ? ["--expire", "1h"] : []))
        func say(_ options: String...) async throws -> Home.Outcome {
            let outcome = try await home.run("belay", ["--batch", "--server", server.url, "-e", "hello"] + options)
            #expect(outcome.status == 0, "\(outcome.errors)")
            return outcome
        }
        _ = try await say()
        let left = ContinuousClock.now
        #expect(await eventually { ContinuousClock.now - left > .milliseconds(1_500) })
        let again = try await say("-c")
        #expect(again.errors.contains("the session had expired") != isGiven, "\(again.errors)")
        let listed = try await home.run("belay", ["sessions"]).output.split(separator: "\n")
        #expect(listed.count == (isGiven ? 1 : 2), "the old session stays under its title: \(listed)")
        #expect(listed.filter { $0.contains("expired]") && $0.contains("hello") }.count == (isGiven ? 0 : 1))
    }

    @Test("SIGTERM and SIGINT end the server in order, and its indexes can be deleted meanwhile")
    func ends() async throws {
        let home = try Home()
        let data = home.directory.path("data")
        for signal in [SIGTERM, SIGINT] {
            let output = home.directory.path("server-\(signal)")
            let socket = home.directory.path("run/own-\(signal)")
            let child = try Child(
                ["\(Home.programs)/belayd", "serve", "--data", data, "--socket", socket],
                environment: home.environment, directory: home.shop,
                files: ("/dev/null", output, output + ".errors"))
            defer { child.killAndWait() }
            @Sendable func said() -> String { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }
            #expect(await eventually { said() == "listening on unix:\(socket)\n" }, "\(said())")
            let answer = try await home.batch("--server", "unix:" + socket, "what is the retry policy?")
            #expect(answer.status == 0, "no token is needed there: \(answer.errors)")
            #expect(answer.output.contains("Cart.swift"), "\(answer.output)")
            kill(child.process, signal)
            #expect(await child.wait() == 0)
            for path in [data, data + "/journal.db", data + "/index"] {
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(mode.map { $0 & 0o077 } == 0, "\(path)")
            }
            try FileManager.default.removeItem(atPath: data + "/index")
        }
    }
}
