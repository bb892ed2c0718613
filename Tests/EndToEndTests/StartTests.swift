import Foundation
import ProgramKit
import TestKit
import Testing

/// Starting, many at once, small and large, and leaving.
@Suite("Start and leave", .serialized)
struct StartTests {
    @Test("ten programs at once start one server")
    func tenAtOnce() async throws {
        let home = try Home()
        let outcomes = try await withThrowingTaskGroup(of: Home.Outcome.self) { group in
            for number in 0..<10 { group.addTask { try await home.batch("hello \(number)") } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.allSatisfy { $0.status == 0 }, "\(outcomes.map(\.errors))")
        #expect(home.serverProcesses().count == 1)
    }

    @Test("the screen is right at every size, and gives the terminal back", arguments: [(20, 5), (80, 24), (300, 100)])
    func sizes(columns: Int, rows: Int) async throws {
        let home = try Home()
        let screen = try Screen(home, columns: columns, rows: rows)
        #expect(await screen.shows("● live"), "\(screen.text)")
        let lines = screen.text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.count <= columns })
        try screen.press("C-d")
        #expect(await screen.shows("left with 0"), "\(screen.text)")
        // The narrowest terminal breaks the line.
        #expect(screen.text.replacing("\n", with: "").contains("belay -r"), "\(screen.text)")
    }

    @Test("a chat is there as it was left, with its title, before there is a server")
    func again() async throws {
        let home = try Home()
        let screen = try Screen(home, rows: 60)
        #expect(await screen.shows("● live"), "\(screen.text)")
        #expect(screen.text.hasPrefix(" shop  librarian"), "\(screen.text)")
        try screen.enter("What is a cart?")
        #expect(await screen.shows { $0.contains("I searched") && !$0.contains("working") }, "\(screen.text)")
        #expect(await screen.shows { $0.hasPrefix(" What is a cart?  librarian") }, "\(screen.text)")
        let left = screen.still
        try screen.press("C-d")
        #expect(await screen.shows("left with 0"), "\(screen.text)")
        let lock = home.keepServerAway()
        let again = try Screen(home, rows: 60)
        #expect(
            await eventually { again.still.prefix(56) == left.prefix(56) }, "\(again.text)\n--- before:\n\(left)")
        #expect(!again.text.contains("● live"), "\(again.text)")
        close(lock)
        #expect(await again.shows("● live"), "\(again.text)")
        #expect(await eventually { again.still.first == left.first }, "\(again.text)")
    }

    @Test("an empty chat says what can be done here, until the first message")
    func emptyChat() async throws {
        let home = try Home()
        for name in ["README.md", ".git/HEAD", "bin/goose"] {
            let file = URL(filePath: "\(home.shop)/\(name)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try "ref: refs/heads/fix/retry\n".write(to: file, atomically: true, encoding: .utf8)
        }
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: "\(home.shop)/bin/goose")
        let path = "\(home.shop)/bin:\(home.environment["PATH"] ?? "")"
        let screen = try Screen(home, command: "PATH='\(path)' \(Home.programs)/belay")
        #expect(await screen.shows("librarian in ~/shop (fix/retry)"), "\(screen.text)")
        #expect(await screen.shows("belay agents add goose"), "\(screen.text)")
        try screen.press("Tab")
        #expect(await screen.shows("> What is README.md about?"))
        try screen.press("Enter")
        #expect(await screen.shows { $0.contains("I searched") && !$0.contains("Tab puts one") }, "\(screen.text)")
        try screen.type("/new")
        try screen.press("Enter")
        // Ages change with the clock, at the beginning of a minute.
        #expect(
            await screen.shows { text in
                ["just now", "1 min ago"].contains { text.contains($0) } && text.contains("Tab puts one")
            }, "\(screen.text)")
    }

    @Test("an unknown terminal is no obstacle")
    func unknownTerminal() async throws {
        let home = try Home(["TERM": "xterm-of-the-future"])
        let screen = try Screen(home, arguments: ["--new"])
        #expect(await screen.shows("live"), "\(screen.text)")
    }
}
