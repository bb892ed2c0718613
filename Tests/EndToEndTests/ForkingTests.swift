import FailPoints
import Foundation
import Ledger
import ProgramKit
import TestKit
import Testing

/// A chat is forked while the network goes away.
@Suite("Forks over a bad network", .serialized)
struct ForkingTests {
    /// How a fork is asked for.
    enum Way: CaseIterable { case command, list }

    @Test("a fork whose answer is lost is made once, and it is the chat that is shown", arguments: Way.allCases)
    func lostAnswer(way: Way) async throws {
        let folder = try TemporaryDirectory("gate")
        let gate = folder.path("gate")
        let home = try Home(["BELAY_FAILPOINT": "\(FailPointName.created.rawValue)=hold:\(gate)"])
        let detour = try await Detour(home)
        let screen = try await detour.screen(rows: 100)
        try screen.enter("What is a cart?")
        #expect(await screen.shows { $0.contains("I searched") && !$0.contains("working") }, "\(screen.text)")

        // The server makes the fork, and does not come to say so.
        _ = FileManager.default.createFile(atPath: gate, contents: nil)
        switch way {
        case .command: try screen.enter("/fork another way")
        case .list:
            try screen.press("C-s")
            #expect(await screen.shows("Enter open"), "\(screen.text)")
            try screen.press("f")
            #expect(await screen.shows("Title of the fork: What is a cart? (fork)"), "\(screen.text)")
            try screen.press("C-u")
            try screen.enter("another way")
        }
        #expect(try await eventually { try Records.sessions(of: home).count == 2 }, "\(screen.text)")
        await detour.cut()
        #expect(
            await screen.shows { $0.contains("◌ offline") && $0.contains("becomes a copy of “What is a cart?”") },
            "\(screen.text)")
        try screen.enter("What is an order?")
        #expect(await screen.shows("queued"), "\(screen.text)")

        try FileManager.default.removeItem(atPath: gate)
        await detour.heal()
        try screen.press("F5")
        #expect(await screen.shows("This chat is a fork of “What is a cart?”."), "\(screen.text)")
        #expect(
            await screen.shows { $0.components(separatedBy: "I searched").count == 3 && !$0.contains("working") },
            "\(screen.text)")
        let sessions = try Records.sessions(of: home)
        #expect(sessions.map(\.title).sorted { $0 ?? "" < $1 ?? "" } == ["What is a cart?", "another way"])
        await screen.expect(\.rows, of: try await detour.screen(rows: 100))

        try screen.press("M-/")
        #expect(await screen.shows { $0.contains("● live") && !$0.contains("is a fork of") }, "\(screen.text)")
        #expect(!screen.text.contains("What is an order?"), "it is in the fork alone: \(screen.text)")
    }
}
