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
        #expect(lines.filter { $0 == "chat: shop, librarian in ~/shop" }.count == 2, "\(lines)")
        #expect(lines.contains("notice: This chat is a fork of “What is a cart?”."), "\(lines)")
        #expect(lines.contains { $0.hasPrefix("status: the agent is done") }, "\(lines)")
        let listed = try await home.run("belay", ["sessions"])
        #expect(listed.output.contains("another way") && listed.output.contains("What is a cart?"))
        let continued = try await home.run("belay", ["--batch", "-r", "nothing-such", "--fork", "hello"])
        #expect(continued.status != 0 && continued.errors.contains("not at the server"), "\(continued)")
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
