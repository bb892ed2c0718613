import Foundation
import ProgramKit
import Sync
import TestKit
import Testing
import Wire

/// Programs that run side by side, and one that stands still for a while.
@Suite("Side by side", .serialized)
struct SideBySideTests {
    private static let question = "How does the retry policy choose its delay?"
    /// How long a client is stopped: longer than a loss takes to be noticed while a turn runs, on clocks that only the
    /// kernel moves.
    private static let stop = (Heartbeat.intervalBusy + Heartbeat.timeoutMinimum) * 2

    @Test("two clients on one copy of one chat are both current, and every entry is there once")
    func twoClients() async throws {
        let home = try Home()
        let first = try Screen(home, rows: 100)
        #expect(await first.shows("● live"), "\(first.text)")
        try first.type("What is a cart?")
        try first.press("Enter")
        #expect(await first.shows("I searched"), "\(first.text)")

        let second = try Screen(home, rows: 100)
        #expect(await second.shows("● live"), "\(second.text)")
        #expect(await second.shows("What is a cart?"), "the same chat")
        try second.type(Self.question)
        try second.press("Enter")
        for screen in [first, second] {
            #expect(await screen.shows { $0.components(separatedBy: "I searched").count == 3 }, "\(screen.text)")
            #expect(await screen.shows("● live"), "\(screen.text)")
        }
        // Both at once: neither holds the other up, and neither takes the other's place.
        try first.type("What is an order?")
        try second.type("What is the stock?")
        try first.press("Enter")
        try second.press("Enter")
        try await home.expectWhole(prompts: 4)
        for screen in [first, second] {
            #expect(await screen.shows("● live"), "\(screen.text)")
            #expect(!screen.text.contains("connection lost"), "\(screen.text)")
        }
    }

    @Test("a client that was stopped in the middle of a turn goes on as if nothing had been")
    func stopped() async throws {
        let gates = try TemporaryDirectory("gate")
        let gate = gates.path("gate")
        _ = FileManager.default.createFile(atPath: gate, contents: nil)
        let home = try Home(["BELAY_FAILPOINT": "librarian.step5.chunk=hold:\(gate)"])
        let screen = try Screen(home, rows: 100)
        #expect(await screen.shows("● live"), "\(screen.text)")
        try screen.type(Self.question)
        try screen.press("Enter")
        #expect(await screen.shows("Plan 4/5"), "\(screen.text)")

        let process = try #require(screen.process)
        kill(process, SIGSTOP)
        // The time that passes is what is tried here.
        try await Task.sleep(for: Self.stop)
        try FileManager.default.removeItem(atPath: gate)
        let begun = ContinuousClock.now
        kill(process, SIGCONT)
        #expect(await screen.shows("I searched"), "\(screen.text)")
        let took = Double((ContinuousClock.now - begun).nanoseconds) / 1e9
        print(
            "figure: stopped for \(Self.stop), the answer is on the screen \(String(format: "%.2f s", took)) after the wake"
        )
        #expect(await screen.shows("● live"), "\(screen.text)")
        #expect(!screen.text.contains("connection lost"), "a sleep is no loss: \(screen.text)")
        try await home.expectWhole(prompts: 1)
    }
}
