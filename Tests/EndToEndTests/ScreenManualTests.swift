import Foundation
import ProgramKit
import TestKit
import Testing
import Wire

/// What `belay(1)` says of commands, hints and tokens, seen in a terminal.
@Suite("The manual of belay: the screen", .serialized)
struct ScreenManualTests {
    @Test("login takes a token from a terminal without showing it")
    func login() async throws {
        let home = try Home()
        let screen = try Screen(home, arguments: ["login", "--server", "ws://127.0.0.1:1"])
        #expect(await screen.shows("Token:"), "\(screen.text)")
        try screen.type("belay_secret")
        try screen.press("Enter")
        #expect(await screen.shows("left with 0"), "\(screen.text)")
        #expect(!screen.text.contains("secret"), "\(screen.text)")
        let kept = try String(contentsOfFile: home.directory.path("state/belay/tokens.toml"), encoding: .utf8)
        #expect(kept.contains("belay_secret"))
    }

    @Test("/new begins a new chat, and /quit leaves without stopping the turn")
    func commands() async throws {
        let gates = try TemporaryDirectory("gate")
        let gate = gates.path("gate")
        _ = FileManager.default.createFile(atPath: gate, contents: nil)
        let home = try Home(["BELAY_FAILPOINT": "librarian.step5.chunk=hold:\(gate)"])
        let screen = try Screen(home, rows: 60)
        #expect(await screen.shows("● live"), "\(screen.text)")
        try screen.type("hello")
        try screen.press("Enter")
        #expect(await screen.shows("Ask me about"), "\(screen.text)")
        try screen.type("/new")
        try screen.press("Enter")
        #expect(await screen.shows { $0.contains("● live") && !$0.contains("Ask me about") }, "\(screen.text)")
        try screen.type("How does the retry policy choose its delay?")
        try screen.press("Enter")
        #expect(await screen.shows("Plan 4/5"), "\(screen.text)")
        try screen.type("/quit")
        try screen.press("Enter")
        #expect(await screen.shows("left with 0"), "\(screen.text)")
        #expect(screen.text.contains("Resume with: belay -r "), "\(screen.text)")

        try FileManager.default.removeItem(atPath: gate)
        #expect(await eventually { (try? Records(home))??.unfinished.isEmpty ?? false })
        #expect(try Records.sessions(of: home).count == 2)
        let outcomes = try #require(try Records(home)).journal.compactMap { entry -> TurnOutcome? in
            if case .event(.turnEnd(_, let outcome)) = entry.body { outcome } else { nil }
        }
        #expect(outcomes == [.stopped(.endTurn)])
    }

    @Test("a dumb terminal gets lines, and is nothing to a batch run")
    func dumb() async throws {
        let home = try Home()
        let screen = try Screen(home, command: "TERM=dumb \(Home.programs)/belay")
        #expect(await screen.shows("status: live"), "\(screen.text)")
        try screen.press("C-d")
        #expect(await screen.shows("left with 0"), "\(screen.text)")
        #expect(try await home.run("belay", ["--batch", "hello"], environment: ["TERM": "dumb"]).status == 0)
    }

    @Test("the row of hints is shown unless ui.hints is false", arguments: [true, false])
    func hints(isShown: Bool) async throws {
        let home = try Home()
        let folder = home.directory.path("config/belay")
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try "[ui]\nhints = \(isShown)\n".write(toFile: folder + "/config.toml", atomically: true, encoding: .utf8)
        let screen = try Screen(home)
        #expect(await screen.shows("● live"), "\(screen.text)")
        #expect(screen.text.contains("F1 help") == isShown, "\(screen.text)")
    }
}
