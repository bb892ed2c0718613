import Foundation
import ProgramKit
import TestKit
import Testing

/// From the chat on the screen to one of another server or of another time, and back.
@Suite("Going to other chats", .serialized)
struct OtherChatsTests {
    private func ask(_ text: String, on screen: Screen) async throws {
        #expect(await screen.shows("● live"), "\(screen.text)")
        let before = screen.text.components(separatedBy: "I searched").count
        try screen.enter(text)
        #expect(
            await screen.shows {
                $0.components(separatedBy: "I searched").count == before + 1 && !$0.contains("working")
            }, "\(screen.text)")
    }

    @Test("a chat of another live server is opened from the list and gone on with, and so is the one that was left")
    func otherServer() async throws {
        let operators = try Home()
        let data = operators.directory.path("data")
        let token = try await operators.run("belayd", ["token", "create", "--user", "u", "--data", data])
        let home = try Home(["BELAY_TOKEN": token.output.trimmingCharacters(in: .newlines)])
        let server = try await Server(
            operators, ["serve", "--listen", "127.0.0.1:0", "--data", data, "--root", home.shop])
        let there = try Screen(home, rows: 60, arguments: ["--server", server.url])
        try await ask("What is the stock?", on: there)
        try there.press("C-d")
        #expect(await there.shows("left with 0"), "\(there.text)")

        let screen = try Screen(home, rows: 60)
        try await ask("What is a cart?", on: screen)
        try screen.press("C-s")
        #expect(
            await screen.shows { $0.contains("What is the stock?") && $0.contains(server.address) }, "\(screen.text)")
        try screen.press("Enter")
        #expect(
            await screen.shows {
                $0.contains("● live") && $0.contains("I searched") && !$0.contains("What is a cart?")
            }, "\(screen.text)")
        try await ask("What is an order?", on: screen)
        await screen.expect(\.rows, of: try Screen(home, rows: 60, arguments: ["--server", server.url]))

        try screen.press("M-/")
        #expect(await screen.shows { $0.contains("● live") && $0.contains("What is a cart?") }, "\(screen.text)")
        try await ask("What is a price?", on: screen)
        #expect(!screen.text.contains("What is an order?"), "\(screen.text)")
        await screen.expect(\.rows, of: try Screen(home, rows: 60))
        try await home.expectWhole(prompts: 2)
    }

    @Test(
        "an expired chat can be read, says where it goes on, and leads there; and the one there says where it is from")
    func expired() async throws {
        let home = try Home()
        try await home.leaveUntilExpired("What is a cart?")
        // It stays attached, so that what follows does not expire as well.
        let kept = try Screen(home, rows: 60, arguments: ["-c"])
        #expect(
            await kept.shows { $0.contains("● live") && $0.contains("/sessions lists the old one") }, "\(kept.text)")
        try await ask("What is an order?", on: kept)

        let screen = try Screen(home, rows: 60)
        #expect(await screen.shows("this chat continues “What is a cart?”, which has expired"), "\(screen.text)")
        try screen.press("C-s")
        #expect(await screen.shows { $0.contains("What is a cart?") && $0.contains("expired") }, "\(screen.text)")
        try screen.press("Enter")
        let link = "this session has expired, and continues in “What is an order?”: Enter or /resume goes there"
        #expect(await screen.shows { $0.contains(link) && $0.contains("I searched") }, "\(screen.text)")
        #expect(screen.text.contains("✕ this session has expired"), "\(screen.text)")

        try screen.enter("one more thing")
        #expect(await screen.shows("not sent: this session has expired; /new starts a new one"), "\(screen.text)")
        #expect(screen.text.contains("> one more thing"), "what was typed is not lost: \(screen.text)")
        try screen.press("C-u")
        #expect(await screen.shows("Ask, or / for commands"), "\(screen.text)")
        try screen.press("Enter")
        #expect(await screen.shows { $0.contains("● live") && $0.contains("What is an order?") }, "\(screen.text)")
        #expect(await screen.shows("this chat continues “What is a cart?”"), "\(screen.text)")
        try await ask("What is a price?", on: screen)
        #expect(await kept.shows("What is a price?"), "\(kept.text)")
    }
}
