import Foundation
import ProgramKit
import TestKit
import Testing

/// The screen in a terminal that is treated roughly: resized without pause, and with a program that dies.
@Suite("Rough treatment of the terminal", .serialized)
struct RoughTerminalTests {
    /// A shell in which `belay` shows a chat.
    private func shell(_ home: Home) async throws -> Screen {
        let shell = try await Screen.shell(home, columns: 100, rows: 30)
        try shell.enter("\(Home.programs)/belay")
        #expect(await shell.shows("● live"), "\(shell.text)")
        try shell.enter("What is a cart?")
        #expect(await shell.shows { $0.contains("I searched") && !$0.contains("working") }, "\(shell.text)")
        return shell
    }

    /// The program is started again in the same terminal: it shows the chat as it was.
    private func expectBack(_ shell: Screen, _ before: [String]) async throws {
        try shell.enter("clear; \(Home.programs)/belay")
        #expect(await eventually { shell.still == before }, "\(shell.text)\n--- before:\n\(before)")
    }

    /// The process of `belay` that the shell in the pane has started.
    private func belay(in shell: Screen) throws -> pid_t {
        let bash = try #require(shell.process)
        let path = "/proc/\(bash)/task/\(bash)/children"
        return try #require(pid_t(try String(contentsOfFile: path, encoding: .utf8).split(separator: " ")[0]))
    }

    /// What is typed is echoed, at the shell's prompt.
    private func expectEcho(_ shell: Screen, _ word: String) async throws {
        try shell.type("echo \(word)")
        #expect(await shell.shows("ready> echo \(word)"), "\(shell.text)")
        try shell.press("Enter")
        #expect(await shell.shows { $0.contains("\n\(word)") }, "\(shell.text)")
    }

    /// A thread that does not block them would take the signals of a process from the one that reads them, and drop a
    /// change of the size.
    @Test("every thread of the screen leaves the terminal's signals to the one that reads them")
    func threads() async throws {
        let home = try Home()
        let screen = try Screen(home)
        #expect(await screen.shows("● live"), "\(screen.text)")
        try screen.press("C-s")
        #expect(await screen.shows("Sessions"), "\(screen.text)")
        let tasks = "/proc/\(try #require(screen.process))/task"
        let watched = [SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGCONT, SIGTSTP].reduce(0) { $0 | UInt64(1) << ($1 - 1) }
        let threads = try FileManager.default.contentsOfDirectory(atPath: tasks)
        #expect(threads.count > 1)
        for thread in threads {
            let status = try String(contentsOfFile: "\(tasks)/\(thread)/status", encoding: .utf8)
            let mask = try #require(status.firstMatch(of: /SigBlk:\t([0-9a-f]+)/)).output.1
            let name = status.prefix { $0 != "\n" }
            #expect(UInt64(mask, radix: 16).map { $0 & watched } == watched, "\(name): \(mask)")
        }
    }

    @Test("after a storm of sizes in the middle of an answer, the screen is what a new one of the last size is")
    func storm() async throws {
        let home = try Home()
        try home.configurePeer()
        let screen = try Screen(home, columns: 100, rows: 30, arguments: ["--agent", "peer"])
        #expect(await screen.shows("● live"), "\(screen.text)")
        let process = try #require(screen.process)
        // A hundred words a second, each another one.
        try screen.enter("stream 100 3")
        #expect(await screen.shows("working"), "\(screen.text)")
        var generator = SplitMix64(seed: 11)
        var sizes = (0..<60).map { _ in
            (Int.random(in: 1...200, using: &generator), Int.random(in: 1...60, using: &generator))
        }
        sizes.insert(contentsOf: [(1, 1), (200, 1), (1, 60), (20, 5), (19, 4), (80, 24)], at: 30)
        for (columns, rows) in sizes + [(1, 1), (80, 24)] { try screen.resize(columns: columns, rows: rows) }
        #expect(await screen.shows { $0.contains("● live") && !$0.contains("working") }, "\(screen.text)")
        #expect(screen.process == process && kill(process, 0) == 0, "it is the same process")
        await screen.expect(\.rows, of: try Screen(home, columns: 80, rows: 24))
    }

    @Test("a crash gives the terminal back", arguments: [SIGSEGV, SIGABRT, SIGTERM, SIGHUP])
    func crash(number: Int32) async throws {
        let home = try Home()
        let shell = try await shell(home)
        let before = shell.still
        kill(try belay(in: shell), number)
        #expect(await shell.shows { !$0.contains("● live") && $0.contains("ready>") }, "\(shell.text)")
        #expect(shell.text.hasPrefix("ready> \(Home.programs)/belay\n"), "what was there before: \(shell.text)")
        try await expectEcho(shell, "alive")
        try await expectBack(shell, before)
    }

    /// Nobody can run anything for a process that is killed so. The shell gives itself its own modes; what stays on is
    /// the alternate screen, until a program leaves it.
    @Test("kill -9 leaves the alternate screen, and the next run leaves nothing")
    func killed() async throws {
        let home = try Home()
        let shell = try await shell(home)
        let before = shell.still
        kill(try belay(in: shell), SIGKILL)
        #expect(await shell.shows("Killed"), "\(shell.text)")
        try await expectEcho(shell, "alive")
        try await expectBack(shell, before)
        try shell.press("C-d")
        #expect(await shell.shows("Resume with: "), "\(shell.text)")
        #expect(!shell.text.contains("● live"))
        try await expectEcho(shell, "again")
    }
}
