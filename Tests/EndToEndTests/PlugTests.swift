import Foundation
import ProgramKit
import TestKit
import Testing

/// The plug is pulled in the middle of an answer, on either side.
@Suite("Pull the plug", .serialized)
struct PlugTests {
    private static let question = "How does the retry policy choose its delay?"

    /// What the same question is answered when nothing happens.
    private func undisturbed() async throws -> String {
        let home = try Home()
        let outcome = try await home.batch(Self.question)
        #expect(outcome.status == 0, "\(outcome.errors)")
        return outcome.output
    }

    @Test("kill -9 of the server: offline is shown, then the finished answer, once")
    func serverDies() async throws {
        let expected = try await undisturbed()
        let directory = try TemporaryDirectory("gate")
        let gate = directory.path("gate")
        _ = FileManager.default.createFile(atPath: gate, contents: nil)
        let home = try Home(["BELAY_FAILPOINT": "librarian.step5.chunk=hold:\(gate)"])
        let screen = try Screen(home, rows: 200)
        #expect(await screen.shows("● live"))
        try screen.type(Self.question)
        try screen.press("Enter")
        #expect(await screen.shows("Plan 4/5"), "\(screen.text)")

        let server = try #require(home.serverProcesses().first)
        let lock = home.keepServerAway()
        #expect(await screen.shows("◌ offline"), "\(screen.text)")
        close(lock)
        #expect(await screen.shows("● live"), "\(screen.text)")
        #expect(await screen.shows("↻"), "the latency of the resume is shown")
        #expect(home.serverProcesses().first != server)

        try FileManager.default.removeItem(atPath: gate)
        #expect(await screen.shows("I searched"), "\(screen.text)")
        expectOnce(expected, on: screen)
        await screen.expect(\.chat, of: try Screen(home, rows: 200))
    }

    @Test("kill -9 of the client: it comes back to everything, and the answer is complete")
    func clientDies() async throws {
        let expected = try await undisturbed()
        let directory = try TemporaryDirectory("gate")
        let gate = directory.path("gate")
        _ = FileManager.default.createFile(atPath: gate, contents: nil)
        let home = try Home(["BELAY_FAILPOINT": "librarian.step5.chunk=hold:\(gate)"])
        let first = try Screen(home, rows: 200)
        #expect(await first.shows("● live"))
        try first.type(Self.question)
        try first.press("Enter")
        #expect(await first.shows("Plan 4/5"))
        try first.type("half a thought")
        #expect(await first.shows("half a thought"))
        #expect(await eventually { (try? Records.draft(of: home)) == "half a thought" }, "the disk has it")
        let process = try #require(first.process)
        kill(process, SIGKILL)
        // The agent continues without any client.
        try FileManager.default.removeItem(atPath: gate)

        let second = try Screen(home, rows: 200)
        #expect(await second.shows("● live"))
        #expect(await second.shows("I searched"), "\(second.text)")
        #expect(second.text.contains("half a thought"), "the draft survives")
        expectOnce(expected, on: second)
        await second.expect(\.still, of: try Screen(home, rows: 200))
    }

    /// Each line of the answer that occurs once in it is shown once: no gap, no repetition.
    private func expectOnce(_ expected: String, on screen: Screen) {
        let text = screen.text
        // The marks of code are not shown.
        let expected = expected.replacing("`", with: "")
        let lines = expected.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        let telling = Set(
            lines.filter { line in line.count > 20 && line.count < 80 && lines.count { $0 == line } == 1 })
        #expect(!telling.isEmpty)
        for line in telling {
            let seen = text.components(separatedBy: line).count - 1
            // A line may be a part of another one.
            let wanted = expected.components(separatedBy: line).count - 1
            #expect(seen == wanted, "seen \(seen) times: \(line)")
        }
    }
}
