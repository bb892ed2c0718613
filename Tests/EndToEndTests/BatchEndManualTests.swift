import Foundation
import ProgramKit
import TestKit
import Testing

/// How `belay --batch` ends before its prompts are through, and what it says then.
@Suite("The manual of belay: the end of a batch run", .serialized)
struct BatchEndManualTests {
    private static let question = "How does the retry policy choose its delay?"

    /// What lets the agent stop in the middle of an answer for as long as the file is there.
    private func holding(_ gate: String) -> [String: String] {
        _ = FileManager.default.createFile(atPath: gate, contents: nil)
        return ["BELAY_FAILPOINT": "librarian.step5.chunk=hold:\(gate)"]
    }

    @Test("--timeout ends the run with 75, and the line that it prints goes on with the prompt")
    func timeout() async throws {
        let home = try Home()
        let gate = home.directory.path("gate")
        let outcome = try await home.run(
            "belay", ["--batch", "--timeout", "1s", Self.question], environment: holding(gate))
        #expect(outcome.status == 75)
        #expect(outcome.output.isEmpty)
        let hint = /the time-out \(--timeout\) has passed; the prompt is safe, and `belay -r ([^ `]+)` resumes it/
        let name = try #require(outcome.errors.firstMatch(of: hint)?.output.1, "\(outcome.errors)")
        unlink(gate)
        let next = try await home.batch("-r", String(name), "thanks")
        #expect(next.status == 0, "\(next.errors)")
        #expect(next.output == "You are welcome.\n")
        try await home.expectWhole(prompts: 2)
    }

    @Test("--max-offline is waited for without a connection, and inf for longer than any time")
    func maxOffline() async throws {
        let home = try Home()
        let nowhere = "unix:" + home.directory.path("nowhere")
        for (options, words) in [
            (["--max-offline", "0"], "no connection ("), (["--max-offline", "1s"], "no connection for 1 s ("),
            (["--max-offline", "300ms", "--timeout", "1m"], "no connection for "),
            (["--max-offline", "inf", "--timeout", "1s"], "the time-out (--timeout) has passed"),
            (["--timeout", "1s"], "the time-out (--timeout) has passed"),
        ] {
            let outcome = try await home.run("belay", ["--batch", "--server", nowhere] + options + ["hello"])
            #expect(outcome.status == 75, "\(options): \(outcome.errors)")
            #expect(outcome.errors.contains(words), "\(options): \(outcome.errors)")
            #expect(outcome.errors.contains("`belay --server \(nowhere) -r "), "\(options): \(outcome.errors)")
        }
    }

    @Test("a run whose output nobody reads any more dies of it", arguments: ["text", "jsonl"])
    func unread(form: String) async throws {
        let home = try Home()
        // A pipeline ends as its last program does, so the shell says how the one before it ended.
        let pipeline = ["sh", "-c", #"{ "$@"; echo "ended with $?" >&2; } | true"#, "sh"]
        let outcome = try await home.run("belay", ["--batch", "-o", form, "hello"], prefix: pipeline)
        #expect(outcome.errors.contains("ended with 141"), "\(outcome.errors)")
    }

    /// Whether a signal was sent to a process that has not taken it yet (`ShdPnd` of proc_pid_status(5)).
    private func isPending(_ signal: Int32, in process: pid_t) -> Bool {
        let status = FileManager.default.contents(atPath: "/proc/\(process)/status") ?? Data()
        let pending = String(decoding: status, as: UTF8.self).firstMatch(of: /ShdPnd:\s*([0-9a-f]+)/)
        let set = pending.flatMap { UInt64($0.output.1, radix: 16) } ?? 0
        return set & 1 << UInt64(signal - 1) != 0
    }

    @Test(
        "an interrupted run waits two seconds for the end of its turn, and a second interrupt ends it at once",
        arguments: [1, 10])
    func interrupt(times: Int) async throws {
        let home = try Home()
        let held = holding(home.directory.path("gate"))
        let output = home.directory.path("output")
        let child = try Child(
            ["\(Home.programs)/belay", "--batch", "-v", Self.question],
            environment: home.environment.merging(held) { _, new in new }, directory: home.shop,
            files: ("/dev/null", output, output + ".errors"))
        defer { child.killAndWait() }
        @Sendable func errors() -> String { (try? String(contentsOfFile: output + ".errors", encoding: .utf8)) ?? "" }
        #expect(await eventually { errors().contains("step 5 of 5") }, "\(errors())")
        // A stopped server, which cannot say that the turn has ended.
        let server = try #require(home.serverProcesses().first)
        kill(server, SIGSTOP)
        let begun = ContinuousClock.now
        kill(child.process, SIGINT)
        for _ in 1..<times {
            // The kernel merges pending signals of one kind into one.
            #expect(await eventually { !isPending(SIGINT, in: child.process) })
            kill(child.process, SIGINT)
        }
        #expect(await child.wait(within: .seconds(60)) == 128 + SIGINT, "the server never answers")
        let took = ContinuousClock.now - begun
        #expect(took >= .seconds(2) || times > 1, "\(took)")
        #expect(errors().contains("interrupted") == (times == 1), "who has waited says so: \(errors())")
        withExtendedLifetime(home) {}
    }
}
