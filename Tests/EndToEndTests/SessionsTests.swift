import Foundation
import ProgramKit
import TestKit
import Testing
import Wire

/// Every chat of this machine is found again: from the shell, on the screen, offline, and where its folder went.
@Suite("Sessions are found", .serialized)
struct SessionsTests {
    private func list(_ home: Home) async throws -> [JSON] {
        let outcome = try await home.run("belay", ["sessions", "--json"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try #require(try JSON(parsing: outcome.output).array)
    }

    @Test("belay sessions lists what there is, and makes nothing where nothing is")
    func shell() async throws {
        let home = try Home()
        #expect(try await list(home).isEmpty)
        let empty = try await home.run("belay", ["sessions"])
        #expect(empty.status == 0 && empty.output.isEmpty, "\(empty)")
        #expect(home.serverProcesses().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: home.directory.path("state/belay/desk.db")))

        #expect(try await home.batch("what is a \u{1B}[31mcart?").status == 0)
        for process in home.serverProcesses() { kill(process, SIGKILL) }
        let chat = try #require(try await list(home).first)
        #expect(home.serverProcesses().isEmpty, "no server is asked")
        #expect(chat["directory"]?.string == home.shop && chat["is_batch"] == true && chat["waiting"] == 0)
        let session = try #require(chat["session"]?.string)
        #expect(chat["resume"]?.string == "belay -r \(session)")
        let text = try await home.run("belay", ["sessions"])
        #expect(text.output.contains(session) && text.output.contains("what is a") && text.output.contains("[batch]"))
        #expect(!text.output.contains("\u{1B}"))
        let full = try await home.run("belay", ["sessions"], prefix: ["sh", "-c", "exec \"$@\" >/dev/full", "sh"])
        #expect(full.status == 74, "\(full.errors)")
    }

    @Test("an agent gives its chat a title, which the user's own replaces")
    func titles() async throws {
        let home = try Home()
        try home.configurePeer()
        func titled(_ arguments: String...) async throws -> String? {
            let outcome = try await home.run("belay", ["--batch", "--agent", "peer"] + arguments)
            #expect(outcome.status == 0, "\(outcome.errors)")
            return try await list(home).first?["title"]?.string
        }
        #expect(try await titled("title Fix the \u{1B}[31mlogin") == "Fix the login")
        #expect(try await titled("-c", "title") == "title Fix the login", "taken back, it is the first prompt")
        let screen = try Screen(home, rows: 60, arguments: ["-c"])
        #expect(await screen.shows { $0.hasPrefix(" title Fix the login  peer") }, "\(screen.text)")
        try screen.enter("title Fix the cart")
        #expect(await screen.shows { $0.hasPrefix(" Fix the cart  peer") }, "\(screen.text)")
        try screen.enter("/rename Mine")
        #expect(await screen.shows { $0.hasPrefix(" Mine  peer") }, "\(screen.text)")
        try screen.enter("title Fix all")
        #expect(await screen.shows("The title is Fix all."), "\(screen.text)")
        await screen.expect(\.still, of: try Screen(home, rows: 60, arguments: ["-c"]))
        #expect(screen.text.hasPrefix(" Mine  peer"), "\(screen.text)")
        #expect(try await list(home).first?["title"] == "Mine")
    }

    @Test("belay sessions searches, exports, renames and deletes what is on this machine")
    func parts() async throws {
        let home = try Home()
        #expect(try await home.batch("what is a zanzibar cart?").status == 0)
        for process in home.serverProcesses() { kill(process, SIGKILL) }
        let session = try #require(try await list(home).first?["session"]?.string)
        let found = try await home.run("belay", ["sessions", "search", "ZANZI", "cart"])
        #expect(found.status == 0 && found.output.contains(session) && found.output.contains("you: what is a zanzibar"))
        let json = try await home.run("belay", ["sessions", "search", "--json", "zanzibar"])
        let hit = try #require(try JSON(parsing: json.output).array?.last)
        #expect(hit["session"]?.string == session && hit["by"] == "user" && hit["seq"] == 1)
        let nothing = try await home.run("belay", ["sessions", "search", "nowhere-at-all"])
        #expect(nothing.status == 1 && nothing.output.isEmpty, "\(nothing)")

        #expect(try await home.run("belay", ["sessions", "rename", session, "Carts"]).status == 0)
        #expect(try await list(home).first?["title"] == "Carts")
        for name in ["carts.md", "carts-2.md"] {
            let exported = try await home.run("belay", ["sessions", "export", String(session.prefix(8))])
            #expect(exported.status == 0 && exported.output == "\(name)\n", "\(exported)")
        }
        #expect(try await home.run("belay", ["sessions", "delete", session]).status == 0)
        #expect(try await list(home).isEmpty)
        #expect(try await home.run("belay", ["sessions", "search", "zanzibar"]).status == 1)
        let gone = try await home.run("belay", ["sessions", "export", session])
        #expect(gone.status != 0 && gone.errors.contains("there is no chat"), "\(gone)")
        #expect(home.serverProcesses().isEmpty, "no server is asked")
    }

    @Test("a read-only state and a damaged copy are listed, and nothing of them is changed")
    func reading() async throws {
        let home = try Home()
        #expect(try await home.batch("what is a cart?").status == 0)
        for process in home.serverProcesses() { kill(process, SIGKILL) }
        let state = home.directory.path("state/belay")
        let names = try FileManager.default.contentsOfDirectory(atPath: state).sorted()
        let script = "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && exec \"$@\""
        let listed = try await home.run(
            "belay", ["sessions"], prefix: ["unshare", "--map-root-user", "--mount", "sh", "-c", script, state])
        // Whoever may not make namespaces cannot try it.
        if !listed.errors.contains("unshare") && !listed.errors.contains("mount:") {
            #expect(listed.status == 0 && listed.output.contains("what is a cart?"), "\(listed.errors)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: state).sorted() == names)

        let mirror = "\(state)/mirror.db"
        for suffix in ["-wal", "-shm"] { unlink(mirror + suffix) }
        try Data("this is no database".utf8).write(to: URL(fileURLWithPath: mirror))
        let damaged = try await home.run("belay", ["sessions"])
        #expect(damaged.status == 0 && damaged.output.contains("what is a cart?"), "\(damaged.errors)")
        #expect(damaged.errors.contains("cannot be read"), "\(damaged.errors)")
        #expect(try String(contentsOfFile: mirror, encoding: .utf8) == "this is no database", "it stays as it is")
    }

    @Test("a chat that was left with /new is gone back to, and a script's chat is not the screen's")
    func screen() async throws {
        let home = try Home()
        let screen = try Screen(home, rows: 40)
        #expect(await screen.shows("● live"), "\(screen.text)")
        func ask(_ text: String) async throws {
            try screen.type(text)
            try screen.press("Enter")
        }
        try await ask("hello")
        #expect(await screen.shows("Ask me about"), "\(screen.text)")
        try await ask("/new")
        #expect(await screen.shows { $0.contains("left “hello”; ^S") && !$0.contains("Ask me about") })
        #expect(await screen.shows("● live"))
        try await ask("how does the cart round its totals?")
        #expect(await screen.shows("Plan 5/5") || screen.text.contains("cart"), "\(screen.text)")
        try await ask("/sessions")
        #expect(await screen.shows("Enter open"), "\(screen.text)")
        try screen.press("Enter")
        #expect(await screen.shows("Ask me about"), "\(screen.text)")
        try await ask("/quit")
        #expect(await screen.shows("left with 0"), "\(screen.text)")
        #expect(
            screen.text.contains("Left “hello”.") && screen.text.contains("Resume with: belay -r "), "\(screen.text)")

        #expect(try await home.batch("what is the retry policy?").status == 0)
        #expect(try await list(home).count == 3)
        let again = try Screen(home, rows: 40)
        #expect(await again.shows("Ask me about"), "the last chat of a screen: \(again.text)")
    }

    @Test("a chat without a session is named when it is left, and an empty one is not")
    func waiting() async throws {
        let home = try Home()
        let screen = try Screen(home, rows: 40, arguments: ["--server", "ws://127.0.0.1:1"])
        #expect(await screen.shows("offline"), "\(screen.text)")
        try screen.type("hello")
        try screen.press("Enter")
        #expect(await screen.shows("hello"), "\(screen.text)")
        try screen.type("/new")
        try screen.press("Enter")
        #expect(await screen.shows("left “hello”, not created at the server yet, 1 prompt waits"), "\(screen.text)")
        try screen.type("/quit")
        try screen.press("Enter")
        #expect(await screen.shows("left with 0"), "\(screen.text)")
        #expect(!screen.text.contains("Resume with"), "\(screen.text)")

        let again = try Screen(home, rows: 40, arguments: ["--server", "ws://127.0.0.1:1"])
        #expect(await again.shows("hello"), "the chat that is not empty: \(again.text)")
        try again.type("/quit")
        try again.press("Enter")
        #expect(await again.shows("left with 0"), "\(again.text)")
        #expect(
            again.text.contains("Left “hello”. 1 prompt waits.") && again.text.contains("Resume with: belay --server"),
            "\(again.text)")
    }

    @Test("-r refuses what is no session, takes blanks and prefixes, and keeps nothing of a session that never existed")
    func named() async throws {
        let home = try Home()
        #expect(try await home.batch("what is the retry policy?").status == 0)
        let session = try #require(try await list(home).first?["session"]?.string)
        for name in ["", "two words", "café", "a\u{7}", String(repeating: "x", count: 129)] {
            let refused = try await home.batch("-r", name, "hello")
            #expect(refused.status == 64 && refused.errors.contains("--resume needs a session"), "\(refused.errors)")
        }
        for name in [" \(session)\n", String(session.prefix(20))] {
            #expect(try await home.batch("-r", name, "hello").status == 0, "'\(name)'")
        }
        let unknown = try await home.batch("-r", "nonsense", "hello there")
        #expect(unknown.status == 67 && unknown.errors.contains("not sent: hello there"), "\(unknown.errors)")
        #expect(try await list(home).count == 1)
    }

    @Test("all spellings of a folder's path are one folder")
    func spellings() async throws {
        let home = try Home()
        #expect(try await home.batch("what is the retry policy?").status == 0)
        let link = home.directory.path("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: home.shop)
        for path in [home.shop, home.shop + "/", home.shop + "/.", "/" + home.shop, link] {
            #expect(try await home.batch("-c", "--directory", path, "hello").status == 0)
        }
        #expect(try await list(home).count == 1)
    }

    @Test("a folder that was moved still has its chats")
    func moved() async throws {
        let home = try Home()
        #expect(try await home.batch("what is the retry policy?").status == 0)
        let other = home.directory.path("elsewhere")
        try FileManager.default.moveItem(atPath: home.shop, toPath: other)
        try FileManager.default.createDirectory(atPath: home.shop, withIntermediateDirectories: true)
        #expect(try await list(home).first?["is_moved"] == true, "what is there now is another folder")
        let screen = try Screen(home, rows: 40, arguments: ["--directory", other])
        #expect(await screen.shows("has chats under that name"), "\(screen.text)")
        try screen.type("/sessions")
        try screen.press("Enter")
        #expect(await screen.shows("what is the retry policy?"), "\(screen.text)")
        try screen.press("Enter")
        #expect(await screen.shows("retry"), "\(screen.text)")
    }
}
