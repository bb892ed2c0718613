import Foundation
import ProgramKit
import TestKit
import Testing

/// `belay --line` over pipes and in a dumb terminal, with the real programs.
@Suite("Line mode", .serialized)
struct LineModeTests {
    @Test("over pipes every line has its speaker, and the end of the input waits for the answers")
    func pipes() async throws {
        let home = try Home()
        let outcome = try await home.run(
            "belay", ["--line", "--new"], input: Data("how are things retried?\n/memory\n".utf8))
        #expect(outcome.status == 0, "\(outcome.errors)")
        let lines = outcome.output.split(separator: "\n").map(String.init)
        #expect(lines.first == "chat: shop, librarian in ~/shop")
        #expect(lines.contains("you: how are things retried?"))
        #expect(lines.contains { $0.hasPrefix("agent: ") && $0.contains("retr") })
        #expect(lines.contains { $0.hasPrefix("status: the agent is done") })
        #expect(lines.contains("Of this session:"))
        #expect(lines.last?.hasPrefix("resume with: belay -r ") == true)
        #expect(!outcome.output.contains("\u{1B}"))
    }

    @Test("a chat of another folder is opened from the menu, forked, and gone on with")
    func otherFolderAndFork() async throws {
        let home = try Home()
        #expect(try await home.batch("What is a cart?").status == 0)
        let outcome = try await home.run(
            "belay", ["--line", "--new", "--directory", "/usr"],
            input: Data("/sessions\n2\n/fork another way\nhow are things retried?\n".utf8))
        #expect(outcome.status == 0, "\(outcome.errors)")
        let lines = outcome.output.split(separator: "\n").map(String.init)
        #expect(lines.first == "chat: usr, librarian in /usr")
        #expect(lines.contains { $0.hasPrefix("2: What is a cart?") && $0.hasSuffix("~/shop") }, "\(lines)")
        for title in ["What is a cart?", "another way"] {
            #expect(lines.contains("chat: \(title), librarian in ~/shop"), "\(lines)")
        }
        #expect(lines.contains("notice: This chat is a fork of “What is a cart?”."), "\(lines)")
        #expect(lines.contains { $0.hasPrefix("status: the agent is done") }, "\(lines)")
        let listed = try await home.run("belay", ["sessions"])
        #expect(listed.output.contains("another way") && listed.output.contains("What is a cart?"))
        let continued = try await home.run("belay", ["--batch", "-r", "nothing-such", "--fork", "hello"])
        #expect(continued.status != 0 && continued.errors.contains("not at the server"), "\(continued)")
    }

    /// Answers the question with a number, again as long as that came too soon after it.
    private func choose(_ number: String, on screen: Screen) async throws {
        var soon = 0
        while !screen.text.contains("question: answered") {
            try screen.enter(number)
            let before = soon
            let isHeard = await screen.shows {
                $0.contains("question: answered") || $0.components(separatedBy: "too soon").count - 1 > before
            }
            try #require(isHeard, "\(screen.text)")
            soon = screen.text.components(separatedBy: "too soon").count - 1
        }
    }

    @Test("on a terminal a turn, a permission, a loss and a return are lines, ^C stops a turn, and ^D leaves")
    func terminal() async throws {
        let home = try Home()
        try home.configurePeer()
        let detour = try await Detour(home)
        let bytes = home.directory.path("bytes")
        let screen = try Screen(
            home, rows: 80,
            command: "read -r go; \(Home.programs)/belay --line --agent peer --server \(detour.url)")
        try screen.record(into: bytes)
        try screen.press("Enter")
        #expect(await screen.shows("status: live"), "\(screen.text)")
        try screen.enter("repeat all is well")
        #expect(await screen.shows("status: the agent is done"), "\(screen.text)")
        #expect(screen.text.contains("\nagent: repeat all is well\n"), "\(screen.text)")

        try screen.enter("ask")
        #expect(await screen.shows("question: permission needed: delete: Remove it"), "\(screen.text)")
        #expect(screen.text.contains("\n1: Allow\n2: Reject\n"), "\(screen.text)")
        try await choose("1", on: screen)
        #expect(await screen.shows("Done."), "\(screen.text)")
        #expect(home.peerAnswers == ["yes"])
        #expect(screen.text.components(separatedBy: "question: answered").count == 2, "said once: \(screen.text)")

        await detour.cut()
        #expect(await screen.shows("status: offline, attempt "), "\(screen.text)")
        try screen.enter("repeat from far away")
        #expect(await screen.shows("status: queued, and sent when the connection is back"), "\(screen.text)")
        await detour.heal()
        #expect(await screen.shows { $0.contains("status: live again") && $0.contains("agent: repeat from far") })

        try screen.enter("wait")
        #expect(await eventually { home.peerPrompts("wait") == 1 })
        try screen.press("C-c")
        #expect(await screen.shows("status: stopping the turn"), "\(screen.text)")
        #expect(await screen.shows("status: stopped"), "\(screen.text)")
        try screen.enter("repeat it goes on")
        #expect(await screen.shows("agent: repeat it goes on"), "\(screen.text)")
        try screen.press("C-d")
        #expect(await screen.shows { $0.contains("resume with: belay --server ") && $0.contains("left with 0") })

        let written = try String(contentsOfFile: bytes, encoding: .utf8)
        #expect(written.contains("agent: repeat all is well"), "\(written)")
        let moving = written.unicodeScalars.filter { $0 == "\u{1B}" || $0 == "\u{8}" || $0 == "\u{9B}" }
        let isOverprinted = written.replacing("\r\n", with: "").contains("\r")
        #expect(moving.isEmpty && !isOverprinted, "nothing moves the cursor: \(written.debugDescription)")
    }

    @Test("a dumb terminal gets lines, also while the server is gone and after it came back")
    func dumb() async throws {
        let home = try Home(["TERM": "dumb"])
        let screen = try Screen(home, command: "TERM=dumb \(Home.programs)/belay --new")
        #expect(await screen.shows("status: live"), "\(screen.text)")
        for process in home.serverProcesses() { kill(process, SIGKILL) }
        #expect(await screen.shows { $0.contains("status: offline") || $0.contains("status: live again") })
        try screen.type("how are things retried?")
        try screen.press("Enter")
        #expect(await screen.shows("status: the agent is done"), "\(screen.text)")
        try screen.press("C-d")
        #expect(await screen.shows("left with 0"), "\(screen.text)")
    }
}
