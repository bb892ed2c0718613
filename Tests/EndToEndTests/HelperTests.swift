import Foundation
import ProgramKit
import TestKit
import Testing

/// A token_command may hang, fail and succeed later: it delays neither the screen nor the exit.
@Suite("Commands of the configuration", .serialized)
struct HelperTests {
    /// A home whose server wants a token that a command gives.
    private func make(_ command: String) throws -> Home {
        let home = try Home()
        let folder = home.directory.path("config/belay")
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let text = "server = \"far\"\n[servers.far]\nurl = \"ws://127.0.0.1:9\"\ntoken_command = \"\(command)\"\n"
        try text.write(toFile: folder + "/config.toml", atomically: false, encoding: .utf8)
        chmod(folder + "/config.toml", 0o600)
        return home
    }

    @Test("a run that waits for a command ends in time, and the command with it")
    func timeout() async throws {
        let home = try make("sleep 4711; echo belay_x")
        // The command takes over an hour.
        let outcome = try await home.run("belay", ["--batch", "--timeout", "1s", "hello"], within: .seconds(60))
        #expect(outcome.status == 75, "\(outcome.errors)")
        #expect(await eventually { !isRunning("sleep 4711") })
    }

    @Test("a signal ends a run that waits for a command", arguments: [SIGTERM, SIGHUP, SIGINT])
    func signals(number: Int32) async throws {
        let home = try make("echo > waits; sleep 4712; echo belay_x")
        let child = try Child(
            ["\(Home.programs)/belay", "--batch", "hello"], environment: home.environment, directory: home.shop,
            files: ("/dev/null", home.directory.path("out"), home.directory.path("err")))
        #expect(await eventually { access(home.shop + "/waits", F_OK) == 0 })
        kill(child.process, number)
        if number == SIGINT { kill(child.process, number) }
        #expect(await child.wait() == 128 + number)
        #expect(await eventually { !isRunning("sleep 4712") })
    }

    @Test(
        "a command that ignores SIGTERM does not outlive what waited for it", arguments: ["batch", "verify", "timeout"])
    func stubborn(way: String) async throws {
        let home = try make("trap '' TERM; echo > waits; sleep 4713 & wait")
        let arguments =
            switch way {
            case "verify": ["verify", "--server", "far"]
            // Long enough for a busy machine to start the command before.
            case "timeout": ["--batch", "--timeout", "5s", "hello"]
            default: ["--batch", "hello"]
            }
        let child = try Child(
            ["\(Home.programs)/belay"] + arguments, environment: home.environment, directory: home.shop,
            files: ("/dev/null", home.directory.path("out"), home.directory.path("err")))
        #expect(await eventually { access(home.shop + "/waits", F_OK) == 0 && isRunning("sleep 4713") })
        if way != "timeout" { kill(child.process, SIGTERM) }
        #expect(await child.wait() == (way == "timeout" ? 75 : 128 + SIGTERM))
        #expect(await eventually { !isRunning("sleep 4713") })
    }

    @Test("a signal ends a run whose answer nobody reads", arguments: [SIGTERM, SIGINT])
    func unreadOutput(number: Int32) async throws {
        let home = try Home()
        let pipe = home.directory.path("pipe")
        mkfifo(pipe, 0o600)
        // A pipe with an open reader that does not read, and with less capacity than the answer.
        let reader = open(pipe, O_RDWR | O_NONBLOCK)
        defer { close(reader) }
        // F_SETPIPE_SZ, which Glibc's module hides.
        _ = fcntl(reader, 1_031, 4_096)
        let filling = [UInt8](repeating: 0x2E, count: 4_096)
        #expect(write(reader, filling, filling.count) == 4_096)
        let child = try Child(
            ["\(Home.programs)/belay", "--batch", "what is the retry policy?"], environment: home.environment,
            directory: home.shop, files: ("/dev/null", pipe, home.directory.path("err")))
        #expect(await eventually { (try? Records(home))??.unfinished.isEmpty ?? false })
        kill(child.process, number)
        #expect(await child.wait() == 128 + number)
    }

    private func isRunning(_ words: String) -> Bool {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.contains { entry in
            guard Int32(entry) != nil, let line = FileManager.default.contents(atPath: "/proc/\(entry)/cmdline") else {
                return false
            }
            return line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ") == words
        }
    }
}
