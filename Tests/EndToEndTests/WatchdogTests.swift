import Foundation
import ProgramKit
import Synchronization
import TestKit
import Testing

/// Whatever a command without a screen waits for, a signal and `--timeout` end it.
@Suite("The watchdog", .serialized)
struct WatchdogTests {
    /// What a command reads before it begins.
    enum Wait: String, CaseIterable, Sendable {
        case standardInput, wordsOfStandardInput, promptFile, configuration, plan, theMirrorsLock

        func arguments(_ pipe: String) -> [String] {
            switch self {
            case .standardInput: ["--batch"]
            case .wordsOfStandardInput: ["--batch", "hello", "-"]
            case .promptFile: ["--batch", "-f", pipe]
            case .configuration: ["--batch", "--config", pipe, "hello"]
            case .plan: ["proxy", "--to", "127.0.0.1:1", "--plan", pipe]
            case .theMirrorsLock: ["--batch", "hello"]
            }
        }
    }

    private func makePipe(_ home: Home) -> String {
        let pipe = home.directory.path("pipe")
        mkfifo(pipe, 0o600)
        return pipe
    }

    private func start(_ home: Home, _ arguments: [String], input: String = "/dev/null") throws -> Child {
        try Child(
            ["\(Home.programs)/belay"] + arguments, environment: home.environment, directory: home.shop,
            files: (input, home.directory.path("out"), home.directory.path("err")))
    }

    private func errors(_ home: Home) -> String {
        (try? String(contentsOfFile: home.directory.path("err"), encoding: .utf8)) ?? ""
    }

    @Test(
        "a signal ends a command that waits before it begins", arguments: Wait.allCases, [SIGINT, SIGTERM, SIGHUP])
    func signals(wait: Wait, number: Int32) async throws {
        let home = try Home()
        let pipe = makePipe(home)
        let writers = Mutex<Int32>(-1)
        var held: Int32 = -1
        defer { if held >= 0 { close(held) } }
        var input = "/dev/null"
        switch wait {
        case .standardInput, .wordsOfStandardInput:
            held = open(pipe, O_RDWR | O_CLOEXEC)
            input = pipe
        case .theMirrorsLock:
            held = open(try lock(home), O_RDWR | O_CLOEXEC)
            try #require(flock(held, LOCK_EX) == 0)
        case .promptFile, .configuration, .plan: break
        }
        let child = try start(home, wait.arguments(pipe), input: input)
        defer { child.killAndWait() }
        if held < 0 {
            // A pipe can be opened for writing without waiting only while somebody has it open for reading.
            #expect(
                await eventually {
                    let writer = open(pipe, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
                    writers.withLock { $0 = writer }
                    return writer >= 0
                })
            held = writers.withLock { $0 }
        } else {
            #expect(await eventually { access(home.directory.path("state/belay/desk.db"), F_OK) == 0 })
        }
        kill(child.process, number)
        // The pipes are waited for without end, and a lock that is not given up within five seconds ends the command with
        // another code: with this one it was the signal.
        #expect(await child.wait(within: .seconds(60)) == 128 + number)
    }

    @Test("--timeout ends a run that waits before it begins", arguments: Wait.allCases.filter { $0 != .plan })
    func timeoutBefore(wait: Wait) async throws {
        let home = try Home()
        let pipe = makePipe(home)
        let held = open(wait == .theMirrorsLock ? try lock(home) : pipe, O_RDWR | O_CLOEXEC)
        defer { close(held) }
        if wait == .theMirrorsLock { try #require(flock(held, LOCK_EX) == 0) }
        let reads = wait == .standardInput || wait == .wordsOfStandardInput
        let arguments = wait.arguments(pipe) + ["--timeout", "1s"]
        let child = try start(home, arguments, input: reads ? pipe : "/dev/null")
        defer { child.killAndWait() }
        #expect(await child.wait(within: .seconds(60)) == 75)
        #expect(errors(home).hasPrefix("belay: the time-out (--timeout) has passed, before"), "\(errors(home))")
    }

    private func lock(_ home: Home) throws -> String {
        try FileManager.default.createDirectory(
            atPath: home.directory.path("state/belay"), withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let path = home.directory.path("state/belay/mirror.db.lock")
        _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        return path
    }

    @Test("--timeout ends a run whose answer cannot be written")
    func timeoutAfter() async throws {
        let home = try Home()
        let pipe = makePipe(home)
        // Nobody reads the pipe: opening it for writing waits.
        let outcome = try await home.batch("--timeout", "8s", "-O", pipe, "hello")
        #expect(outcome.status == 75, "\(outcome.errors)")
        #expect(outcome.errors.contains("belay could not end in order"), "\(outcome.errors)")
    }

    @Test("--timeout says why there was no connection, and a signal does not promise a turn that was not sent")
    func reasons() async throws {
        let home = try Home()
        let nowhere = "unix:" + home.directory.path("nowhere")
        let outcome = try await home.batch("--server", nowhere, "--timeout", "1s", "hello")
        #expect(outcome.status == 75)
        #expect(outcome.errors.contains(/the time-out \(--timeout\) has passed \(.*nowhere.*\);/), "\(outcome.errors)")
        let child = try start(home, ["--batch", "--server", nowhere, "hello"])
        defer { child.killAndWait() }
        #expect(await eventually { errors(home).contains("retrying") })
        kill(child.process, SIGTERM)
        #expect(await child.wait() == 128 + SIGTERM)
        #expect(errors(home).contains("before the prompt was sent"), "\(errors(home))")
        #expect(!errors(home).contains("goes on at the server"), "\(errors(home))")
    }
}
