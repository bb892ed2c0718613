import Foundation
import Ledger
import ProgramKit
import TestKit
import Testing
import Wire

/// The agent asks for permission on a screen: what is typed for something else answers nothing, and an answer reaches the
/// agent once, whatever the network does.
@Suite("Answering the agent", .serialized)
struct AnsweringTests {
    private static let done = #"{"optionId": "yes", "outcome": "selected"} Done."#

    /// A screen on which the agent has asked.
    private func asked(_ home: Home) async throws -> (Detour, Screen) {
        try home.configurePeer()
        let detour = try await Detour(home)
        let screen = try await detour.screen("--agent", "peer")
        try screen.enter("ask")
        #expect(await screen.shows("Press Tab to answer."), "\(screen.text)")
        return (detour, screen)
    }

    @Test("what is typed before Tab answers nothing and stays in the input, and Tab with a number answers")
    func live() async throws {
        let home = try Home()
        let (detour, screen) = try await asked(home)
        try screen.type("1 and 2")
        #expect(
            await screen.shows { $0.contains("> 1 and 2") && $0.contains("Press Tab to answer.") }, "\(screen.text)")
        #expect(try await screen.answer("1"), "\(screen.text)")
        #expect(await screen.shows { $0.contains(Self.done) && !$0.contains("working") }, "\(screen.text)")
        #expect(screen.text.contains("answered: Allow\n"), "\(screen.text)")
        #expect(!screen.text.contains("Permission needed") && screen.text.contains("> 1 and 2"), "\(screen.text)")
        #expect(home.peerAnswers == ["yes"])
        await screen.expect(\.rows, of: try await detour.screen())
    }

    @Test("an answer that is given offline waits in the box, survives the client, and is given once")
    func offline() async throws {
        let home = try Home()
        let (detour, first) = try await asked(home)
        await detour.cut()
        #expect(
            await first.shows { $0.contains("◌ offline") && $0.contains("before the link dropped") }, "\(first.text)")
        #expect(try await first.answer("1"), "\(first.text)")
        let kept = "answered: Allow (kept, and sent when the connection is back)"
        #expect(await first.shows(kept), "\(first.text)")
        kill(try #require(first.process), SIGKILL)

        let second = try Screen(home, arguments: ["--server", detour.url])
        #expect(await second.shows { $0.contains("◌ offline") && $0.contains(kept) }, "\(second.text)")
        #expect(home.peerAnswers.isEmpty)
        await detour.heal()
        try second.press("F5")
        #expect(await second.shows { $0.contains(Self.done) && !$0.contains("working") }, "\(second.text)")
        #expect(!second.text.contains("Permission needed"), "\(second.text)")
        #expect(home.peerAnswers == ["yes"])
        await second.expect(\.chat, of: try await detour.screen())
    }

    @Test("an answer that comes too late is said to be, and the one that was given elsewhere holds")
    func late() async throws {
        let home = try Home()
        let (detour, screen) = try await asked(home)
        await detour.cut()
        #expect(await screen.shows("◌ offline"), "\(screen.text)")
        #expect(try await screen.answer("2"), "\(screen.text)")
        #expect(await screen.shows("answered: Reject (kept"), "\(screen.text)")

        // Another device, whose network works.
        let session = try #require(try Records.sessions(of: home).first?.id)
        let other = try Screen(home, arguments: ["--server", detour.direct, "-r", session.rawValue])
        #expect(await other.shows("Press Tab to answer."), "\(other.text)")
        #expect(try await other.answer("1"), "\(other.text)")
        #expect(await other.shows(Self.done), "\(other.text)")
        await detour.heal()
        try screen.press("F5")
        let late = "Your answer “Reject” came too late: it was answered “Allow” elsewhere."
        #expect(await screen.shows { $0.contains(late) && $0.contains(Self.done) }, "\(screen.text)")
        #expect(home.peerAnswers == ["yes"])
    }
}
