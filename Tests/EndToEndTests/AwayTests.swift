import Foundation
import Ledger
import ProgramKit
import TestKit
import Testing

/// What the user does while the server is away, or the screen is not in front, is there when both are back.
@Suite("Away and back", .serialized)
struct AwayTests {
    @Test("typed, queued and drafted offline, then killed: all of it is back, and the prompt is answered once")
    func offline() async throws {
        let home = try Home()
        let first = try Screen(home)
        #expect(await first.shows("● live"), "\(first.text)")
        let lock = home.keepServerAway()
        #expect(await first.shows("◌ offline"), "\(first.text)")
        try first.type("What is a cart?")
        try first.press("Enter")
        #expect(await first.shows { $0.contains("queued") && $0.contains("outbox 1") }, "\(first.text)")
        try first.type("half a thought")
        #expect(await eventually { (try? Records.draft(of: home)) == "half a thought" }, "the disk has it")
        kill(try #require(first.process), SIGKILL)

        let second = try Screen(home)
        #expect(await second.shows { $0.contains("queued") && $0.contains("> half a thought") }, "\(second.text)")
        close(lock)
        #expect(await second.shows { $0.contains("● live") && $0.contains("I searched") }, "\(second.text)")
        #expect(await second.shows { $0.contains("outbox 0") && !$0.contains("queued") }, "\(second.text)")
        #expect(second.text.contains("> half a thought"), "\(second.text)")
        await second.expect(\.rows, of: try Screen(home))
        try await home.expectWhole(prompts: 1)
    }

    @Test("a chat that is left offline is sent its prompts when the network is back, and answers meanwhile")
    func leftOffline() async throws {
        let home = try Home()
        let screen = try Screen(home, rows: 60)
        #expect(await screen.shows("● live"), "\(screen.text)")
        let lock = home.keepServerAway()
        #expect(await screen.shows("◌ offline"), "\(screen.text)")
        try screen.enter("What is a cart?")
        #expect(await screen.shows { $0.contains("queued") && $0.contains("outbox 1") }, "\(screen.text)")
        try screen.enter("/new")
        #expect(await screen.shows("1 prompt waits"), "\(screen.text)")
        close(lock)
        #expect(await screen.shows { $0.contains("● live") && $0.contains("1 unread") }, "\(screen.text)")
        try screen.press("C-s")
        #expect(await screen.shows { $0.contains("What is a cart?") && !$0.contains("waiting") }, "\(screen.text)")
        try screen.press("Escape")
        try screen.press("M-/")
        #expect(await screen.shows { $0.contains("I searched") && $0.contains("outbox 0") }, "\(screen.text)")
        try await home.expectWhole(prompts: 1)
    }

    @Test("a chat that is deleted before it was sent anything is not sent afterwards")
    func deletedOffline() async throws {
        let home = try Home()
        #expect(try await home.batch("hello").status == 0)
        let lock = home.keepServerAway()
        let screen = try Screen(home, rows: 60, arguments: ["--new"])
        #expect(await screen.shows("◌ offline"), "\(screen.text)")
        try screen.enter("What is a cart?")
        #expect(await screen.shows { $0.contains("queued") && $0.contains("outbox 1") }, "\(screen.text)")
        try screen.enter("/new")
        #expect(await screen.shows("not created at the server yet, 1 prompt waits"), "\(screen.text)")
        try screen.press("C-s")
        #expect(await screen.shows("▸"), "\(screen.text)")
        try screen.press("d")
        #expect(await screen.shows("Delete “What is a cart?”"), "\(screen.text)")
        try screen.press("y")
        #expect(await screen.shows { !$0.contains("What is a cart?  (") }, "\(screen.text)")
        close(lock)
        #expect(await screen.shows("● live"), "\(screen.text)")
        // Long enough for a connection that had been waiting for the server as well.
        try await Task.sleep(for: .seconds(2))
        let titles = try Records.sessions(of: home).compactMap(\.title)
        #expect(titles == ["hello"], "\(titles)")
    }

    @Test("^Z gives the terminal to the shell, and fg brings the screen back as it was, in whatever size")
    func suspended() async throws {
        let home = try Home()
        let shell = try await Screen.shell(home)
        try shell.enter("\(Home.programs)/belay")
        #expect(await shell.shows("● live"), "\(shell.text)")
        try shell.enter("What is a cart?")
        #expect(await shell.shows { $0.contains("I searched") && !$0.contains("working") }, "\(shell.text)")
        try shell.type("a draft")
        #expect(await shell.shows("> a draft"), "\(shell.text)")
        let before = shell.still
        try shell.press("C-z")
        #expect(await shell.shows { $0.contains("Stopped") && !$0.contains("● live") }, "\(shell.text)")
        try shell.enter("echo at the shell")
        #expect(await shell.shows { $0.contains("\nat the shell") }, "\(shell.text)")
        try shell.enter("fg")
        #expect(await shell.shows { $0.contains("● live") && $0.contains("> a draft") }, "\(shell.text)")
        #expect(await eventually { shell.still == before }, "\(shell.text)\n--- before:\n\(before)")

        // What became of the size meanwhile is seen afterwards.
        try shell.press("C-z")
        #expect(await shell.shows { $0.contains("Stopped") && !$0.contains("● live") }, "\(shell.text)")
        try shell.resize(columns: 60, rows: 20)
        try shell.enter("fg")
        await shell.expect(\.still, of: try Screen(home, columns: 60, rows: 20))
        try shell.type(" that goes on")
        #expect(await shell.shows("> a draft that goes on"), "\(shell.text)")
    }

    @Test("a paste of several lines is not sent, and a long one is a chip")
    func pasted() async throws {
        let home = try Home()
        // High enough for the prompt and its answer, which may be there at the first look.
        let screen = try Screen(home, rows: 100)
        #expect(await screen.shows("● live"), "\(screen.text)")
        try screen.type("\u{1B}[200~first line\nsecond line\u{1B}[201~")
        #expect(await screen.shows { $0.contains("> first line") && $0.contains("  second line") }, "\(screen.text)")
        let long = (1...30).map { "line \($0)" }.joined(separator: "\n")
        try screen.type(" \u{1B}[200~\(long)\u{1B}[201~")
        #expect(await screen.shows("[paste #1: 30 lines]"), "\(screen.text)")
        try screen.press("Enter")
        #expect(await screen.shows("line 30"), "sent as a whole: \(screen.text)")
        try await home.expectWhole(prompts: 1)
    }
}
