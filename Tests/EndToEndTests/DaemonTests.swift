import Foundation
import Journal
import Ledger
import ProgramKit
import TestKit
import Testing
import Wire

/// What the daemon keeps and gives up, and what it is refused to be run with: looked at from outside.
@Suite("The daemon", .serialized)
struct DaemonTests {
    @Test("secrets, core files, new privileges and the eyes of others are given up before anything else")
    func hardened() async throws {
        let home = try Home(["AWS_SECRET_ACCESS_KEY": "swordfish", "BELAY_TOKEN": "swordfish"])
        let data = home.directory.path("data")
        let server = try await Server(home, ["serve", "--listen", "127.0.0.1:0", "--data", data])
        func text(_ name: String) -> String {
            let contents = FileManager.default.contents(atPath: "/proc/\(server.process)/\(name)")
            return String(decoding: contents ?? Data(), as: UTF8.self)
        }
        // Only root can read it now, and finds nothing.
        #expect(!text("environ").contains("swordfish") && !text("environ").contains("AWS_"))
        #expect(text("status").contains("NoNewPrivs:\t1"))
        for thread in try FileManager.default.contentsOfDirectory(atPath: "/proc/\(server.process)/task") {
            // One that was idle may have ended since.
            let status = text("task/\(thread)/status")
            #expect(status.isEmpty || status.contains("NoNewPrivs:\t1"), "no thread is older")
        }
        #expect(text("status").contains("Umask:\t0077"))
        let limits = text("limits").split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(limits.contains { $0.starts(with: ["Max", "core", "file", "size", "0", "0"]) })
        let descriptors = try #require(limits.first { $0.starts(with: ["Max", "open", "files"]) })
        #expect(descriptors[3] == descriptors[4], "the soft limit is the hard one")
        var status = stat()
        #expect(stat("/proc/\(server.process)/environ", &status) == 0 && status.st_uid == 0, "it is nobody's to read")
        for name in ["", "/journal.db", "/belayd.lock"] {
            #expect(lstat(data + name, &status) == 0 && status.st_mode & 0o077 == 0, "\(name) is private")
        }
    }

    @Test("a data folder that others may enter, or that is no folder, is not served", arguments: [0o777, 0o755, 0o770])
    func openFolder(mode: Int) async throws {
        let home = try Home()
        let data = home.directory.path("data")
        try #require(mkdir(data, 0o700) == 0 && chmod(data, mode_t(mode)) == 0)
        for arguments in [["serve", "--listen", "127.0.0.1:0"], ["token", "list"]] {
            let outcome = try await home.run("belayd", arguments + ["--data", data])
            #expect(outcome.status == 78)
            #expect(outcome.errors.contains("chmod 700"), "\(outcome.errors)")
            #expect(outcome.errors.split(separator: "\n").count == 1)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: data).isEmpty)
    }

    @Test("SIGHUP opens the log anew and reads the configuration again; one that is wrong changes nothing")
    func hangup() async throws {
        let home = try Home()
        let (data, log, file) = (
            home.directory.path("data"), home.directory.path("log"), home.directory.path("belayd.toml")
        )
        func configure(_ text: String) throws { try text.write(toFile: file, atomically: true, encoding: .utf8) }
        @Sendable func logged(_ name: String = "log") -> String {
            String(decoding: FileManager.default.contents(atPath: home.directory.path(name)) ?? Data(), as: UTF8.self)
        }
        try configure("[limits]\nsessions_per_user = 10\n")
        let token = try await home.run("belayd", ["token", "create", "--user", "u", "--data", data])
        let home2 = try Home(["BELAY_TOKEN": token.output.trimmingCharacters(in: .newlines)])
        // The socket is found by its place: what the server says goes into the log.
        let socket = home.directory.path("socket")
        let server = try Child(
            [
                "\(Home.programs)/belayd", "serve", "--socket", socket, "--listen", "127.0.0.1:0", "--data", data,
                "--config", file, "--log", log, "--root", home2.shop,
            ], environment: home.environment, directory: home.shop,
            files: ("/dev/null", log + ".out", log + ".errors"))
        defer { server.killAndWait() }
        #expect(await eventually { logged().contains("listening on ws://") }, "\(logged())")
        let url = try #require(
            logged().split(separator: "\n").first { $0.contains("ws://") }?.split(separator: " ").last)
        func ask() async throws -> Home.Outcome {
            try await home2.batch("--server", String(url), "--max-offline", "1s", "hello")
        }
        #expect(try await ask().status == 0)

        // As logrotate(8) does it.
        try FileManager.default.moveItem(atPath: log, toPath: log + ".old")
        try configure("[limits]\nsessions_per_user = 1\n")
        kill(server.process, SIGHUP)
        #expect(await eventually { logged().contains("configuration read again") }, "\(logged())")
        #expect(!logged("log.old").contains("configuration read again"))
        let refused = try await ask()
        #expect(refused.status == 75 && refused.errors.contains("1 sessions already"), "\(refused.errors)")
        try configure("[limits]\nsessions_per_user = \"many\"\n")
        kill(server.process, SIGHUP)
        #expect(await eventually { logged().contains("the configuration could not be reloaded") }, "\(logged())")
        #expect(try await ask().errors.contains("1 sessions already"))
        try configure("")
        kill(server.process, SIGHUP)
        #expect(await eventually { logged().split(separator: "\n").count { $0.contains("read again") } == 2 })
        #expect(try await ask().status == 0)
        kill(server.process, SIGTERM)
        #expect(await server.wait() == 0)
    }

    @Test("the log is set aside when it is too long, once")
    func log() async throws {
        let home = try Home()
        let log = home.directory.path("log")
        let length = 5 << 20
        try Data(repeating: 0x61, count: length).write(to: URL(fileURLWithPath: log))
        let server = try Child(
            [
                "\(Home.programs)/belayd", "serve", "--socket", home.directory.path("socket"), "--data",
                home.directory.path("data"), "--log", log,
            ], environment: home.environment, directory: home.shop,
            files: ("/dev/null", log + ".out", log + ".errors"))
        defer { server.killAndWait() }
        @Sendable func size(_ name: String) -> Int? {
            (try? FileManager.default.attributesOfItem(atPath: name)[.size]) as? Int
        }
        #expect(await eventually { size(log + ".1") ?? 0 >= length })
        #expect(size(log) ?? .max < length)
        var status = stat()
        #expect(stat(log, &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test("a root that is none is said before anything is listened on")
    func roots() async throws {
        let home = try Home()
        let data = home.directory.path("data")
        for root in [home.directory.path("none"), home.directory.path, data] {
            let outcome = try await home.run(
                "belayd", ["serve", "--listen", "127.0.0.1:0", "--data", data, "--root", root])
            #expect(outcome.status == 78, "\(root)")
            #expect(outcome.errors.contains("sessions.roots"), "\(outcome.errors)")
            #expect(outcome.output.isEmpty)
        }
    }

    @Test("every token can be revoked by the name that the list shows")
    func revoke() async throws {
        let home = try Home()
        let data = home.directory.path("data")
        #expect(try await home.run("belayd", ["token", "create", "--user", "new", "--data", data]).status == 0)
        // As names were made once.
        let old = ["-abcdefg", "--abcdef", "-hABCDE_", "--------", "_bcdefgh", "-d-data_"]
        let store = try SQLiteJournal(folder: data)
        for (number, id) in old.enumerated() {
            let hash = [UInt8](repeating: UInt8(number), count: 32)
            try store.add(TokenRecord(id: id, hash: hash, principal: Principal("old"), createdAt: 0), by: .never)
        }
        let list = try await home.run("belayd", ["token", "list", "--data", data])
        let ids = list.output.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }
        #expect(ids.count == old.count + 1)
        for (number, id) in ids.enumerated() {
            let arguments =
                switch number % 3 {
                case 0: ["token", "revoke", id, "--data", data]
                case 1: ["token", "revoke", "--data", data, id]
                default: ["token", "revoke", "--data", data, "--", id]
                }
            let outcome = try await home.run("belayd", arguments)
            #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
        }
        #expect(try store.tokens(nil, by: .never).allSatisfy { $0.revokedAt != nil })
        #expect(try await home.run("belayd", ["token", "revoke", "--data", data, "-bcdefgh"]).status == 67)
        #expect(try await home.run("belayd", ["token", "revoke", "--help"]).status == 0)
    }

    @Test("a name that cannot be shown, or is the server's own, gets no token")
    func names() async throws {
        let home = try Home()
        let data = home.directory.path("data")
        for user in ["", "a\nb", "a\u{1B}[2J", "\u{202E}a", String(repeating: "a", count: 129), "local"] {
            let outcome = try await home.run("belayd", ["token", "create", "--user", user, "--data", data])
            #expect(outcome.status == 64, "\(user.debugDescription)")
            #expect(outcome.output.isEmpty)
        }
    }
}
