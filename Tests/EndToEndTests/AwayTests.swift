import Foundation
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
        let server = try #require(home.serverProcesses().first)
        // Nobody can start a new server as long as somebody holds this lock.
        let lock = open(home.directory.path("state/belay/start.lock"), O_RDWR)
        #expect(flock(lock, LOCK_EX) == 0)
        kill(server, SIGKILL)
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
        try await home.expectWhole(prompts: 1)
    }

    @Test("^Z gives the terminal to the shell, and fg brings the screen back as it was")
    func suspended() async throws {
        let home = try Home()
        let shell = try Screen(home, command: "PS1='ready> ' bash --norc --noprofile -i")
        #expect(await shell.shows("ready>"), "\(shell.text)")
        try shell.type("\(Home.programs)/belay")
        try shell.press("Enter")
        #expect(await shell.shows("● live"), "\(shell.text)")
        try shell.type("a draft")
        #expect(await shell.shows("> a draft"), "\(shell.text)")
        try shell.press("C-z")
        #expect(await shell.shows { $0.contains("Stopped") && !$0.contains("● live") }, "\(shell.text)")
        try shell.type("echo at the shell")
        try shell.press("Enter")
        #expect(await shell.shows { $0.contains("\nat the shell") }, "\(shell.text)")
        try shell.type("fg")
        try shell.press("Enter")
        #expect(await shell.shows { $0.contains("● live") && $0.contains("> a draft") }, "\(shell.text)")
        try shell.type(" that goes on")
        #expect(await shell.shows("> a draft that goes on"), "\(shell.text)")
        #expect(!shell.text.contains("at the shell"), "\(shell.text)")
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
