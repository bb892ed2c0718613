import Foundation
import Glibc
import Platform
import ProgramKit
import Synchronization
import TestKit
import Testing

/// Commands that do not outlive what runs them.
@Suite struct GuardedCommandTests {
    private static let guardian = "\(Home.programs)/belayd"

    private func command(_ line: String, mark: String = "") -> GuardedCommand {
        GuardedCommand(
            guardian: Self.guardian, words: ["/bin/sh", "-c", line], environment: ["GUARDED": mark, "GONE": nil],
            directory: "/usr")
    }

    /// Reads what a command writes, so that it can write.
    private static let drained: @Sendable (GuardedProcess) async throws -> Void = { process in
        async let errors: Void = process.readErrors { _ in }
        try await process.readOutput { _ in }
        try await errors
    }

    /// The processes with that mark in their environment.
    private func processes(_ mark: String) -> [pid_t] { ProcessTable.processes(with: "GUARDED=\(mark)") }

    @Test(arguments: [
        ("exit 0", ProcessEnd.exited(0)), ("exit 7", .exited(7)), ("kill -9 $$", .signaled(9)),
        ("kill -11 $$", .signaled(11)), ("exec no-such-program", .exited(127)),
    ])
    func itEndsAsItsCommandDid(_ line: String, _ end: ProcessEnd) async throws {
        #expect(try await command(line).run(Self.drained) == end)
    }

    @Test func whatCannotBeRunIsSaid() async throws {
        for (words, end) in [(["no-such-program"], ProcessEnd.exited(127)), (["/etc/passwd"], .exited(126))] {
            let said = Mutex("")
            let command = GuardedCommand(guardian: Self.guardian, words: words, directory: "/")
            let result = try await command.run { process in
                try await process.readErrors { bytes in said.withLock { $0 += String(decoding: bytes, as: UTF8.self) } }
            }
            #expect(result == end && result.isNotRun)
            #expect(said.withLock { $0.hasPrefix("\(words[0]): ") })
        }
    }

    @Test func itsStreamsAreTheCommands() async throws {
        let said = Mutex("")
        let errors = Mutex("")
        let end = try await command("read line; echo \"$line ${GONE-unset}\"; pwd; umask >&2").run { process in
            try await process.write(Array("hello\n".utf8))
            await process.finishInput()
            try await process.readOutput { bytes in said.withLock { $0 += String(decoding: bytes, as: UTF8.self) } }
            try await process.readErrors { bytes in errors.withLock { $0 += String(decoding: bytes, as: UTF8.self) } }
        }
        #expect(end == .exited(0))
        #expect(said.withLock { $0 } == "hello unset\n/usr\n")
        #expect(errors.withLock { Int($0.dropLast(), radix: 8) } == Int(FileMask.inherited))
    }

    @Test func nothingThatItBeganIsLeft() async throws {
        let mark = "left-\(getpid())"
        let line = "setsid sleep 600 & (setsid sleep 600 &) ; sleep 600 & exit 0"
        _ = try await command(line, mark: mark).run(Self.drained)
        #expect(processes(mark).isEmpty)
    }

    @Test func whatDoesNotWantToEndIsKilled() async throws {
        let mark = "stubborn-\(getpid())"
        let line = "trap '' TERM HUP INT; setsid sleep 600 & echo ready; while :; do sleep 1; done"
        let end = try await command(line, mark: mark).run { process in
            try await process.readOutput { _ in process.end() }
        }
        #expect(end == .signaled(SIGKILL))
        #expect(processes(mark).isEmpty)
    }

    @Test func aCancelledTaskEndsIt() async throws {
        let mark = "cancelled-\(getpid())"
        let command = command("echo ready; sleep 600", mark: mark)
        let task = Task {
            try await command.run { process in try await process.readOutput { _ in } }
        }
        #expect(await eventually { processes(mark).count >= 3 })
        task.cancel()
        _ = await task.result
        #expect(await eventually { processes(mark).isEmpty })
    }

    @Test(arguments: [SIGKILL, SIGTERM])
    func itEndsWithTheProcessThatWantedIt(_ signal: Int32) async throws {
        let mark = "orphan-\(signal)-\(getpid())"
        let parent = try Child(
            [
                "/bin/sh", "-c",
                "'\(Self.guardian)' guard $$ 18 sh -c 'trap \"\" HUP TERM; setsid sleep 600 & sleep 600'; :",
            ],
            environment: ["GUARDED": mark, "PATH": "/usr/bin:/bin"], directory: "/",
            files: ("/dev/null", "/dev/null", "/dev/null"))
        #expect(await eventually { processes(mark).count >= 5 }, "the parent, the guard, a shell, and two commands")
        kill(parent.process, signal)
        #expect(await eventually { processes(mark).filter { $0 != parent.process }.isEmpty })
        waitpid(parent.process, nil, 0)
    }

    @Test func whoIsNotItsParentGetsNoGuard() throws {
        let home = try TemporaryDirectory("guard")
        let errors = home.path("errors")
        let child = try Child(
            [Self.guardian, "guard", "1", "022", "true"], environment: [:], directory: "/",
            files: ("/dev/null", "/dev/null", errors))
        var status: Int32 = 0
        waitpid(child.process, &status, 0)
        #expect(status >> 8 & 0xFF == 125)
        #expect(try String(contentsOfFile: errors, encoding: .utf8).contains("No such process"))
    }
}
