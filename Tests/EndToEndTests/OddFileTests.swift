import Foundation
import ProgramKit
import TestKit
import Testing

/// Pipes, links, folders and nothing where `belayd` expects a file, a folder or a path.
@Suite("Odd files of belayd", .serialized, .timeLimit(.minutes(3)))
struct OddFileTests {
    @Test(
        "a reload that finds a pipe keeps what was read, and the server ends when it is told",
        arguments: [SIGTERM, SIGINT])
    func pipes(signal: Int32) async throws {
        let home = try Home()
        let (file, log) = (home.directory.path("belayd.toml"), home.directory.path("log"))
        try "".write(toFile: file, atomically: true, encoding: .utf8)
        let server = try Child(
            [
                "\(Home.programs)/belayd", "serve", "--socket", home.directory.path("socket"), "--data",
                home.directory.path("data"), "--config", file, "--log", log,
            ], environment: home.environment, directory: home.shop, files: ("/dev/null", log + ".out", log + ".err"))
        defer { server.killAndWait() }
        @Sendable func logged() -> String {
            (try? String(contentsOfFile: log + ".old", encoding: .utf8))
                ?? (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        }
        #expect(await eventually { logged().contains("listening on") })
        for path in [file, log] { rename(path, path + ".old") }
        for path in [file, log] { #expect(mkfifo(path, 0o600) == 0) }
        let reload = await eventually {
            // One that comes before the server listens to signals is ignored.
            kill(server.process, SIGHUP)
            return logged().contains("no regular file") && logged().contains("which is no file")
        }
        #expect(reload, "\(logged())")
        kill(server.process, signal)
        #expect(await server.wait() == 0)
    }

    @Test("a log that is a pipe or a folder is refused in a line", arguments: ["fifo", "folder"])
    func badLog(kind: String) async throws {
        let home = try Home()
        let log = home.directory.path("log")
        #expect((kind == "fifo" ? mkfifo(log, 0o600) : mkdir(log, 0o700)) == 0)
        let outcome = try await home.run(
            "belayd",
            ["serve", "--socket", home.directory.path("s"), "--data", home.directory.path("data"), "--log", log])
        #expect(outcome.status == 74)
        #expect(outcome.errors.contains("cannot write to \(log)"), "\(outcome.errors)")
    }

    @Test(
        "a log that is a link is followed, also to the own output", arguments: ["/dev/stderr", "/dev/stdout", "link"])
    func linkedLog(log: String) async throws {
        let home = try Home()
        symlink("target", home.directory.path("link"))
        let server = try await Server(
            home,
            [
                "serve", "--socket", home.directory.path("s"), "--data", home.directory.path("data"), "--log",
                log.hasPrefix("/") ? log : home.directory.path(log),
            ])
        #expect(kill(server.process, 0) == 0)
        if log == "link" {
            let text = try String(contentsOfFile: home.directory.path("target"), encoding: .utf8)
            #expect(text.contains("listening on"))
        }
    }

    @Test("a log that was removed is written again, and one that cannot be renamed is emptied")
    func tidy() async throws {
        let home = try Home()
        let log = home.directory.path("log")
        try FileManager.default.createDirectory(atPath: log + ".1/full", withIntermediateDirectories: true)
        try Data(repeating: 0x61, count: 5 << 20).write(to: URL(fileURLWithPath: log))
        let server = try Child(
            [
                "\(Home.programs)/belayd", "serve", "--socket", home.directory.path("s"), "--data",
                home.directory.path("data"), "--log", log,
            ], environment: home.environment, directory: home.shop, files: ("/dev/null", log + ".out", log + ".err"))
        defer { server.killAndWait() }
        @Sendable func size() -> Int? {
            (try? FileManager.default.attributesOfItem(atPath: log)[.size]) as? Int
        }
        #expect(await eventually { size().map { $0 < 1 << 20 } ?? false })
        try FileManager.default.removeItem(atPath: log)
        #expect(await eventually { size() != nil })
    }

    @Test(
        "an empty path is no path",
        arguments: ["--root", "--socket", "--config", "--log", "--data", "--tls-cert", "--tls-key"])
    func empty(option: String) async throws {
        let home = try Home()
        let pair = option.hasPrefix("--tls") ? ["--tls-cert", "", "--tls-key", ""] : [option, ""]
        let outcome = try await home.run("belayd", ["serve", "--listen", "127.0.0.1:0"] + pair)
        #expect(outcome.status == 64, "\(outcome.errors)")
        #expect(outcome.errors.contains("is empty"), "\(outcome.errors)")
        if option == "--data" { #expect(try await home.run("belayd", ["token", "list", "--data", ""]).status == 64) }
    }

    @Test("a root of the command line is resolved at the start", arguments: [".", "./", "../shop", "link", "link/.."])
    func roots(root: String) async throws {
        let home = try Home()
        mkdir(home.shop + "/inner", 0o700)
        symlink("inner", home.shop + "/link")
        let server = try await Server(
            home, ["serve", "--listen", "127.0.0.1:0", "--data", home.directory.path("data"), "--root", root])
        #expect(server.url.hasPrefix("ws://"), "\(root)")
    }

    @Test("a data folder that is no folder is said to be none", arguments: ["file", "/dev/null"])
    func noFolder(path: String) async throws {
        let home = try Home()
        let data = path.hasPrefix("/") ? path : home.directory.path(path)
        if data != path { try Data().write(to: URL(fileURLWithPath: data)) }
        for arguments in [["serve", "--listen", "127.0.0.1:0"], ["token", "list"]] {
            let outcome = try await home.run("belayd", arguments + ["--data", data])
            #expect(outcome.status == 78)
            #expect(outcome.errors.contains("is no folder") && !outcome.errors.contains("chmod"), "\(outcome.errors)")
        }
    }

    @Test("soft limits of the shell that starts the server do not stay")
    func limits() async throws {
        let home = try Home()
        let server = try await Server(
            home, ["serve", "--listen", "127.0.0.1:0", "--data", home.directory.path("data")],
            prefix: ["/bin/sh", "-c", "ulimit -S -t 60; ulimit -S -f 100; ulimit -S -n 200; exec \"$0\" \"$@\""])
        let limits = try #require(FileManager.default.contents(atPath: "/proc/\(server.process)/limits"))
        for line in String(decoding: limits, as: UTF8.self).split(separator: "\n") {
            guard ["Max cpu", "Max file size", "Max open"].contains(where: line.hasPrefix) else { continue }
            // Behind the name: the soft limit, the hard one and the unit.
            let values = line.dropFirst(26).split(separator: " ")
            #expect(values[0] == values[1], "\(line)")
        }
        let status = try #require(FileManager.default.contents(atPath: "/proc/\(server.process)/status"))
        let ignored = String(decoding: status, as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix("SigIgn:") }?.split(separator: "\t").last
        let mask = try #require(ignored.flatMap { UInt64($0, radix: 16) })
        #expect(mask & 1 << UInt64(SIGXFSZ - 1) != 0)
    }
}
